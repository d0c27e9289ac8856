"""``wardbeat beds limits``, on a real Redis."""

import pytest

from tests.support.command_line import run, run_json
from wardbeat.cli.beds.admit import command as admit
from wardbeat.cli.beds.limits import command


def test_a_limit_must_be_named() -> None:
    result = run(command, "bed-1", "--by", "AB")
    assert (result.exit_code, "name at least one limit" in result.output) == (2, True)


@pytest.mark.slow
def test_only_the_named_limits_change(ward: str) -> None:
    run(admit, "bed-1", "--by", "AB", "--hr-high", "130")
    assert own_limits("bed-1", "--hr-low", "45", "--pvc-rate", "20") == {
        "hr_low_bpm": 45,
        "hr_high_bpm": 130,
        "pvc_per_minute": 20,
    }
    assert own_limits("bed-1", "--ward-defaults", "--hr-high", "140") == {"hr_high_bpm": 140}
    assert own_limits("bed-1", "--ward-defaults") == {}


def own_limits(*arguments: str) -> dict[str, float]:
    """Set limits, and give the patient's own ones."""
    settings = run_json(command, *arguments, "--by", "CD")["admission"]["settings"]
    return {name: settings["limits"][name] for name in settings["own_limits"]}
