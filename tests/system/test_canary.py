"""The canary through the production path: producer → Kafka → worker → Redis → dashboard → escalator → outside watch."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import SimpleQueue

import msgspec
import pytest
from confluent_kafka import TopicPartition
from redis import Redis

from tests.support.limits import WAIT_S
from wardbeat.care.canary import Proof
from wardbeat.contracts import topics
from wardbeat.contracts.canary import INJECTIONS
from wardbeat.embedded.processes import free_ports, wait_until
from wardbeat.embedded.services import (
    environment,
    start_canary,
    start_dashboard,
    start_escalator,
    start_worker,
    stop_worker,
    web_server_answers,
    worker_health,
)
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.live_chunks import find_live_chunk
from wardbeat.kafka.reading import open_topic, present_offsets
from wardbeat.store import redis_keys

pytestmark = [pytest.mark.slow, pytest.mark.in_time]


@pytest.fixture
def outside_watch() -> Iterator[tuple[str, "SimpleQueue[str]"]]:
    """The address of an outside watch, and the paths of the pings that it got."""
    pings: SimpleQueue[str] = SimpleQueue()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pings.put(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/ward-7", pings
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_injected_onset_reaches_the_dashboard_and_the_outside_watch_and_is_counted_nowhere(
    ward_topics: str, redis_server: str, outside_watch: tuple[str, "SimpleQueue[str]"], tmp_path: Path
) -> None:
    address, pings = outside_watch
    variables = environment(ward_topics, redis_server, "worker-1", tmp_path / "data")
    variables |= {"WARDBEAT_CANARY": "on", "WARDBEAT_CANARY_PING_URL": address}
    (port,) = free_ports(1)
    with ExitStack() as stack, Redis.from_url(redis_server) as redis:
        worker = stack.enter_context(start_worker(tmp_path, variables))
        wait_until("the worker reports", lambda: worker_health(redis_server, "worker-1") is not None, WAIT_S, [worker])
        dashboard = stack.enter_context(start_dashboard(tmp_path, variables, "127.0.0.1", port))
        wait_until("it answers", lambda: web_server_answers(f"http://127.0.0.1:{port}"), WAIT_S, [dashboard])
        escalator = stack.enter_context(start_escalator(tmp_path, variables))
        canary = stack.enter_context(start_canary(tmp_path, variables))
        running = [worker, dashboard, escalator, canary]
        first_s = INJECTIONS[0].onset_s + WAIT_S
        wait_until("a proof", lambda: redis.exists(redis_keys.CANARY) == 1, first_s, running)
        body = redis.hget(redis_keys.CANARY, "body")
        assert isinstance(body, bytes)
        proof = msgspec.json.decode(body, type=Proof)
        assert (proof.code, proof.onset_s) == INJECTIONS[0]
        assert 0 < proof.delay_s < 10
        assert pings.get(timeout=WAIT_S) == "/ward-7"

        health = worker_health(redis_server, "worker-1")
        assert health is not None
        assert (health.streams, health.chunks_received) == (0, 0), "it is no patient"
        assert canary.stop(WAIT_S) == 0, canary.tail()
        summary = stop_worker(worker)
    assert (summary["beats"], summary["windows"], summary["alerts"]) == (0, 0, {})
    access = KafkaAccess(ward_topics)
    assert find_live_chunk(access, topics.WAVEFORM) is None, "a replay may run beside a canary"
    for name in (topics.ALERT, topics.BEAT, topics.WINDOW):
        with open_topic(access, name) as (consumer, partitions):
            ends = [present_offsets(consumer, TopicPartition(name, partition)) for partition in partitions]
        assert all(first == end for first, end in ends), f"{name} is of patients"
