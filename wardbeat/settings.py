"""Settings of every process, from ``WARDBEAT_…`` environment variables; loopback by default."""

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, HttpUrl, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from wardbeat import topics
from wardbeat.alerts import SOUNDS_AGAIN_S
from wardbeat.audio_pause import LONGEST_PAUSE_S
from wardbeat.errors import SettingsError
from wardbeat.escalation import ESCALATE_AFTER_S


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


# pydantic-settings would take a list as JSON; comma-separated is what the other lists are.
Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """One flat table: ``WARDBEAT_REDIS_URL`` sets ``redis_url``, and so on."""

    model_config = SettingsConfigDict(env_prefix="WARDBEAT_", extra="ignore", frozen=True)

    kafka_bootstrap_servers: str = Field("127.0.0.1:9092", description="Kafka brokers, host:port, comma-separated")
    redis_url: str = Field("redis://127.0.0.1:6379/0", description="Redis, as redis://host:port/db")
    partitions: int = Field(topics.DEFAULT_PARTITIONS, ge=1, le=1000, description="partitions of a new topic")
    replication: int = Field(1, ge=1, le=9, description="replicas of a new topic")
    consumer_group: str = Field("wardbeat-monitor", description="Kafka consumer group of the workers")
    worker_id: str = Field("worker-1", description="names a worker in Redis and logs; unique per process")
    data_dir: Path = Field(Path("out/data"), description="where a worker may keep files of its own")
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
    longest_pause_s: float = Field(LONGEST_PAUSE_S, ge=1, le=LONGEST_PAUSE_S, description="the longest audio pause")
    escalate_after_s: float = Field(
        ESCALATE_AFTER_S,
        ge=5,
        le=600,
        description="how long an urgent alert may call before somebody elsewhere is told",
    )
    escalation_webhook: HttpUrl | None = Field(
        None, description="address that escalations are posted to as JSON; to the topic only when unset"
    )
    records: Path | None = Field(None, description="folder of WFDB records for the demo")
    log_json: bool = Field(False, description="log lines as JSON")


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
        name = f"WARDBEAT_{first['loc'][0]}".upper()
        raise SettingsError(
            f"{name}: {first['msg']}, {first.get('input')!r} given; correct it and start again"
        ) from error
