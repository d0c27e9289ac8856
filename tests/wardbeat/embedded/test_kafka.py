"""The node that the demo and the other tests use."""

import re
import socket
import sys
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer

from tests.support.limits import WAIT_S
from tests.support.processes import is_running
from wardbeat.embedded import kafka as embedded_kafka
from wardbeat.embedded.kafka import begin_kafka, start_kafka
from wardbeat.errors import BrokerError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.topic_admin import TopicPlan, create_topics

pytestmark = pytest.mark.slow


def test_the_first_try_of_a_client_succeeds(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with start_kafka(tmp_path) as node:
        assert create_topics(KafkaAccess(node.bootstrap_servers), [TopicPlan("beats", 2)]) == ["beats"]
        producer = Producer({"bootstrap.servers": node.bootstrap_servers, "enable.idempotence": True})
        producer.produce("beats", key=b"bed-1", value=b"one")
        assert producer.flush(WAIT_S) == 0
        consumer = Consumer(
            {"bootstrap.servers": node.bootstrap_servers, "group.id": "first", "auto.offset.reset": "earliest"}
        )
        consumer.subscribe(["beats"])
        message = consumer.poll(WAIT_S)
        assert message is not None
        assert (message.error(), message.key(), message.value()) == (None, b"bed-1", b"one")
        consumer.close()
        written = capfd.readouterr()
        assert written.out == ""
        assert "Coordinator" not in written.err
        (child,) = node.children
        assert re.search(r"^\d\d:\d\d:\d\d\.\d{3} \[main\] INFO", child.check().log.read_text(), re.MULTILINE)
        assert list(tmp_path.glob("kafka-*/"))
    assert not is_running(child.pid)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == []


def test_a_node_that_can_not_start_is_an_error_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as also_taken:
        ports = [one.getsockname()[1] for one in (taken, also_taken)]
        monkeypatch.setattr(embedded_kafka, "free_ports", lambda _count: ports)
        with (
            begin_kafka(tmp_path) as node,
            pytest.raises(BrokerError, match=r"(?s)kafka-1 ended unexpectedly.*errors:.*in use"),
        ):
            node.wait_ready()


def test_storage_that_can_not_be_created_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_kafka, "server_properties", lambda *_: "process.roles=none\n")
    with pytest.raises(BrokerError, match=r"(?s)storage could not be created; its last lines:"), begin_kafka(tmp_path):
        pass


def test_a_slow_node_is_an_error_with_its_log(tmp_path: Path) -> None:
    with (
        begin_kafka(tmp_path) as node,
        pytest.raises(BrokerError, match=r"Apache Kafka answers: not within 0\.1 s"),
    ):
        node.wait_ready(limit_s=0.1)
    assert not any(is_running(child.pid) for child in node.children)


def test_the_java_runtime_is_the_one_in_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    java = embedded_kafka._java([Path("a.jar"), Path("b.jar")], Path("data"), "Main")
    assert Path(java[0]).is_relative_to(sys.prefix)
    assert java[-3:] == ["-cp", "a.jar:b.jar", "Main"]
