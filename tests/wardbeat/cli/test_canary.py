"""`wardbeat canary` without its setting."""

import pytest
from click.testing import CliRunner

from wardbeat.cli.canary import command
from wardbeat.errors import SettingsError
from wardbeat.settings import settings


@pytest.mark.usefixtures("fresh_settings")
@pytest.mark.parametrize("value", ["off", "0", "false"])
def test_a_canary_that_nobody_judges_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("WARDBEAT_CANARY", value)
    settings.cache_clear()
    result = CliRunner().invoke(command)
    assert isinstance(result.exception, SettingsError)
    assert "WARDBEAT_CANARY" in str(result.exception)
