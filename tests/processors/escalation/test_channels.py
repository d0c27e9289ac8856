"""A webhook and a topic deliver an escalation, or report why not."""

import asyncio
import http.server
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from confluent_kafka import Consumer

from processors.escalation import channels
from processors.escalation.channels import topic, webhook
from tests.support.samples import make_alert
from wardbeat.contracts import topics
from wardbeat.contracts.codec import decode_escalation
from wardbeat.contracts.messages import Escalation
from wardbeat.errors import EscalationError
from wardbeat.kafka.access import KafkaAccess


class Pager(http.server.ThreadingHTTPServer):
    """An HTTP server that refuses the first posts with a status, then accepts all."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.refusals = 0
        self.refuses_with = 503
        self.answers_after_s = 0.0
        self.posts: list[tuple[str, str | None, Any]] = []
        self.gets = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/token-9f3"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Pager

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posts.append((self.headers["Content-Type"], self.headers["Idempotency-Key"], body))
        time.sleep(self.server.answers_after_s)
        accepted = len(self.server.posts) > self.server.refusals
        self.send_response(204 if accepted else self.server.refuses_with)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def do_GET(self) -> None:
        self.server.gets += 1
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def pager() -> Iterator[Pager]:
    with Pager() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def make_escalation() -> Escalation:
    alert = make_alert("asystole")
    return Escalation(
        schema_version=1,
        escalation_id="e1",
        alert_id=alert.alert_id,
        stream_id=alert.stream_id,
        origin=alert.origin,
        kind=alert.kind,
        code=alert.code,
        words="Asystole",
        priority=alert.priority,
        lasts=True,
        raised_ns=1,
        escalated_ns=2,
    )


async def test_a_webhook_posts_the_escalation_as_json_with_its_id(pager: Pager) -> None:
    escalation = make_escalation()
    await webhook(pager.url)(escalation)
    assert pager.posts == [("application/json", "e1", msgspec.to_builtins(escalation))]


async def test_a_webhook_that_refuses_gets_the_same_post_again(pager: Pager) -> None:
    pager.refusals = 2
    escalation = make_escalation()
    await webhook(pager.url, tries=3, first_wait_s=0.01)(escalation)
    assert pager.posts == [("application/json", "e1", msgspec.to_builtins(escalation))] * 3


async def test_the_wait_doubles_after_each_try(pager: Pager) -> None:
    pager.refusals = 3
    began_s = time.monotonic()
    await webhook(pager.url, first_wait_s=0.1)(make_escalation())
    assert time.monotonic() - began_s > 0.1 + 0.2 + 0.4
    assert len(pager.posts) == 4


async def test_a_webhook_that_never_accepts_is_an_error_that_does_not_name_its_url(pager: Pager) -> None:
    pager.refusals = 9
    with pytest.raises(EscalationError, match=r"webhook did not take it in 2 tries \(HTTP Error 503") as refused:
        await webhook(pager.url, tries=2, first_wait_s=0.01)(make_escalation())
    assert "token-9f3" not in str(refused.value)
    assert len(pager.posts) == 2


async def test_a_webhook_without_a_server_is_an_error() -> None:
    with socket.socket() as bound:  # it does not listen
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/token-9f3"
        with pytest.raises(EscalationError, match=r"webhook did not take it in 1 tries \(\w") as refused:
            await webhook(url, tries=1)(make_escalation())
    assert "token-9f3" not in str(refused.value)


async def test_a_redirect_is_not_followed_and_is_an_error(pager: Pager) -> None:
    pager.refusals, pager.refuses_with = 9, 302
    with pytest.raises(EscalationError, match="HTTP Error 302"):
        await webhook(pager.url, tries=1)(make_escalation())
    assert (len(pager.posts), pager.gets) == (1, 0)


async def test_a_webhook_that_does_not_answer_in_time_is_an_error(
    pager: Pager, monkeypatch: pytest.MonkeyPatch
) -> None:
    pager.answers_after_s = 0.5
    monkeypatch.setattr(channels, "WEBHOOK_TIMEOUT_S", 0.05)
    with pytest.raises(EscalationError, match="ReadTimeout"):
        await webhook(pager.url, tries=1)(make_escalation())


@pytest.mark.slow
async def test_the_topic_holds_the_escalation_under_the_key_of_its_bed(ward_topics: str, consumer_group: str) -> None:
    escalation = make_escalation()
    await topic(KafkaAccess(ward_topics))(escalation)
    consumer = Consumer({"bootstrap.servers": ward_topics, "group.id": consumer_group, "auto.offset.reset": "earliest"})
    consumer.subscribe([topics.ESCALATION])
    try:
        (message,) = await asyncio.to_thread(consumer.consume, 1, 20)
    finally:
        consumer.close()
    body = message.value()
    assert body is not None
    assert message.key() == b"bed-1"
    assert decode_escalation(body) == escalation
