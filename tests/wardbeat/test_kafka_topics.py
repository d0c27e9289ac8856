import pytest

from wardbeat import redis_keys, topics
from wardbeat.errors import BrokerError
from wardbeat.kafka_topics import RETENTION_MS, check_topics, create_topics, describe_topics


def test_no_topic_remembers_longer_than_redis_does() -> None:
    assert set(RETENTION_MS) == set(topics.ALL)
    assert max(RETENTION_MS.values()) / 1000 < redis_keys.ALERT_TTL_S


@pytest.mark.slow
def test_topics_are_made_once_and_left_as_they_are(ward_topics: str) -> None:
    before = describe_topics(ward_topics)
    assert [topic.name for topic in before] == sorted(topics.ALL)
    assert all(topic.ready and topic.replication == 1 for topic in before)
    assert create_topics(ward_topics, partitions=before[0].partitions + 3, replication=1) == []
    assert describe_topics(ward_topics) == before


@pytest.mark.slow
def test_a_refused_topic_is_named_with_the_setting_to_change(kafka: str) -> None:
    with pytest.raises(BrokerError, match=r"Kafka topic test-refused: .*WARDBEAT_REPLICATION"):
        create_topics(kafka, partitions=1, replication=3, names=["test-refused"])


def test_no_broker_is_one_line_with_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wardbeat.kafka_topics.TIMEOUT_S", 0.5)
    with pytest.raises(BrokerError, match=r"127\.0\.0\.1:1 does not answer.*WARDBEAT_KAFKA_BOOTSTRAP_SERVERS"):
        describe_topics("127.0.0.1:1")


@pytest.mark.slow
def test_missing_topics_are_named(ward_topics: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check_topics(ward_topics)
    monkeypatch.setattr(topics, "ALL", (*topics.ALL, "ecg.other.v1"))
    with pytest.raises(BrokerError, match=r"lacks the topics ecg\.other\.v1; run `wardbeat topics create`"):
        check_topics(ward_topics)
