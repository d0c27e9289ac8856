"""Fixtures of the commands."""

import pytest

from tests.support.command_line import CommandLine, command_line


@pytest.fixture
def wardbeat(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Runs a command line through ``main``, as the console script does."""
    return command_line(monkeypatch, capsys)
