"""``wardbeat beds list``, on a real Redis."""

import pytest

from tests.support.command_line import run, run_json
from wardbeat.cli.beds.admit import command as admit
from wardbeat.cli.beds.list import command

pytestmark = pytest.mark.slow


def test_without_any_settings_there_is_one_line(ward: str) -> None:
    assert run(command).output == "No patient is admitted; every stream is monitored with the defaults.\n"
    assert run_json(command) == {"beds": []}


def test_beds_are_listed_by_name(ward: str) -> None:
    for bed in ("bed-2", "bed-1"):
        assert run(admit, bed, "--by", "AB").exit_code == 0
    assert [line.split()[0] for line in run(command).output.splitlines()] == ["bed-1", "bed-2"]
    assert [bed["stream_id"] for bed in run_json(command)["beds"]] == ["bed-1", "bed-2"]
