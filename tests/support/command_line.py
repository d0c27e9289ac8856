"""Runs commands of the command line in this process."""

import json
from typing import Any

import click
from click.testing import CliRunner, Result


def run(command: click.Command, *arguments: str) -> Result:
    """Run a command; the result holds an exception of ours instead of raising it."""
    return CliRunner().invoke(command, arguments)


def run_json(command: click.Command, *arguments: str) -> Any:
    """Run a command with ``--json`` and return the object in its last line; fail if it does not succeed."""
    result = run(command, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output.splitlines()[-1])
