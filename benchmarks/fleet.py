"""Starts the processes of a whole ward (three Kafka nodes, Redis, workers, a replay) and can make each of them fail."""

import resource
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

from redis import Redis
from redis.exceptions import RedisError

from benchmarks.stepped_clock import set_clock
from producers.journal import Journal, JournalFile
from wardbeat.embedded import services
from wardbeat.embedded.kafka import start_kafka
from wardbeat.embedded.processes import Child, free_ports, wait_until
from wardbeat.embedded.redis_server import start_redis
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.topic_admin import create_topics, topic_plans
from wardbeat.settings import Settings
from wardbeat.store.live_store import WorkerHealth

NODES: Final = 3
PARTITIONS: Final = 12
START_LIMIT_S: Final = 240.0
"""A worker without cached kernels compiles them at its start, which takes long with several workers on few cores."""
FAULT_TIMEOUT_S: Final = 5.0


class FleetOptions(NamedTuple):
    """The size of a ward, and the records of its replay."""

    records: Path
    patients: int
    duration_s: float
    workers: int


class Fleet:
    """A running ward; it restarts processes that end by themselves, as a supervisor does.

    Parameters
    ----------
    folder : Path
        Folder for logs and data.
    options : FleetOptions
    children : ExitStack
        The stack that stops the processes.
    on_step : callable
        Called with a description of each step.

    Attributes
    ----------
    restarts : list of str
        Processes that ended by themselves and were started again.
    """

    def __init__(
        self, folder: Path, options: FleetOptions, children: ExitStack, on_step: Callable[[str], None]
    ) -> None:
        self._folder, self._options, self._children, self._on_step = folder, options, children, on_step
        self._journal = folder / "replay.journal"
        self._starts = 0
        self._workers: dict[int, Child | None] = {}
        self._metrics_ports: dict[int, int] = {}
        self._replay: Child | None = None
        self._replay_wanted = False
        self.restarts: list[str] = []

    def start(self) -> None:
        """Start everything except the replay."""
        self.kafka = self._children.enter_context(start_kafka(self._folder, NODES))
        self.redis = self._children.enter_context(start_redis(self._folder))
        access = KafkaAccess(self.kafka.bootstrap_servers)
        create_topics(access, topic_plans(Settings(partitions=PARTITIONS, replication=NODES)))
        self._on_step(f"Apache Kafka, {NODES} nodes, {PARTITIONS} partitions a topic; Redis")
        for number in range(self._options.workers):
            self.start_worker(number)
            wait_until("a worker watches", lambda one=number: self.health(one) is not None, START_LIMIT_S, self._alive)  # type: ignore[misc]
            self._on_step(f"Worker {number + 1}")

    @property
    def access(self) -> KafkaAccess:
        return KafkaAccess(self.kafka.bootstrap_servers)

    @property
    def processes(self) -> dict[str, int]:
        """The ids of the running processes, by name."""
        named = {f"worker {number + 1}": child for number, child in self._workers.items() if child}
        named |= {f"kafka {number + 1}": node.child for number, node in enumerate(self.kafka.nodes)}
        named |= {"redis": self.redis.child}
        if self._replay:
            named["replay"] = self._replay
        return {name: child.pid for name, child in named.items() if child.exit_code is None}

    @property
    def metrics_ports(self) -> list[int]:
        """The metrics ports of the running workers."""
        return [self._metrics_ports[number] for number, child in self._workers.items() if child]

    def begin_replay(self) -> Journal:
        """Start the replay; gives its journal."""
        self._replay_wanted = True
        self.start_producer()
        wait_until("The replay begins", self._journal.exists, START_LIMIT_S, self._alive)
        journal = JournalFile(self._journal).read()
        if journal is None:
            raise AssertionError("the journal of the replay has disappeared")
        return journal

    @property
    def finished(self) -> bool:
        """Whether the replay has ended normally; a replay that was killed or failed has not."""
        return self._replay is not None and self._replay.exit_code == 0

    def restart_ended(self) -> None:
        """Restart the processes that should run but have ended by themselves."""
        for number, child in self._workers.items():
            if child and child.exit_code is not None:
                self.restarts.append(f"worker {number + 1} ({child.tail().splitlines()[-1].strip()})")
                self.start_worker(number)
        if self._replay and self._replay_wanted and self._replay.exit_code not in {None, 0}:
            self.restarts.append(f"replay ({self._replay.tail().splitlines()[-1].strip()})")
            self.start_producer()

    def health(self, number: int) -> WorkerHealth | None:
        """The last health report of a worker."""
        return services.worker_health(self.redis.url, _worker_id(number))

    def start_worker(self, number: int) -> None:
        self._starts += 1
        name = f"{_worker_id(number)}.{self._starts}"
        clock = self._clock(number)
        set_clock(clock, 0.0)
        variables = services.environment(
            self.kafka.bootstrap_servers, self.redis.url, _worker_id(number), self._folder / "data"
        )
        (self._metrics_ports[number],) = free_ports(1)
        variables["WARDBEAT_METRICS_PORT"] = str(self._metrics_ports[number])
        module = [sys.executable, "-m", "benchmarks.stepped_clock", str(clock)]
        command = [*module, "worker", "--summary", str(self._folder / f"{name}.json")]
        self._workers[number] = self._children.enter_context(Child(name, command, self._folder, environment=variables))

    def kill_worker(self, number: int) -> None:
        _kill(self._take_off(number))

    def stop_worker(self, number: int) -> None:
        """Ask a worker to stop, without waiting."""
        self._take_off(number).signal(signal.SIGTERM)

    def signal_worker(self, number: int, what: signal.Signals) -> None:
        child = self._workers[number]
        if child:
            child.signal(what)

    def stop_workers(self) -> None:
        """Ask all workers to stop and wait for them."""
        running = [child for child in self._workers.values() if child]
        self._workers.clear()
        for child in running:
            child.signal(signal.SIGTERM)
        for child in running:
            child.stop(services.WORKER_STOP_LIMIT_S)

    def set_clock(self, number: int, ahead_s: float) -> None:
        set_clock(self._clock(number), ahead_s)

    def start_producer(self) -> None:
        self._starts += 1
        options = self._options
        variables = services.environment(self.kafka.bootstrap_servers, self.redis.url, "replay", self._folder / "data")
        arguments = [
            *("--records", str(options.records), "--patients", str(options.patients), "--loop"),
            *("--duration", str(options.duration_s), "--resume", str(self._journal)),
        ]
        self._replay_wanted = True
        self._replay = self._children.enter_context(
            services.start_replay(self._folder, variables, arguments, f"replay.{self._starts}")
        )

    def kill_producer(self) -> None:
        self._replay_wanted = False
        if self._replay:
            _kill(self._replay)

    def kill_node(self, number: int) -> None:
        _kill(self.kafka.nodes[number].child)

    def start_node(self, number: int) -> None:
        self.kafka.nodes[number].start_again()

    def signal_node(self, number: int, what: signal.Signals) -> None:
        self.kafka.nodes[number].child.signal(what)

    def kill_redis(self) -> None:
        _kill(self.redis.child)

    def start_redis(self) -> None:
        self.redis.start_again()

    def replace_redis(self) -> None:
        """Restart Redis without the limit of its disk, whether it has ended or not."""
        _kill(self.redis.child)
        self.redis.start_again()

    def signal_redis(self, what: signal.Signals) -> None:
        self.redis.child.signal(what)

    def fill_redis_disk(self) -> None:
        """Stop all files of Redis from growing: Redis ends at its next write, as on a full disk."""
        resource.prlimit(self.redis.child.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))

    def fill_redis_memory(self, *, full: bool) -> None:
        self._command_redis("CONFIG", "SET", "maxmemory", "1" if full else "0")

    def pause_redis(self, seconds: float) -> None:
        """Make Redis answer no client for ``seconds``."""
        self._command_redis("CLIENT", "PAUSE", str(round(seconds * 1000)), "ALL")

    def _command_redis(self, *command: str) -> None:
        with Redis.from_url(self.redis.url, socket_timeout=FAULT_TIMEOUT_S) as client:
            try:
                client.execute_command(*command)
            except RedisError as error:
                self._on_step(f"  {' '.join(command[:2])}: {error}")

    def _take_off(self, number: int) -> Child:
        child = self._workers[number]
        if child is None:
            raise AssertionError(f"worker {number} must run before a fault, but it is down")
        self._workers[number] = None
        return child

    @property
    def _alive(self) -> Sequence[Child]:
        workers = [child for child in self._workers.values() if child]
        return [*self.kafka.children, self.redis.child, *workers, *([self._replay] if self._replay else [])]

    def _clock(self, number: int) -> Path:
        return self._folder / f"{_worker_id(number)}.clock"


def _worker_id(number: int) -> str:
    return f"worker-{number + 1}"


def _kill(child: Child) -> None:
    child.signal(signal.SIGKILL)
    child.wait(FAULT_TIMEOUT_S)
