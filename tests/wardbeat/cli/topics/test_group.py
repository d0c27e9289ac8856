import json
from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result

from tests.support.fixtures_services import PARTITIONS, delete_topics
from wardbeat.cli.main import cli
from wardbeat.contracts import topics
from wardbeat.settings import settings

pytestmark = pytest.mark.slow


@pytest.fixture
def run(ward_topics: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """The command line with the test's Kafka; all topics are there."""
    monkeypatch.setenv("WARDBEAT_KAFKA_BOOTSTRAP_SERVERS", ward_topics)
    monkeypatch.setenv("WARDBEAT_PARTITIONS", str(PARTITIONS))
    settings.cache_clear()
    yield lambda *arguments: CliRunner().invoke(cli, ["topics", *arguments], catch_exceptions=False)
    settings.cache_clear()


def test_topics_are_created_once(run: Callable[..., Result], ward_topics: str) -> None:
    delete_topics(ward_topics, [topics.BEAT])
    existing = [name for name in topics.ALL if name != topics.BEAT]
    assert json.loads(run("create", "--json").output) == {
        "created": [topics.BEAT],
        "existing": existing,
        "differences": [],
    }
    again = json.loads(run("create", "--json").output)
    assert again == {"created": [], "existing": list(topics.ALL), "differences": []}


def test_what_is_not_as_it_is_set_is_said_and_left(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    as_set = run("describe", "--check")
    assert (as_set.exit_code, len(as_set.output.splitlines())) == (0, len(topics.ALL))
    monkeypatch.setenv("WARDBEAT_PARTITIONS", "24")
    monkeypatch.setenv("WARDBEAT_WAVEFORM_RETENTION_H", "1")
    settings.cache_clear()
    lines = run("create").output.splitlines()
    assert lines[0] == f"{topics.WAVEFORM:20} {PARTITIONS} partitions, replication 1, was there"
    assert f"{topics.WAVEFORM:20} retention.ms is 86400000, 3600000 is set; left as it is" in lines
    assert f"{topics.ALERT:20} partitions is {PARTITIONS}, 24 is set; left as it is" in lines
    assert run("describe").exit_code == 0
    checked = run("describe", "--check", "--json")
    assert checked.exit_code == 1
    different = json.loads(checked.output)["differences"]
    assert len(different) == len(topics.ALL) + 1
    assert {"topic": topics.BEAT, "what": "partitions", "found": str(PARTITIONS), "wanted": "24"} in different


def test_topics_are_described(run: Callable[..., Result], ward_topics: str) -> None:
    delete_topics(ward_topics, [topics.DEAD_LETTER])
    described = json.loads(run("describe", "--json").output)
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
    checked = run("describe", "--check")
    lines = checked.output.splitlines()
    assert lines[0] == f"{topics.WAVEFORM:20} {PARTITIONS} partitions, replication 1, ready"
    assert lines[-1] == f"{topics.DEAD_LETTER:20} missing; `wardbeat topics create` makes it"
    assert checked.exit_code == 1
