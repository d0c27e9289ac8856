"""The commands of ``wardbeat topics``."""

from wardbeat.cli.topics.group import command


def test_every_command_is_registered() -> None:
    assert sorted(command.commands) == ["create", "describe"]
