"""``wardbeat topics create``, on a real Kafka."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result

from tests.support.fixtures_services import delete_topics
from wardbeat.contracts import topics

pytestmark = pytest.mark.slow


def test_topics_are_created_once(run_topics: Callable[..., Result], ward_topics: str) -> None:
    delete_topics(ward_topics, [topics.BEAT])
    existing = [name for name in topics.ALL if name != topics.BEAT]
    assert json.loads(run_topics("create", "--json").output) == {
        "created": [topics.BEAT],
        "existing": existing,
        "differences": [],
    }
    again = json.loads(run_topics("create", "--json").output)
    assert again == {"created": [], "existing": list(topics.ALL), "differences": []}
