"""The commands of ``wardbeat dead-letters``."""

from wardbeat.cli.dead_letters.group import command


def test_every_command_is_registered() -> None:
    assert sorted(command.commands) == ["list", "replay"]
