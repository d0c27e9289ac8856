"""Options that several commands have."""

import click
from click.testing import CliRunner

from wardbeat.cli.options import by_option, json_option


def test_json_is_a_flag_and_initials_are_required() -> None:
    given: dict[str, object] = {}

    @click.command()
    @by_option
    @json_option
    def command(**options: object) -> None:
        given.update(options)

    assert CliRunner().invoke(command, []).exit_code == 2
    assert CliRunner().invoke(command, ["--by", "AB"]).exit_code == 0
    assert given == {"by": "AB", "as_json": False}
    assert CliRunner().invoke(command, ["--by", "AB", "--json"]).exit_code == 0
    assert given["as_json"] is True
