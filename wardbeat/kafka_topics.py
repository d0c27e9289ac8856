"""Makes Wardbeat's Kafka topics as the settings want them, waits until they can be used, and says how they are."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Final, NamedTuple

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._metadata import TopicMetadata
from confluent_kafka.admin._resource import ResourceType
from confluent_kafka.cimpl import NewTopic

from wardbeat import topics
from wardbeat.errors import BrokerError
from wardbeat.kafka_access import KafkaAccess
from wardbeat.kafka_client import Complaints, first_answer, unusable
from wardbeat.settings import Settings

TIMEOUT_S: Final = 15.0
POLL_S: Final = 0.05
HOUR_MS: Final = 3_600_000
CONFIGURED: Final = ("retention.ms", "min.insync.replicas", "compression.type")
"""What of a topic's configuration is ours to set."""


class TopicPlan(NamedTuple):
    """A topic as it is wanted; ``config`` by Kafka's own names."""

    name: str
    partitions: int
    replication: int = 1
    config: Mapping[str, str] = {}


class TopicState(NamedTuple):
    """A topic as the broker has it.

    ``replication`` is that of the partition with the fewest, ``in_sync`` how many replicas of the partition that has
    the fewest are up to date, ``ready`` that all have leaders.
    """

    name: str
    partitions: int
    replication: int
    in_sync: int
    ready: bool
    config: Mapping[str, str] = {}


class Difference(NamedTuple):
    """Where a topic is not as it is wanted; ``found`` is empty where the whole topic is missing."""

    topic: str
    what: str
    found: str
    wanted: str


def topic_plans(settings: Settings) -> list[TopicPlan]:
    """All of Wardbeat's topics as the settings want them."""
    replication = settings.replication
    in_sync = settings.min_insync_replicas or max(1, replication - 1)
    config = {"retention.ms": _hours_ms(settings.retention_h), "min.insync.replicas": str(in_sync)}
    plans = {name: TopicPlan(name, settings.partitions, replication, config) for name in topics.ALL}
    # A worker can't read lz4, snappy or zstd, and one device that sends them would stop every worker: the broker
    # unpacks what comes packed.
    waveform = {"retention.ms": _hours_ms(settings.waveform_retention_h), "compression.type": "uncompressed"}
    plans[topics.WAVEFORM] = plans[topics.WAVEFORM]._replace(config=config | waveform)
    return list(plans.values())


def create_topics(kafka: KafkaAccess, plans: Sequence[TopicPlan]) -> list[str]:
    """Make the topics that are not there yet, and wait until all of them can be written to.

    A topic that is there already stays as it is (:func:`differences` tells how): another number of partitions would
    send a stream's chunks to another partition than those before.

    Returns
    -------
    list of str
        The topics that were made.

    Raises
    ------
    BrokerError
        If the broker does not answer or refuses a topic.
    """
    # A broker that is away is a matter of seconds for the first answer, of minutes for what follows.
    admin, _ = _connect(kafka)
    # All are asked for, as only the controller knows for sure which are there.
    wanted = [NewTopic(plan.name, plan.partitions, plan.replication, config=dict(plan.config)) for plan in plans]
    answers = admin.create_topics(wanted, operation_timeout=TIMEOUT_S)
    made = [name for name, answer in answers.items() if _was_created(name, answer)]
    names = {plan.name for plan in plans}
    _wait_until(
        lambda: sum(topic.ready for topic in _topics(admin) if topic.name in names) == len(names),
        f"Kafka at {kafka.servers}: topics made, but not all have a leader after {TIMEOUT_S:g} s; is every broker up?",
    )
    return made


def describe_topics(kafka: KafkaAccess, names: Sequence[str] = topics.ALL) -> list[TopicState]:
    """Those of the topics that the broker has, with their configuration.

    Raises
    ------
    BrokerError
        If the broker does not answer.
    """
    admin, known = _connect(kafka)
    found = [topic for topic in known if topic.name in names]
    resources = [ConfigResource(ResourceType.TOPIC, topic.name) for topic in found]
    answers = admin.describe_configs(resources, request_timeout=TIMEOUT_S) if resources else {}
    configs = {resource.name: _config(resource.name, answer) for resource, answer in answers.items()}
    return [topic._replace(config=config) for topic in found if (config := configs[topic.name]) is not None]


def differences(plans: Sequence[TopicPlan], states: Sequence[TopicState]) -> list[Difference]:
    """Where the topics are not as they are wanted."""
    there = {state.name: state for state in states}
    found = []
    for plan in plans:
        state = there.get(plan.name)
        if state is None:
            found.append(Difference(plan.name, "topic", "", "there"))
            continue
        rows = [
            ("partitions", str(state.partitions), str(plan.partitions)),
            ("replication", str(state.replication), str(plan.replication)),
            *((what, state.config.get(what, ""), wanted) for what, wanted in plan.config.items()),
        ]
        found += [Difference(plan.name, what, is_, wanted) for what, is_, wanted in rows if is_ != wanted]
    return found


def check_topics(kafka: KafkaAccess) -> None:
    """Raise a BrokerError unless Kafka answers and has all topics: a consumer never notices one made later."""
    _, known = _connect(kafka)
    there = {topic.name for topic in known}
    missing = [topic for topic in topics.ALL if topic not in there]
    if missing:
        raise BrokerError(
            f"Kafka at {kafka.servers} lacks the topics {', '.join(missing)}; run `wardbeat topics create`"
        )


def _hours_ms(hours: float) -> str:
    return str(round(hours * HOUR_MS))


def _connect(kafka: KafkaAccess) -> tuple[AdminClient, list[TopicState]]:
    """A client that was let in, and all topics that it sees."""
    complaints = Complaints()
    try:
        admin = AdminClient(kafka.client_config() | {"log_level": 0}, error_cb=complaints)
    except KafkaException as error:
        raise unusable(error, kafka) from error
    answer = first_answer(admin, kafka, complaints, TIMEOUT_S)
    return admin, [_state(topic) for topic in answer.topics.values()]


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


def _config(name: str, answer: "Future[Mapping[str, object]]") -> dict[str, str] | None:
    """What of a topic's configuration is ours; None if the topic has just gone."""
    try:
        entries = answer.result(2 * TIMEOUT_S)
    except KafkaException as error:
        if error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            return None
        raise BrokerError(
            f"Kafka topic {name}: its configuration can't be read ({error.args[0].str()}); "
            "let this user describe the configuration of topics"
        ) from error
    return {what: str(getattr(entries[what], "value", "")) for what in CONFIGURED if what in entries}


def _topics(admin: AdminClient) -> list[TopicState]:
    return [_state(topic) for topic in admin.list_topics(timeout=TIMEOUT_S).topics.values()]


def _state(topic: TopicMetadata) -> TopicState:
    partitions = list(topic.partitions.values())
    return TopicState(
        name=str(topic.topic),
        partitions=len(partitions),
        replication=min((len(partition.replicas) for partition in partitions), default=0),
        in_sync=min((len(partition.isrs) for partition in partitions), default=0),
        ready=bool(partitions) and all(partition.leader >= 0 for partition in partitions),
    )


def _wait_until(done: Callable[[], bool], otherwise: str) -> None:
    deadline_s = time.monotonic() + TIMEOUT_S
    while not done():
        if time.monotonic() > deadline_s:
            raise BrokerError(otherwise)
        time.sleep(POLL_S)
