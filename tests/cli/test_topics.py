import json
from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result

from tests.fixtures_services import PARTITIONS, delete_topics
from wardbeat import topics
from wardbeat.cli.main import cli
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
    first = json.loads(run("create", "--json").output)
    assert first == {"created": [topics.BEAT], "existing": [name for name in topics.ALL if name != topics.BEAT]}
    assert json.loads(run("create", "--json").output) == {"created": [], "existing": list(topics.ALL)}


def test_people_read_what_was_there_and_what_was_asked_for(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("create").output.splitlines()[0] == f"{topics.ALERT:20} was there, {PARTITIONS} partitions"
    monkeypatch.setenv("WARDBEAT_PARTITIONS", "24")
    settings.cache_clear()
    assert f"{PARTITIONS} partitions (24 asked for; left as it is)" in run("create").output


def test_topics_are_described(run: Callable[..., Result], ward_topics: str) -> None:
    delete_topics(ward_topics, [topics.DEAD_LETTER])
    described = json.loads(run("describe", "--json").output)
    assert set(described) == set(topics.ALL) - {topics.DEAD_LETTER}
    assert described[topics.WAVEFORM] == {
        "name": topics.WAVEFORM,
        "partitions": PARTITIONS,
        "replication": 1,
        "ready": True,
    }
    lines = run("describe").output.splitlines()
    assert lines[0] == f"{topics.WAVEFORM:20} {PARTITIONS} partitions, replication 1, ready"
    assert lines[-1] == f"{topics.DEAD_LETTER:20} missing; `wardbeat topics create` makes it"
