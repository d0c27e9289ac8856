"""The options that every scoring command has."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from wardbeat.cli.training import evaluate, evaluate_alerts
from wardbeat.cli.training.scoring_options import scoring_options


def test_the_options_have_their_defaults_and_types() -> None:
    given: dict[str, object] = {}

    @click.command()
    @scoring_options
    def command(**options: object) -> None:
        given.update(options)

    assert CliRunner().invoke(command, []).exit_code == 0
    assert given == {
        "bundle": None, "folds": None, "test_strips": False, "jobs": None, "seed": 0, "as_json": False, "names": (),
    }  # fmt: skip
    CliRunner().invoke(command, ["--bundle", "b", "--jobs", "2", "--json", "100", "101"])
    assert (given["bundle"], given["jobs"], given["as_json"], given["names"]) == (Path("b"), 2, True, ("100", "101"))


@pytest.mark.parametrize("command", [evaluate.command, evaluate_alerts.command])
def test_both_scoring_commands_have_them(command: click.Command) -> None:
    assert {"bundle", "folds", "test_strips", "jobs", "seed", "as_json", "names"} <= {
        parameter.name for parameter in command.params
    }


def test_no_process_at_all_is_a_usage_error() -> None:
    assert CliRunner().invoke(evaluate.command, ["--records", "x", "--jobs", "0"]).exit_code == 2
