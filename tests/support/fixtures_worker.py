"""The fixture of tests that run a worker between a real Kafka and a real Redis."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.worker_services import WorkerServices


@pytest.fixture
def worker_services(ward_topics: str, redis_server: str, consumer_group: str, tmp_path: Path) -> "WorkerServices":
    from tests.support.worker_services import WorkerServices  # here, as it imports the models

    return WorkerServices(ward_topics, redis_server, consumer_group, tmp_path)
