"""How topics and their differences from the settings are printed."""

import pytest

from wardbeat.cli.topics.topic_states import as_plain, print_differences, topic_line
from wardbeat.kafka.topic_admin import TopicDifference, TopicState


def state(in_sync: int) -> TopicState:
    return TopicState(name="ecg.beat.v1", partitions=12, replication=3, in_sync=in_sync, ready=True, config={})


def test_a_topic_is_one_line_and_missing_replicas_are_named() -> None:
    assert topic_line(state(3)) == "ecg.beat.v1          12 partitions, replication 3"
    assert topic_line(state(2)) == "ecg.beat.v1          12 partitions, replication 3 (2 in sync)"


def test_a_missing_topic_has_the_next_step_and_a_difference_has_both_values(
    capsys: pytest.CaptureFixture[str],
) -> None:
    differences = [
        TopicDifference(topic="ecg.beat.v1", what="topic", found="missing", wanted="there"),
        TopicDifference(topic="ecg.alert.v1", what="retention.ms", found="1", wanted="2"),
    ]
    print_differences(differences)
    assert capsys.readouterr().out.splitlines() == [
        "ecg.beat.v1          missing; `wardbeat topics create` makes it",
        "ecg.alert.v1         retention.ms is 1, 2 is set; left as it is",
    ]
    assert [row["topic"] for row in as_plain(differences)] == ["ecg.beat.v1", "ecg.alert.v1"]
