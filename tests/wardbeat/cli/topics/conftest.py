"""Fixtures of the commands on topics."""

from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result

from tests.support.fixtures_services import PARTITIONS
from wardbeat.cli.main import cli
from wardbeat.settings import settings


@pytest.fixture
def run_topics(ward_topics: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """Runs `wardbeat topics` with the test's Kafka, which has all topics."""
    monkeypatch.setenv("WARDBEAT_KAFKA_BOOTSTRAP_SERVERS", ward_topics)
    monkeypatch.setenv("WARDBEAT_PARTITIONS", str(PARTITIONS))
    settings.cache_clear()
    yield lambda *arguments: CliRunner().invoke(cli, ["topics", *arguments], catch_exceptions=False)
    settings.cache_clear()
