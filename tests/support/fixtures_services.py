"""The real Kafka and Redis that tests share: one of each a test session; the first test that needs it starts it.

With pytest-xdist every slow test runs in the same worker, so there is one of each, too.
"""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from redis import Redis

from tests.support.limits import WAIT_S
from wardbeat.embedded.kafka import EmbeddedKafka, start_kafka
from wardbeat.embedded.redis_server import start_redis
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.topic_admin import TopicPlan, create_topics, describe_topics, topic_plans
from wardbeat.settings import Settings, settings

PARTITIONS = 4


@pytest.fixture(scope="session")
def services_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the servers' logs."""
    return tmp_path_factory.mktemp("services")


@pytest.fixture(scope="session")
def kafka(services_folder: Path) -> Iterator[str]:
    """Bootstrap servers of a real Apache Kafka node. It keeps its topics; use ``ward_topics`` or ``topic``."""
    with start_kafka(services_folder) as node:
        yield node.bootstrap_servers


@pytest.fixture(scope="session")
def kafka_cluster(services_folder: Path) -> Iterator[EmbeddedKafka]:
    """Three nodes with three copies of every record. A test that kills one starts it again."""
    folder = services_folder / "cluster"
    folder.mkdir()
    with start_kafka(folder, n_nodes=3) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def redis_url(services_folder: Path) -> Iterator[str]:
    """A real Redis that keeps its data for the whole session; for fixtures that outlive a test."""
    with start_redis(services_folder) as server:
        yield server.url


@pytest.fixture
def fresh_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings that this test reads again; by default they name a Redis that does not exist."""
    monkeypatch.setenv("WARDBEAT_REDIS_URL", "redis://127.0.0.1:1/0")
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def redis_server(redis_url: str) -> Iterator[str]:
    """The URL of a real Redis, empty at the start of the test and afterwards."""
    with Redis.from_url(redis_url) as client:
        client.flushall()
        yield redis_url
        client.flushall()


@pytest.fixture
def ward_topics(kafka: str) -> str:
    """Bootstrap servers of a Kafka with all topics, new and empty. Stop the services of the test before its end."""
    access = KafkaAccess(kafka)
    delete_topics(kafka, [topic.name for topic in describe_topics(access)])
    create_topics(access, topic_plans(Settings(partitions=PARTITIONS)))
    return kafka


@pytest.fixture
def topic(kafka: str) -> Iterator[str]:
    """The name of a new and empty topic for this test."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    create_topics(KafkaAccess(kafka), [TopicPlan(name, PARTITIONS)])
    yield name
    delete_topics(kafka, [name])


@pytest.fixture
def consumer_group() -> str:
    """A new consumer group."""
    return f"test-{uuid.uuid4().hex[:12]}"


def delete_topics(bootstrap_servers: str, names: list[str]) -> None:
    """Delete topics and wait until no broker has them: brokers learn of it a moment later."""
    if not names:
        return
    admin = AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 0})
    for deleted in admin.delete_topics(names, operation_timeout=WAIT_S).values():
        deleted.result(WAIT_S)
    deadline_s = time.monotonic() + WAIT_S
    while describe_topics(KafkaAccess(bootstrap_servers), names):
        assert time.monotonic() < deadline_s
        time.sleep(0.02)
