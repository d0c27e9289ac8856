import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import msgspec
import pytest
from redis import Redis

from tests.support.limits import WAIT_S
from tests.support.processes import is_running
from wardbeat.embedded.processes import Child, wait_until
from wardbeat.embedded.services import (
    ACCESS_SETTINGS,
    environment,
    last_json,
    start_escalator,
    web_server_answers,
    worker_health,
)
from wardbeat.errors import ServiceError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.settings import settings
from wardbeat.store import redis_keys
from wardbeat.store.live_store import WorkerHealth

HEALTH = WorkerHealth("w1", beat_ns=1, partitions=4, streams=3, chunks_received=2, dead_letters=1, lag=0)


@pytest.fixture(autouse=True)
def read_settings_again() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_the_services_of_a_demo_never_access_another_ward(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("secret")
    for name in ACCESS_SETTINGS:
        monkeypatch.setenv(f"WARDBEAT_{name.upper()}", str(file))
    monkeypatch.setenv("WARDBEAT_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    for name, value in environment("k:1", "redis://r:1/0", "w", tmp_path).items():
        monkeypatch.setenv(name, value)
    assert settings().kafka == KafkaAccess("k:1")
    assert settings().redis_address == "redis://r:1/0"


@pytest.mark.slow
def test_the_report_of_a_worker_is_read_from_redis(redis_server: str) -> None:
    assert worker_health(redis_server, "w1") is None
    with Redis.from_url(redis_server) as client:
        client.set(redis_keys.worker("w1"), msgspec.json.encode(HEALTH))
    assert worker_health(redis_server, "w1") == HEALTH
    assert worker_health("redis://127.0.0.1:1/0", "w1") is None


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_a_dashboard_is_healthy_if_it_answers_so(status: int, healthy: bool) -> None:
    paths = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the output of the tests clean."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        assert web_server_answers(f"http://127.0.0.1:{server.server_port}") == healthy
        server.shutdown()
        thread.join()
    assert paths == ["/healthz"]
    assert not web_server_answers("http://127.0.0.1:1")


def test_a_summary_is_the_last_line_of_the_output(tmp_path: Path) -> None:
    with Child("counter", ["printf", r"starting\n{\"beats\": 3}\n"], tmp_path) as child:
        assert child.wait(WAIT_S) == 0
        assert last_json(child) == {"beats": 3}
    with Child("silent", ["true"], tmp_path) as child:
        assert child.wait(WAIT_S) == 0
        with pytest.raises(ServiceError, match="silent ended without a summary"):
            last_json(child)


@pytest.mark.slow
def test_a_service_that_is_stopped_prints_its_summary(ward_topics: str, redis_server: str, tmp_path: Path) -> None:
    variables = environment(ward_topics, redis_server, "w1", tmp_path / "worker")
    with start_escalator(tmp_path, variables) as escalator:
        with Redis.from_url(redis_server) as client:
            wait_until("The escalator runs", lambda: bool(client.exists(redis_keys.ESCALATOR)), WAIT_S, [escalator])
        assert escalator.stop(WAIT_S) == 0
        assert last_json(escalator) == {"told": 0, "failed": 0}
    assert not is_running(escalator.pid)
