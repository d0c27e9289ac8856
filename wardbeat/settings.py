"""The settings of every process, from ``WARDBEAT_…`` environment variables. By default everything is on loopback.

A secret comes from a variable, or from the file that a ``…_FILE`` variable names. No ``repr`` and no error shows it.
"""

import socket
from functools import cache
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    FilePath,
    HttpUrl,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from wardbeat.care.alert_lifecycle import SOUNDS_AGAIN_S
from wardbeat.care.audio_pause import PAUSE_S
from wardbeat.care.escalation import ESCALATE_AFTER_S
from wardbeat.contracts import rules, topics
from wardbeat.destinations import named_path
from wardbeat.errors import SettingsError
from wardbeat.kafka.access import KafkaAccess, Mechanism, Protocol
from wardbeat.store.redis_keys import ALERT_TTL_S

DELAYED_AFTER_S = 3.0
"""On a healthy ward a status is half a second old when the worker writes it, the next one follows 1 s later, and a
screen reads twice a second. So no screen gets a status older than 2.5 s, or 3 s with the longest chunks (1 s)."""


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


# pydantic-settings expects JSON for a list; the other lists here are comma-separated.
Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], NoDecode, BeforeValidator(_split)]
Line = Annotated[str, AfterValidator(rules.line)]
Source = Annotated[Path, AfterValidator(named_path)]
# Compose files and child processes set a variable to "" to unset it.
_Unset = BeforeValidator(lambda value: None if value == "" else value)
Secret = Annotated[SecretStr | None, _Unset]
File = Annotated[FilePath | None, BeforeValidator(lambda value: named_path(value) if value else None)]
SECRETS = {"redis_url", "kafka_password", "redis_password", "escalation_webhook", "canary_ping_url"}
"""No message shows the values of these settings, because they, or parts of them, give access."""
LONGEST_RETENTION_H = ALERT_TTL_S // 3600 - 24
"""A day less than Redis keeps alerts, so that a replay raises no old alert again."""


class Settings(BaseSettings):
    """All settings in one flat table: ``WARDBEAT_REDIS_URL`` sets ``redis_url``, and so on."""

    model_config = SettingsConfigDict(env_prefix="WARDBEAT_", extra="ignore", frozen=True)

    kafka_bootstrap_servers: Line = Field("127.0.0.1:9092", description="Kafka brokers, host:port, comma-separated")
    kafka_security_protocol: Protocol = Field(
        "PLAINTEXT", description="`PLAINTEXT`, `SSL` (TLS), `SASL_PLAINTEXT` (user) or `SASL_SSL` (both)"
    )
    kafka_sasl_mechanism: Mechanism = Field(
        "SCRAM-SHA-512", description="how Kafka authenticates the user: `SCRAM-SHA-512` or `PLAIN`"
    )
    kafka_username: Annotated[str | None, _Unset] = Field(None, description="user of Kafka, for a SASL protocol")
    kafka_password: Secret = Field(None, description="password of the user of Kafka")
    kafka_password_file: File = Field(None, description="file with the password, instead of the variable")
    kafka_ca_file: File = Field(
        None, description="authorities that issue the brokers' certificates, PEM; those of the system when unset"
    )
    kafka_certificate_file: File = Field(None, description="certificate for brokers that ask for one, PEM")
    kafka_key_file: File = Field(None, description="its private key, PEM without a passphrase")
    redis_url: str = Field(
        "redis://127.0.0.1:6379/0",
        repr=False,
        description="Redis, as redis://host:port/db, or redis://user@host:port/db; rediss:// for TLS",
    )
    redis_password: Secret = Field(None, description="password of Redis, if the URL has none")
    redis_password_file: File = Field(None, description="file with the password, instead of the variable")
    redis_ca_file: File = Field(
        None, description="authorities that issue the certificate of Redis, PEM; those of the system when unset"
    )
    partitions: int = Field(topics.DEFAULT_PARTITIONS, ge=1, le=1000, description="partitions of a new topic")
    replication: int = Field(1, ge=1, le=9, description="replicas of a new topic")
    min_insync_replicas: Annotated[int | None, _Unset] = Field(
        None,
        ge=1,
        le=9,
        description="replicas that must have a record before it is acknowledged; all but one when unset",
    )
    waveform_retention_h: float = Field(
        24, gt=0, le=LONGEST_RETENTION_H, description="how long Kafka keeps the ECG, in hours"
    )  # 3 MB/s for 2,000 beds; enough to reproduce yesterday's alerts
    retention_h: float = Field(
        7 * 24, gt=0, le=LONGEST_RETENTION_H, description="how long Kafka keeps all other records, in hours"
    )
    consumer_group: Line = Field("wardbeat-monitor", description="Kafka consumer group of the workers")
    worker_id: Line = Field(
        default_factory=socket.gethostname,
        description="name of a worker in Redis and logs, unique per process; the machine's name when unset, which is "
        "enough in containers",
    )
    data_dir: Source = Field(Path("out/data"), description="folder for a worker's own files")
    snapshot_every_s: float = Field(
        10.0,
        ge=1,
        le=60,
        description="how often a worker stores snapshots of its monitors; a takeover runs this much ECG again",
    )
    bundle: Source | None = Field(None, description="model bundle folder; the shipped one when unset")
    dashboard_host: Line = Field("127.0.0.1", description="address on which the dashboard listens")
    dashboard_port: int = Field(
        8050, ge=rules.PORT.low, le=rules.PORT.high, description="port of the dashboard; 0 takes a free one"
    )
    dashboard_hosts: Names = Field(
        ("127.0.0.1", "localhost"), description="host names by which browsers may call the dashboard, comma-separated"
    )
    classify_host: Line = Field("127.0.0.1", description="address on which `wardbeat classify serve` listens")
    classify_port: int = Field(
        8051, ge=rules.PORT.low, le=rules.PORT.high, description="port of `wardbeat classify serve`; 0 takes a free one"
    )
    classify_hosts: Names = Field(
        ("127.0.0.1", "localhost"),
        description="host names by which browsers and programs may call `wardbeat classify serve`, comma-separated",
    )
    classify_url: HttpUrl = Field(
        HttpUrl("http://127.0.0.1:8051"),
        description="address of `wardbeat classify serve`, which the dashboard asks about uploads",
    )
    sounds_again_s: float = Field(
        SOUNDS_AGAIN_S,
        ge=10,
        le=SOUNDS_AGAIN_S,
        description="how long an acknowledgement holds while its condition lasts",
    )
    delayed_after_s: float = Field(
        DELAYED_AFTER_S,
        ge=2,
        le=5,
        description="the largest age of ECG that screens show as live; for older ECG they show the delay",
    )
    longest_pause_s: float = Field(PAUSE_S.high, ge=PAUSE_S.low, le=PAUSE_S.high, description="the longest audio pause")
    escalate_after_s: float = Field(
        ESCALATE_AFTER_S,
        ge=5,
        le=600,
        description="how long an urgent alert calls before it is escalated",
    )
    escalation_webhook: HttpUrl | None = Field(
        None,
        repr=False,
        description="address to which escalations are posted as JSON; only to the topic when unset",
    )
    canary: bool = Field(
        False,
        description="`on`: the canary runs (`wardbeat canary`), and escalators and dashboards judge whether its alerts "
        "arrive",
    )
    canary_ping_url: HttpUrl | None = Field(
        None,
        repr=False,
        description="address that an escalator calls after each proof by the canary, for an outside watch",
    )
    metrics_host: Line = Field("127.0.0.1", description="address for the metrics and probes of a process")
    metrics_port: Annotated[int | None, _Unset] = Field(
        None,
        ge=1,
        le=rules.PORT.high,
        description="port of `/metrics`, `/health` and `/ready`, one a process; none when unset",
    )
    records: Source | None = Field(None, description="folder of WFDB records for the demo")
    log_json: bool = Field(False, description="log lines as JSON")

    @property
    def kafka(self) -> KafkaAccess:
        """How every client accesses Kafka.

        Raises
        ------
        SettingsError
            If settings contradict each other.
        """
        password = _secret("WARDBEAT_KAFKA_PASSWORD", self.kafka_password, self.kafka_password_file)
        access = KafkaAccess(
            self.kafka_bootstrap_servers,
            self.kafka_security_protocol,
            self.kafka_sasl_mechanism,
            self.kafka_username or "",
            password,
            self.kafka_ca_file,
            self.kafka_certificate_file,
            self.kafka_key_file,
        )
        _check_kafka(access)
        return access

    @property
    def redis_address(self) -> str:
        """The URL of Redis with its password and authorities, for a client. Never show it.

        Raises
        ------
        SettingsError
            If settings contradict each other.
        """
        password = _secret("WARDBEAT_REDIS_PASSWORD", self.redis_password, self.redis_password_file)
        return _redis_address(self.redis_url, password, self.redis_ca_file)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _ = self.kafka, self.redis_address
        if self.min_insync_replicas and self.min_insync_replicas > self.replication:
            raise SettingsError(
                f"WARDBEAT_MIN_INSYNC_REPLICAS: at most WARDBEAT_REPLICATION ({self.replication}), "
                f"{self.min_insync_replicas} given; otherwise nothing could be written"
            )
        return self


def _secret(name: str, value: SecretStr | None, file: Path | None) -> str:
    """A secret from its variable or its file; empty if it is not set."""
    if value is not None and file is not None:
        raise SettingsError(f"{name}: {name}_FILE is set, too; keep one of them")
    if file is None:
        return value.get_secret_value() if value else ""
    try:
        text = file.read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SettingsError(f"{name}_FILE: {file} can't be read ({problem}); correct it and start again") from error
    if not text:
        raise SettingsError(f"{name}_FILE: {file} is empty; write the password into it")
    return text


def _check_kafka(access: KafkaAccess) -> None:
    """Raise a SettingsError for a setting that would have no effect, and for one that is missing."""
    setting = "WARDBEAT_KAFKA_SECURITY_PROTOCOL"
    if access.has_user and not (access.username and access.password):
        raise SettingsError(
            f"{setting}: {access.protocol} needs a user; set WARDBEAT_KAFKA_USERNAME and WARDBEAT_KAFKA_PASSWORD "
            "or WARDBEAT_KAFKA_PASSWORD_FILE"
        )
    if not access.has_user and (access.username or access.password):
        raise SettingsError(f"{setting}: {access.protocol} has no user, but one is set; use SASL_SSL")
    if not access.has_tls and (access.ca_file or access.certificate_file or access.key_file):
        raise SettingsError(f"{setting}: {access.protocol} has no TLS, but certificates are set; use SSL or SASL_SSL")
    if bool(access.certificate_file) != bool(access.key_file):
        raise SettingsError(
            "WARDBEAT_KAFKA_CERTIFICATE_FILE: a certificate needs its key, and a key its certificate; "
            "set WARDBEAT_KAFKA_KEY_FILE as well"
        )


def _redis_address(url: str, password: str, ca_file: Path | None) -> str:
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    if password and ":" in user:
        raise SettingsError("WARDBEAT_REDIS_PASSWORD: WARDBEAT_REDIS_URL has a password, too; keep one of them")
    if ca_file and parts.scheme != "rediss":
        raise SettingsError("WARDBEAT_REDIS_CA_FILE: only for TLS; write WARDBEAT_REDIS_URL as rediss://host:port/db")
    if password:
        parts = parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}")
    if ca_file:
        query = "&".join(filter(None, (parts.query, urlencode({"ssl_ca_certs": str(ca_file)}))))
        parts = parts._replace(query=query)
    return urlunsplit(parts)


@cache
def settings() -> Settings:
    """The settings of this process, read once.

    Raises
    ------
    SettingsError
        If a variable is out of range; it names the variable and the rule.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        given = "" if field in SECRETS else f", {first.get('input')!r} given"
        # Not "from error": the original error contains the secrets.
        raise SettingsError(f"WARDBEAT_{field.upper()}: {first['msg']}{given}; correct it and start again") from None
