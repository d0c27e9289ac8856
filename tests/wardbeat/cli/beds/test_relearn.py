"""``wardbeat beds relearn``, on a real Redis."""

import pytest

from tests.support.command_line import run, run_json
from wardbeat.cli.beds.admit import command as admit
from wardbeat.cli.beds.relearn import command


@pytest.mark.slow
def test_each_call_is_counted(ward: str) -> None:
    run(admit, "bed-1", "--by", "AB")
    for times in (1, 2):
        settings = run_json(command, "bed-1", "--by", "CD")["admission"]["settings"]
        assert settings["relearned"] == times


@pytest.mark.slow
def test_a_bed_without_a_patient_is_refused(ward: str) -> None:
    result = run(command, "bed-2", "--by", "AB")
    assert (result.exit_code != 0, "no patient is admitted" in str(result.exception or result.output)) == (True, True)
