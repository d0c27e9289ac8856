"""Settings of every process, from ``WARDBEAT_…`` environment variables; loopback by default.

Secrets come from a variable or from the file that a ``…_FILE`` variable names, and are in no ``repr`` and no error.
"""

import socket
from functools import cache
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from pydantic import BeforeValidator, Field, FilePath, HttpUrl, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from wardbeat.care.alert_lifecycle import SOUNDS_AGAIN_S
from wardbeat.care.audio_pause import LONGEST_PAUSE_S
from wardbeat.care.escalation import ESCALATE_AFTER_S
from wardbeat.contracts import topics
from wardbeat.errors import SettingsError
from wardbeat.kafka.access import KafkaAccess, Mechanism, Protocol
from wardbeat.store.redis_keys import ALERT_TTL_S

DELAYED_AFTER_S = 3.0
"""On a ward that is well a status is half a second old when it is written, after 1 s the next one comes, and a screen
looks twice a second; so no screen sees one of 2.5 s, nor with the longest chunks (1 s) one of 3 s."""


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


# pydantic-settings would take a list as JSON; comma-separated is what the other lists are.
Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], NoDecode, BeforeValidator(_split)]
# A variable that is there and empty is how compose files and child processes say that there is none.
_Unset = BeforeValidator(lambda value: None if value == "" else value)
Secret = Annotated[SecretStr | None, _Unset]
File = Annotated[FilePath | None, _Unset]
SECRETS = {"redis_url", "kafka_password", "redis_password", "escalation_webhook"}
"""What no message shows: their values, or parts of them, let somebody in."""
LONGEST_RETENTION_H = ALERT_TTL_S // 3600 - 24
"""A day less than Redis remembers alerts, so that no replay raises one anew."""


class Settings(BaseSettings):
    """One flat table: ``WARDBEAT_REDIS_URL`` sets ``redis_url``, and so on."""

    model_config = SettingsConfigDict(env_prefix="WARDBEAT_", extra="ignore", frozen=True)

    kafka_bootstrap_servers: str = Field("127.0.0.1:9092", description="Kafka brokers, host:port, comma-separated")
    kafka_security_protocol: Protocol = Field(
        "PLAINTEXT", description="`PLAINTEXT`, `SSL` (TLS), `SASL_PLAINTEXT` (user) or `SASL_SSL` (both)"
    )
    kafka_sasl_mechanism: Mechanism = Field(
        "SCRAM-SHA-512", description="how a user is authenticated: `SCRAM-SHA-512` or `PLAIN`"
    )
    kafka_username: Annotated[str | None, _Unset] = Field(None, description="user of Kafka, with a SASL protocol")
    kafka_password: Secret = Field(None, description="the user's password")
    kafka_password_file: File = Field(None, description="file that holds the password instead")
    kafka_ca_file: File = Field(
        None, description="authorities that brokers' certificates come from, PEM; those of the system when unset"
    )
    kafka_certificate_file: File = Field(None, description="certificate to show to brokers that ask for one, PEM")
    kafka_key_file: File = Field(None, description="its private key, PEM without a passphrase")
    redis_url: str = Field(
        "redis://127.0.0.1:6379/0",
        repr=False,
        description="Redis, as redis://host:port/db, or redis://user@host:port/db; rediss:// for TLS",
    )
    redis_password: Secret = Field(None, description="password of Redis, if the URL has none")
    redis_password_file: File = Field(None, description="file that holds the password instead")
    redis_ca_file: File = Field(
        None, description="authorities that Redis' certificate comes from, PEM; those of the system when unset"
    )
    partitions: int = Field(topics.DEFAULT_PARTITIONS, ge=1, le=1000, description="partitions of a new topic")
    replication: int = Field(1, ge=1, le=9, description="replicas of a new topic")
    min_insync_replicas: Annotated[int | None, _Unset] = Field(
        None, ge=1, le=9, description="replicas that must have a record before it counts; all but one when unset"
    )
    waveform_retention_h: float = Field(
        24, gt=0, le=LONGEST_RETENTION_H, description="how long the ECG stays in its topic"
    )  # 3 MB/s for 2,000 beds; enough to reproduce yesterday's alerts
    retention_h: float = Field(
        7 * 24, gt=0, le=LONGEST_RETENTION_H, description="how long everything else stays in its topic"
    )
    consumer_group: str = Field("wardbeat-monitor", description="Kafka consumer group of the workers")
    worker_id: str = Field(
        default_factory=socket.gethostname,
        min_length=1,
        description="names a worker in Redis and logs, unique per process; the machine's name when unset, which is "
        "enough in containers",
    )
    data_dir: Path = Field(Path("out/data"), description="where a worker may keep files of its own")
    snapshot_every_s: float = Field(
        10.0, ge=1, le=60, description="how often a worker keeps snapshots of its monitors: what a takeover runs again"
    )
    bundle: Path | None = Field(None, description="model bundle folder; the shipped one when unset")
    dashboard_host: str = Field("127.0.0.1", description="address that the dashboard listens on")
    dashboard_port: int = Field(8050, ge=0, le=65535, description="port of the dashboard; 0 takes a free one")
    dashboard_hosts: Names = Field(
        ("127.0.0.1", "localhost"), description="host names that a browser may use, comma-separated"
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
        description="how old ECG may be that is shown as live; beyond it screens say by how much it is delayed",
    )
    longest_pause_s: float = Field(LONGEST_PAUSE_S, ge=1, le=LONGEST_PAUSE_S, description="the longest audio pause")
    escalate_after_s: float = Field(
        ESCALATE_AFTER_S,
        ge=5,
        le=600,
        description="how long an urgent alert may call before somebody elsewhere is told",
    )
    escalation_webhook: HttpUrl | None = Field(
        None,
        repr=False,
        description="address that escalations are posted to as JSON; to the topic only when unset",
    )
    metrics_host: str = Field("127.0.0.1", description="address that metrics and probes of a process are served on")
    metrics_port: Annotated[int | None, _Unset] = Field(
        None, ge=1, le=65535, description="port of `/metrics`, `/health` and `/ready`, one a process; none when unset"
    )
    records: Path | None = Field(None, description="folder of WFDB records for the demo")
    log_json: bool = Field(False, description="log lines as JSON")

    @property
    def kafka(self) -> KafkaAccess:
        """How every client gets into Kafka.

        Raises
        ------
        SettingsError
            If what is set does not fit together.
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
        """The URL of Redis with its password and its authorities, as a client needs it; never to be shown.

        Raises
        ------
        SettingsError
            If what is set does not fit together.
        """
        password = _secret("WARDBEAT_REDIS_PASSWORD", self.redis_password, self.redis_password_file)
        return _redis_address(self.redis_url, password, self.redis_ca_file)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _ = self.kafka, self.redis_address
        if self.min_insync_replicas and self.min_insync_replicas > self.replication:
            raise SettingsError(
                f"WARDBEAT_MIN_INSYNC_REPLICAS: at most the {self.replication} of WARDBEAT_REPLICATION, "
                f"{self.min_insync_replicas} given; nothing could be written"
            )
        return self


def _secret(name: str, value: SecretStr | None, file: Path | None) -> str:
    """A secret from its variable or its file; empty if it is not set."""
    if value is not None and file is not None:
        raise SettingsError(f"{name}: it is set, and {name}_FILE as well; keep one of them")
    if file is None:
        return value.get_secret_value() if value else ""
    try:
        text = file.read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SettingsError(f"{name}_FILE: {file} can't be read ({problem}); correct it and start again") from error
    if not text:
        raise SettingsError(f"{name}_FILE: {file} is empty; put the password into it")
    return text


def _check_kafka(access: KafkaAccess) -> None:
    """Raise a SettingsError for what would be ignored, or is missing: who sets a password means to use it."""
    setting = "WARDBEAT_KAFKA_SECURITY_PROTOCOL"
    if access.has_user and not (access.username and access.password):
        raise SettingsError(
            f"{setting}: {access.protocol} needs a user; set WARDBEAT_KAFKA_USERNAME and WARDBEAT_KAFKA_PASSWORD "
            "or WARDBEAT_KAFKA_PASSWORD_FILE"
        )
    if not access.has_user and (access.username or access.password):
        raise SettingsError(f"{setting}: {access.protocol} has no user, but one is set; SASL_SSL has")
    if not access.has_tls and (access.ca_file or access.certificate_file or access.key_file):
        raise SettingsError(f"{setting}: {access.protocol} has no TLS, but certificates are set; SSL and SASL_SSL have")
    if bool(access.certificate_file) != bool(access.key_file):
        raise SettingsError(
            "WARDBEAT_KAFKA_CERTIFICATE_FILE: a certificate needs its key, and a key its certificate; "
            "set WARDBEAT_KAFKA_KEY_FILE as well"
        )


def _redis_address(url: str, password: str, ca_file: Path | None) -> str:
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    if password and ":" in user:
        raise SettingsError("WARDBEAT_REDIS_PASSWORD: WARDBEAT_REDIS_URL has a password as well; keep one of them")
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
        # Not "from error": that one knows the secrets.
        raise SettingsError(f"WARDBEAT_{field.upper()}: {first['msg']}{given}; correct it and start again") from None
