"""The refusals of a real Kafka with TLS and users are in tests/system/test_secured_ward.py."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from wardbeat.errors import BrokerError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.client import Complaints, first_answer, unusable


def ask(access: KafkaAccess, timeout_s: float, topic: str | None = None) -> set[str]:
    complaints = Complaints()
    client = AdminClient(access.client_config() | {"log_level": 0}, error_cb=complaints)
    return set(first_answer(client, access, complaints, timeout_s, topic).topics)


@contextmanager
def closing_server() -> Iterator[str]:
    """The address of a server that closes every connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_a_broker_that_is_not_there_is_named_with_its_setting() -> None:
    with pytest.raises(BrokerError, match=r"127\.0\.0\.1:1 does not answer .*WARDBEAT_KAFKA_BOOTSTRAP_SERVERS"):
        ask(KafkaAccess("127.0.0.1:1"), 0.6)


def test_a_server_that_closes_the_connection_is_named_with_the_protocol() -> None:
    with closing_server() as address, pytest.raises(BrokerError, match=f"{address} .*WARDBEAT_KAFKA_") as caught:
        ask(KafkaAccess(address), 1.0)
    assert "\n" not in str(caught.value)


def test_only_a_final_refusal_ends_the_wait() -> None:
    complaints = Complaints()
    complaints(KafkaError(KafkaError._TRANSPORT, "Connection refused"))
    assert complaints.refusal is None
    assert complaints.last is not None
    complaints(KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"))
    assert complaints.last.str() == "Connection refused", "the reason, not the count of brokers"
    refusal = KafkaError(KafkaError.SASL_AUTHENTICATION_FAILED, "wrong password")
    complaints(refusal)
    assert complaints.refusal is refusal
    by_text = Complaints()
    by_text(KafkaError(KafkaError._TRANSPORT, "Disconnected: tls alert: bad certificate"))
    assert by_text.refusal is not None


def test_a_certificate_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    access = KafkaAccess("127.0.0.1:1", "SSL", ca_file=tmp_path / "none.pem")
    with pytest.raises(KafkaException) as caught:
        Consumer(access.client_config() | {"group.id": "test", "log_level": 0})
    assert "WARDBEAT_KAFKA_CA_FILE" in str(unusable(caught.value, access))


@pytest.mark.slow
def test_a_broker_that_answers_describes_its_topics(topic: str, kafka: str) -> None:
    access = KafkaAccess(kafka)
    assert topic in ask(access, 20)
    assert ask(access, 20, topic) == {topic}
