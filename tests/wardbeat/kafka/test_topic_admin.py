import asyncio

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as AiokafkaPartition
from confluent_kafka import Producer

from tests.support.fixtures_services import PARTITIONS
from tests.support.limits import WAIT_S
from wardbeat.contracts import topics
from wardbeat.errors import BrokerError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.topic_admin import (
    TopicDifference,
    TopicPlan,
    TopicState,
    check_topics,
    create_topics,
    describe_topics,
    differences,
    topic_plans,
)
from wardbeat.settings import LONGEST_RETENTION_H, Settings
from wardbeat.store import redis_keys

HOUR_MS = 3_600_000


def test_no_topic_keeps_records_longer_than_redis_keeps_alerts() -> None:
    plans = topic_plans(Settings(retention_h=LONGEST_RETENTION_H))
    assert [plan.name for plan in plans] == list(topics.ALL)
    assert max(int(plan.config["retention.ms"]) for plan in plans) / 1000 < redis_keys.ALERT_TTL_S


@pytest.mark.parametrize(
    ("replication", "min_insync_replicas", "planned"), [(1, None, "1"), (2, None, "1"), (3, None, "2"), (3, 1, "1")]
)
def test_topics_are_planned_by_the_settings(replication: int, min_insync_replicas: int | None, planned: str) -> None:
    settings = Settings(
        partitions=6,
        replication=replication,
        min_insync_replicas=min_insync_replicas,
        waveform_retention_h=0.5,
        retention_h=2,
    )
    plans = {plan.name: plan for plan in topic_plans(settings)}
    assert {(plan.partitions, plan.replication) for plan in plans.values()} == {(6, replication)}
    assert {plan.config["min.insync.replicas"] for plan in plans.values()} == {planned}
    kept_ms = {name: int(plan.config["retention.ms"]) for name, plan in plans.items()}
    assert kept_ms == dict.fromkeys(topics.ALL, 2 * HOUR_MS) | {topics.WAVEFORM: HOUR_MS // 2}


def test_every_difference_is_named() -> None:
    plans = [TopicPlan("a", 4, 3, {"retention.ms": "7", "min.insync.replicas": "2"}), TopicPlan("b", 4)]
    as_planned = TopicState("a", 4, 3, 3, ready=True, config={"retention.ms": "7", "min.insync.replicas": "2"})
    other = as_planned._replace(partitions=5, replication=1, config={"retention.ms": "8"})
    assert differences(plans[:1], [as_planned]) == []
    assert differences(plans, [other]) == [
        TopicDifference("a", "partitions", "5", "4"),
        TopicDifference("a", "replication", "1", "3"),
        TopicDifference("a", "retention.ms", "8", "7"),
        TopicDifference("a", "min.insync.replicas", "", "2"),
        TopicDifference("b", "topic", "", "there"),
    ]


@pytest.mark.slow
def test_topics_are_created_as_planned_and_never_changed(ward_topics: str) -> None:
    kafka = KafkaAccess(ward_topics)
    before = describe_topics(kafka)
    assert {topic.name for topic in before} == set(topics.ALL)
    assert all(topic.ready and topic.replication == topic.in_sync == 1 for topic in before)
    settings = Settings(partitions=PARTITIONS)
    assert differences(topic_plans(settings), before) == []
    assert create_topics(kafka, topic_plans(settings.model_copy(update={"partitions": PARTITIONS + 3}))) == []
    assert describe_topics(kafka) == before


@pytest.mark.slow
def test_a_refused_topic_is_named_with_the_setting_to_change(kafka: str) -> None:
    with pytest.raises(BrokerError, match=r"Kafka topic test-refused: .*WARDBEAT_REPLICATION"):
        create_topics(KafkaAccess(kafka), [TopicPlan("test-refused", 1, replication=3)])


def test_no_broker_is_one_line_with_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wardbeat.kafka.topic_admin.TIMEOUT_S", 0.5)
    with pytest.raises(BrokerError, match=r"127\.0\.0\.1:1 does not answer.*WARDBEAT_KAFKA_BOOTSTRAP_SERVERS"):
        describe_topics(KafkaAccess("127.0.0.1:1"))


@pytest.mark.slow
def test_missing_topics_are_named(ward_topics: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check_topics(KafkaAccess(ward_topics))
    monkeypatch.setattr(topics, "ALL", (*topics.ALL, "ecg.other.v1"))
    with pytest.raises(BrokerError, match=r"lacks the topics ecg\.other\.v1; run `wardbeat topics create`"):
        check_topics(KafkaAccess(ward_topics))


@pytest.mark.slow
async def test_a_device_that_compresses_its_records_stops_no_worker(ward_topics: str) -> None:
    """aiokafka, by which workers read, stops for ever at a batch that it can't unpack."""
    producer = Producer({"bootstrap.servers": ward_topics, "compression.type": "zstd"})
    producer.produce(topics.WAVEFORM, b"packed" * 100, partition=0)
    assert await asyncio.to_thread(producer.flush, 20) == 0
    consumer = AIOKafkaConsumer(bootstrap_servers=ward_topics)
    await consumer.start()
    try:
        place = AiokafkaPartition(topics.WAVEFORM, 0)
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        message = await asyncio.wait_for(consumer.getone(), WAIT_S)
    finally:
        await consumer.stop()
    assert message.value == b"packed" * 100
