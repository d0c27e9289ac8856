"""``wardbeat beds standby``, on a real Redis."""

import pytest

from tests.support.command_line import run, run_json
from wardbeat.cli.beds.standby import command

pytestmark = pytest.mark.slow


def test_a_standby_has_a_time_and_ends_with_zero(ward: str) -> None:
    begun = run_json(command, "bed-1", "--minutes", "15", "--by", "AB")["standby"]
    assert begun["by"] == "AB"
    assert "on standby for 15 min more" in run(command, "bed-1", "--minutes", "15", "--by", "AB").output
    assert run_json(command, "bed-1", "--minutes", "0", "--by", "AB")["standby"] is None


def test_a_negative_time_is_a_usage_error() -> None:
    assert run(command, "bed-1", "--minutes", "-1", "--by", "AB").exit_code == 2
