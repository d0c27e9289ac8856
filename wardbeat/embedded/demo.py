"""The demo ward: every service in a process of its own, started together, watched, and stopped in order."""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from wardbeat.embedded import services
from wardbeat.embedded.interrupts import Interrupts, interruptible, then_deaf
from wardbeat.embedded.kafka import begin_kafka
from wardbeat.embedded.processes import Child, free_ports, is_free, last_lines, wait_until
from wardbeat.embedded.redis_server import check_configured, start_redis
from wardbeat.errors import RecordError, SettingsError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.topic_admin import create_topics, topic_plans
from wardbeat.settings import settings
from wardbeat.store.live_store import WorkerHealth
from wardbeat.store.redis_client import public

Say = Callable[[str], None]
Watch = Callable[[WorkerHealth | None], None]

LOOPBACK: Final = "127.0.0.1"
EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 # compared with, never listened on
LISTING_LIMIT_S: Final = 60.0
WARM_UP_LIMIT_S: Final = 240.0
"""Compiling takes 25 s of a core, once; a busy machine has not got a whole core."""
SERVICE_LIMIT_S: Final = 90.0
DRAIN_LIMIT_S: Final = 15.0
"""How long a worker may receive nothing, although more was sent, before it is given up."""
LOOK_S: Final = 0.5
SAYS: Final = "wardbeat: "
"""How our commands begin an error that they raise on purpose."""
# Fills the compiled kernels' cache while Kafka starts, so that the worker does not compile before its first patient.
WARM_UP: Final = """
from models.runtime import Runtime
from processors.ward.warm_up import warm_up
from wardbeat.settings import settings
warm_up(Runtime.load(settings().bundle))
"""


class DemoOptions(NamedTuple):
    """What to show. ``records``, ``duration_s`` and ``port`` may be left to the settings."""

    records: Path | None = None
    synthetic: bool = False
    patients: int = 8
    duration_s: float | None = None
    speed: float = 1.0
    port: int | None = None


class DemoSummary(msgspec.Struct, frozen=True):
    """What happened: ``alerts`` counts them by stream and code, ``latency_ms`` runs from the sample to the alert."""

    patients: int
    chunks_sent: int
    chunks_received: int
    beats: int
    windows: int
    alerts: dict[str, dict[str, int]]
    latency_ms: dict[str, float | None]


def run_demo(options: DemoOptions, say: Say, watch: Watch) -> DemoSummary:
    """Start a ward, stay until the patients have ended or somebody interrupts, then stop all of it.

    Parameters
    ----------
    options : DemoOptions
    say : callable
        Is told each step.
    watch : callable
        Is told every now and then how the worker does.

    Raises
    ------
    WardbeatError
        If a part can't start or dies; nothing is started anew.
    KeyboardInterrupt
        If somebody interrupts before the ward is up, or again while it ends.
    """
    with (
        interruptible() as interrupts,
        tempfile.TemporaryDirectory(prefix="wardbeat-demo-", ignore_cleanup_errors=True) as folder,
        ExitStack() as children,
        then_deaf(),
    ):
        ward = DemoWard(Path(folder), options, children, say)
        ward.start()
        try:
            ward.stay(watch, interrupts)
        except KeyboardInterrupt:
            say("Stopping …")
        return ward.finish()


class DemoWard:
    """The parts of the demo, from the first to the last.

    Parameters
    ----------
    folder : Path
        For logs and data; whoever made it removes it.
    options : DemoOptions
    children : ExitStack
        Every process goes onto it, so that all end with it.
    say : callable
    """

    def __init__(self, folder: Path, options: DemoOptions, children: ExitStack, say: Say) -> None:
        self._folder = folder
        self._options = options
        self._children = children
        self._say = say
        self._settings = settings()
        self._worker_id = f"demo-{os.getpid()}"
        self._redis_url = ""
        self._needed: list[Child] = []  # the end of one of these is the end of the ward

    def start(self) -> None:
        """Start all parts, what takes long first, and wait for each in the order in which they need each other."""
        arguments = replay_arguments(self._options)
        listing = self._begin(services.start_replay(self._folder, {}, [*arguments, "--streams"], "streams"))
        warm_up = self._begin(Child("warm-up", [sys.executable, "-P", "-c", WARM_UP], self._folder))
        self._begin_redis()
        kafka = self._children.enter_context(begin_kafka(self._folder))
        self._needed += kafka.children
        variables = services.environment(
            kafka.bootstrap_servers, self._redis_url, self._worker_id, self._folder / "worker"
        )
        address = self._begin_dashboard(variables)

        self._say(f"Patients {in_short(streams_of(listing))}")
        kafka.wait_ready()
        one_node = self._settings.model_copy(update={"replication": 1, "min_insync_replicas": None})
        create_topics(KafkaAccess(kafka.bootstrap_servers), topic_plans(one_node))
        self._say(f"Apache Kafka at {kafka.bootstrap_servers}, {self._settings.partitions} partitions a topic")
        self._wait("The dashboard answers", lambda: services.dashboard_answers(address))
        self._say("Dashboard")
        self._finish_warm_up(warm_up)
        self._worker = self._begin(services.start_worker(self._folder, variables), needed=True)
        self._wait("The worker has its partitions", lambda: self._health() is not None)
        self._say("Worker")
        self._begin(services.start_escalator(self._folder, variables), needed=True)
        self._replay = self._begin(services.start_replay(self._folder, variables, arguments))
        self._wait("The first ECG arrives", lambda: self._received() > 0 or self._replay.exit_code is not None)
        self._say(f"ECG. The ward is at {address} (Ctrl-C ends it)")

    def stay(self, watch: Watch, interrupts: Interrupts) -> None:
        """Return when the patients have ended; raise if something dies, or somebody interrupts."""
        while self._replay.exit_code is None:
            interrupts.check()
            for child in self._needed:
                child.check()
            watch(self._health())
            time.sleep(LOOK_S)

    def finish(self) -> DemoSummary:
        """End the patients, let the worker receive all that was sent, and end it, too."""
        if self._replay.stop(services.REPLAY_STOP_LIMIT_S) != 0:
            raise self._replay.failure("replay failed")
        sent = services.last_json(self._replay)
        self._drain(sent["chunks_sent"])
        done = services.stop_worker(self._worker)
        return DemoSummary(
            patients=sent["patients"],
            chunks_sent=sent["chunks_sent"],
            chunks_received=done["chunks_received"],
            beats=done["beats"],
            windows=done["windows"],
            alerts=done["alerts"],
            latency_ms={quantile: done["latency_ms"][quantile] for quantile in ("p50", "p99")},
        )

    def _begin(self, child: Child, *, needed: bool = False) -> Child:
        if needed:
            self._needed.append(child)
        return self._children.enter_context(child)

    def _begin_redis(self) -> None:
        if "redis_url" in self._settings.model_fields_set:
            self._redis_url = self._settings.redis_address
            check_configured(self._redis_url)
        else:
            redis = self._children.enter_context(start_redis(self._folder))
            self._needed.append(redis.child)
            self._redis_url = redis.url
        self._say(f"Redis at {public(self._redis_url)}")

    def _begin_dashboard(self, variables: dict[str, str]) -> str:
        host = self._settings.dashboard_host
        port = dashboard_port(host, self._options.port, self._settings.dashboard_port)
        self._begin(services.start_dashboard(self._folder, variables, host, port), needed=True)
        return f"http://{LOOPBACK if host == EVERYWHERE else host}:{port}"

    def _finish_warm_up(self, warm_up: Child) -> None:
        if warm_up.exit_code is None:
            self._say("Preparing the monitor; the first time its kernels are compiled …")
        warm_up.wait(WARM_UP_LIMIT_S)  # what went wrong there, the worker says in better words

    def _wait(self, what: str, ready: Callable[[], bool]) -> None:
        wait_until(what, ready, SERVICE_LIMIT_S, self._needed)

    def _drain(self, sent: int) -> None:
        """Wait until all was received, or nothing more comes."""
        received, deadline_s = self._received(), time.monotonic() + DRAIN_LIMIT_S
        while received < sent and time.monotonic() < deadline_s:
            self._worker.check()
            time.sleep(LOOK_S)
            before, received = received, self._received()
            if received > before:
                deadline_s = time.monotonic() + DRAIN_LIMIT_S

    def _health(self) -> WorkerHealth | None:
        return services.worker_health(self._redis_url, self._worker_id)

    def _received(self) -> int:
        health = self._health()
        return health.chunks_received if health else 0


def replay_arguments(options: DemoOptions) -> list[str]:
    """The options of ``wardbeat replay`` for a demo."""
    source = ["--records", str(options.records)] if options.records else []
    if options.synthetic:
        source = ["--synthetic"]
    end = ["--duration", str(options.duration_s)] if options.duration_s is not None else []
    return [*source, "--patients", str(options.patients), "--speed", str(options.speed), "--loop", *end]


def streams_of(listing: Child) -> list[str]:
    """The streams that a replay with ``--streams`` has listed.

    Raises
    ------
    RecordError
        With its own words, if it can't use what it was given.
    """
    if listing.wait(LISTING_LIMIT_S) != 0:
        last_line = last_lines(listing.log, 1)
        if last_line and last_line[0].startswith(SAYS):
            raise RecordError(last_line[0].removeprefix(SAYS))
        raise listing.failure("the patients could not be listed")
    return [row["stream"] for row in services.last_json(listing)["streams"]]


def in_short(names: list[str], most: int = 12) -> str:
    """Names in one line, counted where there are many."""
    return ", ".join(names) if len(names) <= most else f"{', '.join(names[:most])} … ({len(names)})"


def dashboard_port(host: str, asked: int | None, default: int) -> int:
    """The port that was asked for; without a wish the usual one if nobody has it, else any.

    Raises
    ------
    SettingsError
        If somebody has the port that was asked for.
    """
    if asked and not is_free(host, asked):
        raise SettingsError(f"--port: {asked} is taken on {host}; choose another, or 0 for a free one")
    port = asked if asked is not None else default
    return port if port and is_free(host, port) else free_ports(1)[0]
