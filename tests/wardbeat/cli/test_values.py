"""The types of arguments and options. What each rule takes: tests/wardbeat/contracts/test_rules.py."""

from pathlib import Path

import click
import pytest

from tests.support.command_line import run
from wardbeat.cli import values
from wardbeat.contracts import rules


@click.command()
@click.option("--by", type=values.INITIALS)
@click.option("--speed", type=values.Number(rules.SPEED))
@click.option("--seconds", type=values.Number(rules.DURATION_S))
@click.option("--patients", type=values.Whole(rules.PATIENTS), default=8)
@click.option("--since", type=values.SINCE, default="24h")
@click.option("--out", type=values.FOLDER_TO_WRITE, default=Path("out") / "x")
def command(**options: object) -> None:
    click.echo(repr(options))


def test_values_come_in_the_form_in_which_they_are_stored() -> None:
    output = run(command, "--by", "łś", "--speed", "1e1", "--patients", "5").output
    assert "'by': 'ŁŚ', 'speed': 10.0, 'patients': 5" in output
    assert "'out': PosixPath('out/x')" in output


@pytest.mark.parametrize("number", ["nan", "NaN", "inf", "-inf", "-1", "", "x" * 300, "9" * 400, "0x10", "1,5"])
@pytest.mark.parametrize("option", ["--speed", "--seconds", "--patients"])
def test_no_option_takes_a_number_that_is_none(option: str, number: str) -> None:
    result = run(command, f"{option}={number}")
    assert (result.exit_code, option in result.output) == (2, True)


def test_the_ends_of_a_range_are_as_its_help_states() -> None:
    assert run(command, "--seconds", "0").exit_code == 2
    assert run(command, "--speed", "0").exit_code == 0
    words = run(command, "--help").output
    assert "0<=x<=1000" in words
    assert "0<x<=31622400" in words
