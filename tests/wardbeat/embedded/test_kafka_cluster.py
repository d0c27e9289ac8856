"""Three nodes on one machine; one of them dies or hangs."""

import signal
import time
from collections.abc import Callable

import pytest

from producers.sink import KafkaChunkSink
from tests.support.fixtures_services import PARTITIONS
from tests.support.limits import WAIT_S
from tests.support.samples import make_chunk
from wardbeat.contracts import topics
from wardbeat.embedded.kafka import EmbeddedKafka
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.reading import open_topic, read_partition
from wardbeat.kafka.topic_admin import TopicState, create_topics, describe_topics, differences, topic_plans
from wardbeat.settings import Settings

pytestmark = pytest.mark.slow
BEDS = 20


def wait_for(kafka: KafkaAccess, so: Callable[[TopicState], bool]) -> None:
    """Wait until a condition holds of every topic."""
    deadline_s = time.monotonic() + WAIT_S
    while not all(map(so, found := describe_topics(kafka))):
        assert time.monotonic() < deadline_s, found
        time.sleep(0.1)


def test_nothing_is_lost_when_a_node_dies_and_comes_back(kafka_cluster: EmbeddedKafka) -> None:
    kafka = KafkaAccess(kafka_cluster.bootstrap_servers)
    plans = topic_plans(Settings(partitions=PARTITIONS, replication=3))
    assert sorted(create_topics(kafka, plans)) == sorted(topics.ALL)
    assert {plan.config["min.insync.replicas"] for plan in plans} == {"2"}
    assert differences(plans, describe_topics(kafka)) == []
    wait_for(kafka, lambda topic: topic.in_sync == 3)
    sink = KafkaChunkSink(kafka)
    killed = kafka_cluster.nodes[0]
    killed.child.signal(signal.SIGKILL)
    killed.child.wait(10)
    for sequence in range(4):
        for bed in range(BEDS):
            sink.send(make_chunk(f"bed-{bed}", sequence))
    wait_for(kafka, lambda topic: topic.ready and topic.in_sync == 2)
    assert sink.close() == (4 * BEDS, 0)
    killed.start_again()
    wait_for(kafka, lambda topic: topic.in_sync == 3)
    with open_topic(kafka, topics.WAVEFORM) as (consumer, partitions):
        found = [message for one in partitions for message in read_partition(consumer, topics.WAVEFORM, one)]
    assert len(found) == 4 * BEDS


def test_other_nodes_replace_one_that_hangs(kafka_cluster: EmbeddedKafka) -> None:
    kafka = KafkaAccess(kafka_cluster.bootstrap_servers)
    create_topics(kafka, topic_plans(Settings(partitions=PARTITIONS, replication=3)))
    wait_for(kafka, lambda topic: topic.in_sync == 3)
    sink = KafkaChunkSink(kafka)
    hung = kafka_cluster.nodes[1].child
    try:
        for sequence in range(3):
            for bed in range(BEDS):
                sink.send(make_chunk(f"hung-{bed}", sequence))
            if sequence == 0:
                assert sink.close() == (BEDS, 0), "all of its connections are open"
                hung.signal(signal.SIGSTOP)
        assert sink.close() == (3 * BEDS, 0), "another node leads, while the one hangs"
    finally:
        hung.signal(signal.SIGCONT)
    wait_for(kafka, lambda topic: topic.in_sync == 3)
