"""``wardbeat beds admit``, on a real Redis."""

import pytest

from tests.support.command_line import run, run_json
from wardbeat.cli.beds.admit import command
from wardbeat.errors import AdmissionError

pytestmark = pytest.mark.slow


def test_a_patient_is_admitted_with_category_and_limits(ward: str) -> None:
    bed = run_json(command, "bed-1", "--by", "AB", "--paced", "--hr-low", "45", "--pause", "2.5")
    settings = bed["admission"]["settings"]
    assert (settings["paced"], settings["known_af"]) == (True, False)
    own = {name: settings["limits"][name] for name in settings["own_limits"]}
    assert own == {"hr_low_bpm": 45, "pause_s": 2.5}


def test_an_occupied_bed_is_refused(ward: str) -> None:
    assert run(command, "bed-1", "--by", "AB").exit_code == 0
    assert isinstance(run(command, "bed-1", "--by", "CD").exception, AdmissionError)
