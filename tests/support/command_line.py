"""Runs commands of the command line in this process."""

import json
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import click
import pytest
from click.testing import CliRunner, Result


def run(command: click.Command, *arguments: str) -> Result:
    """Run a command; the result holds an exception of ours instead of raising it."""
    return CliRunner().invoke(command, arguments)


def run_json(command: click.Command, *arguments: str) -> Any:
    """Run a command with ``--json`` and return the object in its last line; fail if it does not succeed."""
    result = run(command, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output.splitlines()[-1])


class Ended(NamedTuple):
    """The exit code and the output of a command line."""

    code: int
    out: str
    err: str


CommandLine = Callable[..., Ended]


def command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """A function that runs a command line through ``main``, as the console script does."""
    from wardbeat.cli.main import main

    def run_main(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["wardbeat", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        output = capsys.readouterr()
        return Ended(int(ended.value.code or 0), output.out, output.err)

    return run_main
