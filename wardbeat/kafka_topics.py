"""Makes Wardbeat's Kafka topics, waits until they can be used, and says how they are."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final, NamedTuple

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._metadata import TopicMetadata
from confluent_kafka.cimpl import NewTopic

from wardbeat import topics
from wardbeat.errors import BrokerError

TIMEOUT_S: Final = 15.0
POLL_S: Final = 0.05
HOUR_MS: Final = 3_600_000
RETENTION_MS: Final[dict[str, int]] = {
    topics.WAVEFORM: 24 * HOUR_MS,  # 3 MB/s for 2,000 beds; enough to reproduce yesterday's alerts
    topics.BEAT: 7 * 24 * HOUR_MS,
    topics.ALERT: 7 * 24 * HOUR_MS,
    topics.ESCALATION: 7 * 24 * HOUR_MS,
    topics.DEAD_LETTER: 7 * 24 * HOUR_MS,
}
"""Shorter than Redis remembers alerts (``redis_keys.ALERT_TTL_S``), so that no replay raises one anew."""


class TopicState(NamedTuple):
    """A topic as the broker has it. ``replication`` is that of its first partition, ``ready`` that all have leaders."""

    name: str
    partitions: int
    replication: int
    ready: bool


def create_topics(
    bootstrap_servers: str, partitions: int, replication: int, names: Sequence[str] = topics.ALL
) -> list[str]:
    """Make the topics that are not there yet, and wait until all of them can be written to.

    A topic that is there already stays as it is, whatever its partitions: another number would send a stream's
    chunks to another partition than those before.

    Returns
    -------
    list of str
        The topics that were made.

    Raises
    ------
    BrokerError
        If the broker does not answer or refuses a topic.
    """
    admin = _connect(bootstrap_servers)
    _describe(admin, bootstrap_servers)  # a broker that is away is a matter of seconds here, of minutes below
    # All are asked for, as only the controller knows for sure which are there.
    wanted = [_new_topic(name, partitions, replication) for name in names]
    answers = admin.create_topics(wanted, operation_timeout=TIMEOUT_S)
    made = [name for name, answer in answers.items() if _was_created(name, answer)]
    _wait_until(
        lambda: sum(topic.ready for topic in _describe(admin, bootstrap_servers) if topic.name in names) == len(names),
        f"Kafka at {bootstrap_servers}: topics made, but not all have a leader after {TIMEOUT_S:g} s; "
        "is every broker up?",
    )
    return made


def describe_topics(bootstrap_servers: str, names: Sequence[str] = topics.ALL) -> list[TopicState]:
    """Those of the topics that the broker has.

    Raises
    ------
    BrokerError
        If the broker does not answer.
    """
    return [topic for topic in _describe(_connect(bootstrap_servers), bootstrap_servers) if topic.name in names]


def check_topics(bootstrap_servers: str) -> None:
    """Raise a BrokerError unless Kafka answers and has all topics: a consumer never notices one made later."""
    there = {topic.name for topic in describe_topics(bootstrap_servers)}
    missing = [topic for topic in topics.ALL if topic not in there]
    if missing:
        raise BrokerError(
            f"Kafka at {bootstrap_servers} lacks the topics {', '.join(missing)}; run `wardbeat topics create`"
        )


def _connect(bootstrap_servers: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 0})


def _new_topic(name: str, partitions: int, replication: int) -> NewTopic:
    retention_ms = RETENTION_MS.get(name)
    config = {} if retention_ms is None else {"retention.ms": str(retention_ms)}
    return NewTopic(name, partitions, replication, config=config)


def _was_created(name: str, answer: "Future[None]") -> bool:
    """Whether it was made just now and not before."""
    try:
        answer.result(2 * TIMEOUT_S)
    except KafkaException as error:
        reason = error.args[0]
        if reason.code() == KafkaError.TOPIC_ALREADY_EXISTS:
            return False
        raise BrokerError(
            f"Kafka topic {name}: the broker refused it ({reason.str()}); "
            "see WARDBEAT_PARTITIONS and WARDBEAT_REPLICATION"
        ) from error
    return True


def _describe(admin: AdminClient, bootstrap_servers: str) -> list[TopicState]:
    try:
        known = admin.list_topics(timeout=TIMEOUT_S).topics
    except KafkaException as error:
        raise BrokerError(
            f"Kafka at {bootstrap_servers} does not answer ({error.args[0].str()}); "
            "start it or set WARDBEAT_KAFKA_BOOTSTRAP_SERVERS"
        ) from error
    return [_state(known[name]) for name in sorted(known)]


def _state(topic: TopicMetadata) -> TopicState:
    partitions = list(topic.partitions.values())
    return TopicState(
        name=str(topic.topic),
        partitions=len(partitions),
        replication=len(partitions[0].replicas) if partitions else 0,
        ready=bool(partitions) and all(partition.leader >= 0 for partition in partitions),
    )


def _wait_until(done: Callable[[], bool], otherwise: str) -> None:
    deadline_s = time.monotonic() + TIMEOUT_S
    while not done():
        if time.monotonic() > deadline_s:
            raise BrokerError(otherwise)
        time.sleep(POLL_S)
