from click.testing import CliRunner

from wardbeat.cli.main import cli


def test_the_group_lists_its_commands() -> None:
    result = CliRunner().invoke(cli, ["classify", "--help"])
    assert result.exit_code == 0
    for name in ("picture", "12-lead", "serve"):
        assert name in result.output
