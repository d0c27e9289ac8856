"""``wardbeat beds transfer``, on a real Redis."""

import pytest

from tests.support.command_line import run, run_json
from wardbeat.cli.beds.admit import command as admit
from wardbeat.cli.beds.transfer import command
from wardbeat.errors import AdmissionError

pytestmark = pytest.mark.slow


def test_a_patient_moves_with_the_limits(ward: str) -> None:
    admitted = run_json(admit, "bed-1", "--by", "AB", "--hr-high", "130")
    moved = run_json(command, "bed-1", "bed-2", "--by", "CD")
    assert moved["stream_id"] == "bed-2"
    assert moved["admission"]["admission_id"] == admitted["admission"]["admission_id"]
    assert moved["admission"]["settings"]["limits"]["hr_high_bpm"] == 130


def test_an_occupied_target_is_refused(ward: str) -> None:
    for bed in ("bed-1", "bed-2"):
        run(admit, bed, "--by", "AB")
    assert isinstance(run(command, "bed-1", "bed-2", "--by", "AB").exception, AdmissionError)
