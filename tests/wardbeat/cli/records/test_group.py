"""The commands of ``wardbeat records``."""

from wardbeat.cli.records.group import command


def test_every_command_is_registered() -> None:
    assert sorted(command.commands) == ["check", "download", "import", "list"]
