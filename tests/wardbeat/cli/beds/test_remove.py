"""``wardbeat beds remove``, on a real Redis."""

import pytest

from tests.support.command_line import run
from wardbeat.cli.beds.admit import command as admit
from wardbeat.cli.beds.discharge import command as discharge
from wardbeat.cli.beds.remove import command
from wardbeat.errors import AdmissionError, UnknownBedError

pytestmark = pytest.mark.slow


def test_a_bed_is_removed_when_it_has_no_patient(ward: str) -> None:
    run(admit, "bed-1", "--by", "AB")
    assert isinstance(run(command, "bed-1", "--by", "CD").exception, AdmissionError)
    run(discharge, "bed-1", "--by", "AB")
    assert run(command, "bed-1", "--by", "CD").output.startswith("bed-1 is removed.")
    assert isinstance(run(command, "bed-1", "--by", "CD").exception, UnknownBedError)


def test_a_removal_names_who_did_it(ward: str) -> None:
    assert run(command, "bed-1").exit_code == 2
