"""Settings come from the environment; a wrong one is named in one line."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path

import pytest
from redis.asyncio.connection import parse_url

from wardbeat import settings as module
from wardbeat.errors import SettingsError
from wardbeat.settings import Settings, settings
from wardbeat.store.redis_client import public


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


def test_every_setting_has_a_description() -> None:
    assert not [name for name, field in module.Settings.model_fields.items() if not field.description]


def refusal() -> str:
    with pytest.raises(SettingsError) as error:
        settings()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_secrets_come_from_files_and_are_shown_nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("kafka", "redis"):
        (tmp_path / name).write_text(f"{name}-s/e:c@ret\n")
        monkeypatch.setenv(f"WARDBEAT_{name.upper()}_PASSWORD_FILE", str(tmp_path / name))
    authority = tmp_path / "a b.pem"
    authority.touch()
    monkeypatch.setenv("WARDBEAT_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("WARDBEAT_KAFKA_USERNAME", "ward")
    monkeypatch.setenv("WARDBEAT_KAFKA_CA_FILE", str(authority))
    monkeypatch.setenv("WARDBEAT_REDIS_URL", "rediss://ward@redis-1:6379/3?protocol=3")
    monkeypatch.setenv("WARDBEAT_REDIS_CA_FILE", str(authority))
    monkeypatch.setenv("WARDBEAT_ESCALATION_WEBHOOK", "https://pager.example/token-s/e:c@ret")
    given = settings()
    assert given.kafka.password == "kafka-s/e:c@ret"
    assert given.kafka.client_config() == {
        "bootstrap.servers": "127.0.0.1:9092",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "ward",
        "sasl.password": "kafka-s/e:c@ret",
        "ssl.ca.location": str(authority),
    }
    redis: Mapping[str, object] = {**parse_url(given.redis_address)}
    assert (redis["username"], redis["password"]) == ("ward", "redis-s/e:c@ret")
    assert (redis["host"], redis["db"], redis["protocol"]) == ("redis-1", 3, 3)
    assert redis["ssl_ca_certs"] == str(authority)
    assert public(given.redis_address) == "rediss://redis-1:6379/3"
    assert "c@ret" not in repr(given) + repr(given.kafka) + str(given)
    assert given.kafka.at(None) == given.kafka
    assert given.kafka.at("k:1").servers == "k:1"


def test_a_password_may_come_from_a_variable_or_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDBEAT_REDIS_PASSWORD", "p@ss")
    assert settings().redis_address == "redis://:p%40ss@127.0.0.1:6379/0"
    settings.cache_clear()
    monkeypatch.setenv("WARDBEAT_REDIS_URL", "redis://ward:other@127.0.0.1:6379/0")
    message = refusal()
    assert "WARDBEAT_REDIS_PASSWORD" in message
    assert "other" not in message
    monkeypatch.setenv("WARDBEAT_REDIS_PASSWORD", "")
    assert settings().redis_address == "redis://ward:other@127.0.0.1:6379/0"
    assert "other" not in repr(settings())


@pytest.mark.parametrize(
    ("variables", "message_part"),
    [
        ({"KAFKA_SECURITY_PROTOCOL": "TLS"}, "WARDBEAT_KAFKA_SECURITY_PROTOCOL: "),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_USERNAME": "ward"}, "SASL_SSL needs a user"),
        ({"KAFKA_USERNAME": "ward"}, "PLAINTEXT has no user, but one is set"),
        ({"KAFKA_PASSWORD": "secret"}, "PLAINTEXT has no user, but one is set"),
        ({"KAFKA_CA_FILE": "{file}"}, "PLAINTEXT has no TLS, but certificates are set"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_KEY_FILE": "{file}"}, "a key its certificate"),
        ({"KAFKA_CA_FILE": "/nowhere/ca.pem"}, "WARDBEAT_KAFKA_CA_FILE: "),
        ({"KAFKA_PASSWORD_FILE": "/nowhere/password"}, "WARDBEAT_KAFKA_PASSWORD_FILE: "),
        ({"KAFKA_PASSWORD_FILE": "{file}"}, "WARDBEAT_KAFKA_PASSWORD_FILE: {file} is empty"),
        ({"KAFKA_PASSWORD_FILE": "{file}", "KAFKA_PASSWORD": "secret"}, "keep one of them"),
        ({"REDIS_CA_FILE": "{file}"}, "write WARDBEAT_REDIS_URL as rediss://"),
        ({"REPLICATION": "2", "MIN_INSYNC_REPLICAS": "3"}, "at most WARDBEAT_REPLICATION (2), 3 given"),
        ({"RETENTION_H": "1000"}, "WARDBEAT_RETENTION_H: "),
        ({"ESCALATION_WEBHOOK": "pager/secret"}, "WARDBEAT_ESCALATION_WEBHOOK: "),
    ],
)
def test_settings_that_contradict_each_other_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variables: dict[str, str], message_part: str
) -> None:
    file = tmp_path / "file"
    file.touch()
    for name, value in variables.items():
        monkeypatch.setenv(f"WARDBEAT_{name}", value.format(file=file))
    message = refusal()
    assert message_part.format(file=file) in message
    assert "secret" not in message


HOSTILE = ("nan", "inf", "-1", "1e400", "9" * 400, "x" * 600, "a\nb", " ", "MISSING/x")


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_hostile_value_is_taken_or_refused_in_one_error(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"WARDBEAT_{name.upper()}", value)
    try:
        given = settings()
    except SettingsError as error:
        assert str(error).startswith("WARDBEAT_")  # noqa: PT017 # either outcome is right
        return
    number = getattr(given, name)
    assert not isinstance(number, float) or 0 < number < 1e9
