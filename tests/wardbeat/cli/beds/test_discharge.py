"""``wardbeat beds discharge``, on a real Redis."""

import pytest

from tests.support.command_line import run, run_json
from wardbeat.cli.beds.admit import command as admit
from wardbeat.cli.beds.discharge import command
from wardbeat.errors import AdmissionError

pytestmark = pytest.mark.slow


def test_a_discharge_empties_the_bed(ward: str) -> None:
    run(admit, "bed-1", "--by", "AB", "--paced")
    assert run_json(command, "bed-1", "--by", "CD")["admission"] is None
    assert isinstance(run(command, "bed-1", "--by", "CD").exception, AdmissionError)
