"""``wardbeat beds category``, on a real Redis."""

import pytest

from tests.support.command_line import run, run_json
from wardbeat.cli.beds.admit import command as admit
from wardbeat.cli.beds.category import command


@pytest.mark.slow
def test_a_category_changes_and_the_other_one_stays(ward: str) -> None:
    run(admit, "bed-1", "--by", "AB", "--known-af")
    for option, paced in (("--paced", True), ("--not-paced", False)):
        settings = run_json(command, "bed-1", "--by", "CD", option)["admission"]["settings"]
        assert (settings["paced"], settings["known_af"]) == (paced, True)


def test_a_call_without_a_category_is_refused() -> None:
    result = run(command, "bed-1", "--by", "AB")
    assert (result.exit_code, "at least one category" in result.output) == (2, True)
