"""Makes Wardbeat's Kafka topics as the settings want them, waits until they can be used, and says how they are."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Final, NamedTuple

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
"""A controller that has not answered in this time may have died, and another takes over."""
AWAY_AFTER_S: Final = 2.0
POLL_S: Final = 0.05
HOUR_MS: Final = 3_600_000
CONFIGURED: Final = ("retention.ms", "min.insync.replicas", "compression.type", "message.timestamp.type")
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


class TopicDifference(NamedTuple):
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
    # unpacks what comes packed. And how long a record has waited is known by one clock only, not by each device's.
    waveform = {
        "retention.ms": _hours_ms(settings.waveform_retention_h),
        "compression.type": "uncompressed",
        "message.timestamp.type": "LogAppendTime",
    }
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
    for server in kafka.servers.split(","):
        _wait_until(
            partial(_are_ready, kafka.at(server.strip()), names),
            f"Kafka at {server}: topics made, but not all have a leader after {TIMEOUT_S:g} s; is every broker up?",
        )
    return made


def describe_topics(kafka: KafkaAccess, names: Sequence[str] = topics.ALL) -> list[TopicState]:
    """Those of the topics that the broker has, with their configuration.

    Raises
    ------
    BrokerError
        If the broker does not answer.
    """
    deadline_s = time.monotonic() + 2 * TIMEOUT_S
    while True:
        # Anew each time: a client that was told of a controller that has just died asks for no other by itself.
        admin, known = _connect(kafka)
        try:
            return _with_config(admin, [topic for topic in known if topic.name in names])
        except KafkaException as error:
            problem = error.args[0]
            if problem.code() != KafkaError._TIMED_OUT or time.monotonic() > deadline_s:  # noqa: SLF001
                raise BrokerError(
                    f"Kafka at {kafka.servers}: the configuration of topics can't be read ({problem.str()}); "
                    "is every broker up, and may this user describe it?"
                ) from error


def differences(plans: Sequence[TopicPlan], states: Sequence[TopicState]) -> list[TopicDifference]:
    """Where the topics are not as they are wanted."""
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


def _connect(kafka: KafkaAccess, timeout_s: float | None = None) -> tuple[AdminClient, list[TopicState]]:
    """A client that was let in, and all topics that the broker knows which it met first."""
    complaints = Complaints()
    try:
        admin = AdminClient(kafka.client_config() | {"log_level": 0}, error_cb=complaints)
    except KafkaException as error:
        raise unusable(error, kafka) from error
    answer = first_answer(admin, kafka, complaints, timeout_s or TIMEOUT_S)
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


def _with_config(admin: AdminClient, found: Sequence[TopicState]) -> list[TopicState]:
    """The topics with what of their configuration is ours; without those that have just gone."""
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
    """Whether a broker knows topics and their leaders: it learns a moment later of what another one has made."""
    try:
        _, known = _connect(kafka, AWAY_AFTER_S)
    except BrokerError:
        return True  # it is away, and asks the others when it comes back
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
    deadline_s = time.monotonic() + TIMEOUT_S
    while not done():
        if time.monotonic() > deadline_s:
            raise BrokerError(otherwise)
        time.sleep(POLL_S)
