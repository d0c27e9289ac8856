"""``wardbeat topics describe``, on a real Kafka."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result

from tests.support.fixtures_services import PARTITIONS, delete_topics
from wardbeat.contracts import topics
from wardbeat.settings import settings

pytestmark = pytest.mark.slow


def test_a_difference_from_the_settings_is_reported_and_not_changed(
    run_topics: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_set = run_topics("describe", "--check")
    assert (as_set.exit_code, len(as_set.output.splitlines())) == (0, len(topics.ALL))
    monkeypatch.setenv("WARDBEAT_PARTITIONS", "24")
    monkeypatch.setenv("WARDBEAT_WAVEFORM_RETENTION_H", "1")
    settings.cache_clear()
    lines = run_topics("create").output.splitlines()
    assert lines[0] == f"{topics.WAVEFORM:20} {PARTITIONS} partitions, replication 1, was there"
    assert f"{topics.WAVEFORM:20} retention.ms is 86400000, 3600000 is set; left as it is" in lines
    assert f"{topics.ALERT:20} partitions is {PARTITIONS}, 24 is set; left as it is" in lines
    assert run_topics("describe").exit_code == 0
    checked = run_topics("describe", "--check", "--json")
    assert checked.exit_code == 1
    different = json.loads(checked.output)["differences"]
    assert len(different) == len(topics.ALL) + 1
    assert {"topic": topics.BEAT, "what": "partitions", "found": str(PARTITIONS), "wanted": "24"} in different


def test_topics_are_described(run_topics: Callable[..., Result], ward_topics: str) -> None:
    delete_topics(ward_topics, [topics.DEAD_LETTER])
    described = json.loads(run_topics("describe", "--json").output)
    assert set(described["topics"]) == set(topics.ALL) - {topics.DEAD_LETTER}
    assert described["topics"][topics.WAVEFORM] == {
        "name": topics.WAVEFORM,
        "partitions": PARTITIONS,
        "replication": 1,
        "in_sync": 1,
        "ready": True,
        "config": {
            "retention.ms": "86400000",
            "min.insync.replicas": "1",
            "compression.type": "uncompressed",
            "message.timestamp.type": "LogAppendTime",
        },
    }
    checked = run_topics("describe", "--check")
    lines = checked.output.splitlines()
    assert lines[0] == f"{topics.WAVEFORM:20} {PARTITIONS} partitions, replication 1, ready"
    assert lines[-1] == f"{topics.DEAD_LETTER:20} missing; `wardbeat topics create` makes it"
    assert checked.exit_code == 1
