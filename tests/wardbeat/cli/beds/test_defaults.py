"""``wardbeat beds defaults``, on a real Redis."""

import pytest

from tests.support.command_line import run, run_json
from wardbeat.cli.beds.defaults import command
from wardbeat.errors import AdmissionError


def test_a_change_needs_initials() -> None:
    result = run(command, "--hr-low", "45")
    assert (result.exit_code, "--by: a change needs your initials" in result.output) == (2, True)


@pytest.mark.slow
def test_the_defaults_are_shown_and_changed(ward: str) -> None:
    assert run(command).output.splitlines()[-1] == "Version 0, as shipped"
    changed = run_json(command, "--hr-low", "45", "--slight-excess", "5", "--by", "ab")
    assert (changed["version"], changed["by"], changed["limits"]["hr_low_bpm"]) == (1, "AB", 45)
    lines = run(command).output.splitlines()
    assert lines[0].startswith("slow below 45/min, fast above 120/min")
    assert lines[1] == "Version 1, set by AB"
    assert isinstance(run(command, "--hr-low", "100", "--hr-high", "110", "--by", "AB").exception, AdmissionError)
