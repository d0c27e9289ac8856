"""Settings come from the environment; a wrong one is named in one line."""

from collections.abc import Iterator
from ipaddress import ip_address

import pytest

from wardbeat import settings as module
from wardbeat.errors import SettingsError
from wardbeat.settings import Settings, settings


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"WARDBEAT_{name.upper()}", raising=False)
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_everything_is_loopback_by_default() -> None:
    defaults = settings()
    assert ip_address(defaults.dashboard_host).is_loopback
    assert ip_address(defaults.kafka_bootstrap_servers.split(":")[0]).is_loopback
    assert defaults.redis_url.startswith("redis://127.0.0.1:")


def test_a_variable_sets_its_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDBEAT_DASHBOARD_PORT", "8443")
    monkeypatch.setenv("WARDBEAT_DASHBOARD_HOSTS", "ward-7.example, 10.0.0.7")
    assert settings().dashboard_port == 8443
    assert settings().dashboard_hosts == ("ward-7.example", "10.0.0.7")


def test_settings_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    before = settings()
    monkeypatch.setenv("WARDBEAT_PARTITIONS", "3")
    assert settings() is before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WARDBEAT_PARTITIONS", "0"),
        ("WARDBEAT_PARTITIONS", "twelve"),
        ("WARDBEAT_DASHBOARD_PORT", "65536"),
        ("WARDBEAT_REPLICATION", "-1"),
        ("WARDBEAT_DASHBOARD_HOSTS", ""),
    ],
)
def test_a_wrong_value_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        settings()
    message = str(error.value)
    assert message.startswith(f"{name}: ")
    assert value in message
    assert "\n" not in message


def test_every_setting_says_what_it_is_for() -> None:
    assert not [name for name, field in module.Settings.model_fields.items() if not field.description]
