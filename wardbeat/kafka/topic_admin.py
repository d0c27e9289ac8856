"""Creates Wardbeat's Kafka topics, waits until they can be used, and compares them with the settings."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Final, NamedTuple

import stamina
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._metadata import TopicMetadata
from confluent_kafka.admin._resource import ResourceType
from confluent_kafka.cimpl import NewTopic

from wardbeat.contracts import topics
from wardbeat.errors import BrokerError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.client import Complaints, first_answer, unusable
from wardbeat.settings import Settings

TIMEOUT_S: Final = 15.0
CONTROLLER_TIMEOUT_S: Final = 5.0
"""A controller that does not answer in this time may have died; then another broker takes its place."""
AWAY_AFTER_S: Final = 2.0
POLL_S: Final = 0.05
HOUR_MS: Final = 3_600_000
CONFIGURED: Final = ("retention.ms", "min.insync.replicas", "compression.type", "message.timestamp.type")
"""The parts of a topic's configuration that Wardbeat sets."""


class TopicPlan(NamedTuple):
    """A topic by the settings; ``config`` has Kafka's own names."""

    name: str
    partitions: int
    replication: int = 1
    config: Mapping[str, str] = {}


class TopicState(NamedTuple):
    """A topic as the broker describes it.

    ``replication`` is the number of replicas, ``in_sync`` the number of those that are up to date; both are of the
    partition with the fewest. ``ready`` is whether all partitions have a leader.
    """

    name: str
    partitions: int
    replication: int
    in_sync: int
    ready: bool
    config: Mapping[str, str] = {}


class TopicDifference(NamedTuple):
    """A difference between a topic and the settings; ``found`` is empty if the whole topic is missing."""

    topic: str
    what: str
    found: str
    wanted: str


def topic_plans(settings: Settings) -> list[TopicPlan]:
    """All of Wardbeat's topics by the settings."""
    replication = settings.replication
    in_sync = settings.min_insync_replicas or max(1, replication - 1)
    config = {"retention.ms": _hours_ms(settings.retention_h), "min.insync.replicas": str(in_sync)}
    plans = {name: TopicPlan(name, settings.partitions, replication, config) for name in topics.ALL}
    # A worker can't read lz4, snappy or zstd, and one device that sends them would stop every worker. So the broker
    # unpacks such records. The broker's clock writes the time of each record, so that waiting times are comparable.
    waveform = {
        "retention.ms": _hours_ms(settings.waveform_retention_h),
        "compression.type": "uncompressed",
        "message.timestamp.type": "LogAppendTime",
    }
    plans[topics.WAVEFORM] = plans[topics.WAVEFORM]._replace(config=config | waveform)
    return list(plans.values())


def create_topics(kafka: KafkaAccess, plans: Sequence[TopicPlan]) -> list[str]:
    """Create the topics that do not exist, and wait until all topics accept records.

    A topic that exists is not changed (:func:`differences` compares it with the settings): another number of partitions
    would send the next chunks of a stream to another partition than the earlier ones.

    Returns
    -------
    list of str
        The topics that were created.

    Raises
    ------
    BrokerError
        If the broker does not answer or refuses a topic.
    """
    # If no broker is there, the first answer fails after seconds; the calls below would take minutes.
    admin, _ = _connect(kafka)
    # We request all topics, because only the controller knows for certain which ones exist.
    wanted = [NewTopic(plan.name, plan.partitions, plan.replication, config=dict(plan.config)) for plan in plans]
    answers = admin.create_topics(wanted, operation_timeout=TIMEOUT_S)
    created = [name for name, answer in answers.items() if _was_created(name, answer)]
    names = {plan.name for plan in plans}
    for server in kafka.servers.split(","):
        _wait_until(
            partial(_are_ready, kafka.at(server.strip()), names),
            f"Kafka at {server}: not all new topics have a leader after {TIMEOUT_S:g} s; check that every broker is up",
        )
    return created


def describe_topics(kafka: KafkaAccess, names: Sequence[str] = topics.ALL) -> list[TopicState]:
    """The topics that exist, with their configuration.

    Raises
    ------
    BrokerError
        If the broker does not answer.
    """
    try:
        return _describe(kafka, names)
    except KafkaException as error:
        raise BrokerError(
            f"Kafka at {kafka.servers}: the configuration of topics can't be read ({error.args[0].str()}); "
            "check that every broker is up and that this user may describe it"
        ) from error


def differences(plans: Sequence[TopicPlan], states: Sequence[TopicState]) -> list[TopicDifference]:
    """The differences between the topics and the settings."""
    there = {state.name: state for state in states}
    found = []
    for plan in plans:
        state = there.get(plan.name)
        if state is None:
            found.append(TopicDifference(plan.name, "topic", "", "there"))
            continue
        rows = [
            ("partitions", str(state.partitions), str(plan.partitions)),
            ("replication", str(state.replication), str(plan.replication)),
            *((what, state.config.get(what, ""), wanted) for what, wanted in plan.config.items()),
        ]
        found += [TopicDifference(plan.name, what, is_, wanted) for what, is_, wanted in rows if is_ != wanted]
    return found


def check_topics(kafka: KafkaAccess) -> None:
    """Raise a BrokerError unless Kafka answers and has all topics: a consumer does not notice a later one."""
    _, known = _connect(kafka)
    there = {topic.name for topic in known}
    missing = [topic for topic in topics.ALL if topic not in there]
    if missing:
        raise BrokerError(
            f"Kafka at {kafka.servers} lacks the topics {', '.join(missing)}; run `wardbeat topics create`"
        )


def _timed_out(error: Exception) -> bool:
    return isinstance(error, KafkaException) and error.args[0].code() == KafkaError._TIMED_OUT  # noqa: SLF001


@stamina.retry(on=_timed_out, attempts=None, timeout=2 * TIMEOUT_S, wait_initial=POLL_S, wait_max=1.0, wait_jitter=0)
def _describe(kafka: KafkaAccess, names: Sequence[str]) -> list[TopicState]:
    # A new client at each try: a client does not look for another controller if its own has just died.
    admin, known = _connect(kafka)
    return _with_config(admin, [topic for topic in known if topic.name in names])


def _hours_ms(hours: float) -> str:
    return str(round(hours * HOUR_MS))


def _connect(kafka: KafkaAccess, timeout_s: float | None = None) -> tuple[AdminClient, list[TopicState]]:
    """A connected client, and all topics that its first broker knows."""
    complaints = Complaints()
    try:
        admin = AdminClient(kafka.client_config() | {"log_level": 0}, error_cb=complaints)
    except KafkaException as error:
        raise unusable(error, kafka) from error
    answer = first_answer(admin, kafka, complaints, timeout_s or TIMEOUT_S)
    return admin, [_state(topic) for topic in answer.topics.values()]


def _was_created(name: str, answer: "Future[None]") -> bool:
    """Whether this call created the topic; False if it existed before."""
    try:
        answer.result(2 * TIMEOUT_S)
    except KafkaException as error:
        reason = error.args[0]
        if reason.code() == KafkaError.TOPIC_ALREADY_EXISTS:
            return False
        raise BrokerError(
            f"Kafka topic {name}: the broker refused it ({reason.str()}); "
            "check WARDBEAT_PARTITIONS and WARDBEAT_REPLICATION"
        ) from error
    return True


def _with_config(admin: AdminClient, found: Sequence[TopicState]) -> list[TopicState]:
    """The topics with the part of their configuration that we set; a topic that was deleted meanwhile is left out."""
    resources = [ConfigResource(ResourceType.TOPIC, topic.name) for topic in found]
    answers = admin.describe_configs(resources, request_timeout=CONTROLLER_TIMEOUT_S) if resources else {}
    entries = {resource.name: answer for resource, answer in answers.items()}
    described = []
    for topic in found:
        try:
            values = entries[topic.name].result(2 * TIMEOUT_S)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise
        else:
            config = {what: str(values[what].value) for what in CONFIGURED if what in values}
            described.append(topic._replace(config=config))
    return described


def _are_ready(kafka: KafkaAccess, names: set[str]) -> bool:
    """Whether a broker knows topics and their leaders: it learns of a new topic a moment later than the controller."""
    try:
        _, known = _connect(kafka, AWAY_AFTER_S)
    except BrokerError:
        return True  # it does not answer; when it comes back, it asks the others
    return names <= {topic.name for topic in known if topic.ready}


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
    """Poll a condition. Our own loop, as stamina repeats what raises an error and not a condition."""
    deadline_s = time.monotonic() + TIMEOUT_S
    while not done():
        if time.monotonic() > deadline_s:
            raise BrokerError(otherwise)
        time.sleep(POLL_S)
