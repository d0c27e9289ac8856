"""The demo ward: starts every service as its own process, watches them, and stops them in order."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from wardbeat.embedded import services
from wardbeat.embedded.interrupts import Interrupts, interruptible, then_ignore_signals
from wardbeat.embedded.kafka import begin_kafka
from wardbeat.embedded.processes import Child, free_ports, is_free, last_lines, wait_until
from wardbeat.embedded.redis_server import check_configured, start_redis
from wardbeat.errors import RecordError, SettingsError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.topic_admin import create_topics, topic_plans
from wardbeat.settings import settings
from wardbeat.store.live_store import WorkerHealth
from wardbeat.store.redis_client import public

ReportStep = Callable[[str], None]
Watch = Callable[[WorkerHealth | None], None]

LOOPBACK: Final = "127.0.0.1"
EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 # only compared with, never listened on
LISTING_LIMIT_S: Final = 60.0
WARM_UP_LIMIT_S: Final = 240.0
"""Compiling takes 25 s on one core, once; a busy machine has less than a core for it."""
SERVICE_LIMIT_S: Final = 240.0
DRAIN_LIMIT_S: Final = 60.0
"""The demo stops waiting for the worker if it receives nothing for this time although more was sent."""
CHECK_EVERY_S: Final = 0.5
ERROR_PREFIX: Final = "wardbeat: "
"""The beginning of an error line of our own commands."""
# Fills the compiled kernels' cache while Kafka starts, so that the worker does not compile before its first patient.
WARM_UP: Final = """
from models.runtime import Runtime
from processors.ward.warm_up import warm_up
from wardbeat.settings import settings
warm_up(Runtime.load(settings().bundle))
"""


class DemoOptions(NamedTuple):
    """The options of a demo. If ``records``, ``duration_s`` or ``port`` is None, the settings decide."""

    records: Path | None = None
    synthetic: bool = False
    patients: int = 8
    duration_s: float | None = None
    speed: float = 1.0
    port: int | None = None


class DemoSummary(msgspec.Struct, frozen=True):
    """What happened. ``alerts`` counts them by stream and code; ``latency_ms`` is from the sample to the alert."""

    patients: int
    chunks_sent: int
    chunks_received: int
    beats: int
    windows: int
    alerts: dict[str, dict[str, int]]
    latency_ms: dict[str, float | None]


def run_demo(options: DemoOptions, report_step: ReportStep, watch: Watch) -> DemoSummary:
    """Start a ward, wait until the patients end or the user interrupts, then stop all parts.

    Parameters
    ----------
    options : DemoOptions
    report_step : callable
        Called with each step in words.
    watch : callable
        Called twice a second with the worker's report.

    Raises
    ------
    WardbeatError
        If a part can't start or dies; no part is restarted.
    KeyboardInterrupt
        If the user interrupts before the ward is up, or a second time while it ends.
    """
    with (
        interruptible() as interrupts,
        tempfile.TemporaryDirectory(prefix="wardbeat-demo-", ignore_cleanup_errors=True) as folder,
        ExitStack() as children,
        then_ignore_signals(),
    ):
        ward = DemoWard(Path(folder), options, children, report_step)
        ward.start()
        try:
            ward.stay(watch, interrupts)
        except KeyboardInterrupt:
            report_step("Stopping …")
        return ward.finish()


class DemoWard:
    """All parts of the demo.

    Parameters
    ----------
    folder : Path
        For logs and data; its owner deletes it.
    options : DemoOptions
    children : ExitStack
        Gets every process, so that its end ends them all.
    report_step : callable
    """

    def __init__(self, folder: Path, options: DemoOptions, children: ExitStack, report_step: ReportStep) -> None:
        self._folder = folder
        self._options = options
        self._children = children
        self._report_step = report_step
        self._settings = settings()
        self._worker_id = f"demo-{os.getpid()}"
        self._redis_url = ""
        self._needed: list[Child] = []  # if one of these ends, the ward ends

    def start(self) -> None:
        """Start all parts, the slow ones first, and wait for each in the order of their dependencies."""
        arguments = replay_arguments(self._options)
        listing = self._begin(services.start_replay(self._folder, {}, [*arguments, "--streams"], "streams"))
        warm_up = self._begin(Child("warm-up", [sys.executable, "-P", "-c", WARM_UP], self._folder))
        self._begin_redis()
        kafka = self._children.enter_context(begin_kafka(self._folder))
        self._needed += kafka.children
        variables = services.environment(
            kafka.bootstrap_servers, self._redis_url, self._worker_id, self._folder / "worker"
        )
        variables["WARDBEAT_CANARY"] = "on"
        classify, classify_url = self._begin_classify(variables)
        address = self._begin_dashboard({**variables, "WARDBEAT_CLASSIFY_URL": classify_url})

        self._report_step(f"Patients {in_one_line(streams_of(listing))}")
        kafka.wait_ready()
        one_node = self._settings.model_copy(update={"replication": 1, "min_insync_replicas": None})
        create_topics(KafkaAccess(kafka.bootstrap_servers), topic_plans(one_node))
        self._report_step(f"Apache Kafka at {kafka.bootstrap_servers}, {self._settings.partitions} partitions a topic")
        self._wait("The dashboard answers", lambda: services.web_server_answers(address))
        self._report_step("Dashboard")
        # Afterwards the ward does not need it: an upload may not end the monitoring of patients.
        self._wait("The classify service answers", lambda: services.web_server_answers(classify_url), [classify])
        self._report_step(f"Classify service at {classify_url}")
        self._finish_warm_up(warm_up)
        self._worker = self._begin(services.start_worker(self._folder, variables), needed=True)
        self._wait("The worker has its partitions", lambda: self._health() is not None)
        self._report_step("Worker")
        self._begin(services.start_escalator(self._folder, variables), needed=True)
        # Not needed: the wall and an alert say so if it ends.
        self._begin(services.start_canary(self._folder, variables))
        self._replay = self._begin(services.start_replay(self._folder, variables, arguments))
        self._wait("The first ECG arrives", lambda: self._received() > 0 or self._replay.exit_code is not None)
        self._report_step(f"ECG. The ward is at {address} (Ctrl-C ends it)")

    def stay(self, watch: Watch, interrupts: Interrupts) -> None:
        """Wait until the patients have ended; raise an error if a part dies, or the user interrupts."""
        while self._replay.exit_code is None:
            interrupts.check()
            for child in self._needed:
                child.check()
            watch(self._health())
            time.sleep(CHECK_EVERY_S)

    def finish(self) -> DemoSummary:
        """End the patients, wait until the worker has received all chunks, and end the worker."""
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
        self._report_step(f"Redis at {public(self._redis_url)}")

    def _begin_classify(self, variables: dict[str, str]) -> tuple[Child, str]:
        port = self._settings.classify_port
        port = port if port and is_free(LOOPBACK, port) else free_ports(1)[0]
        child = self._begin(services.start_classify(self._folder, variables, LOOPBACK, port))
        return child, f"http://{LOOPBACK}:{port}"

    def _begin_dashboard(self, variables: dict[str, str]) -> str:
        host = self._settings.dashboard_host
        port = dashboard_port(host, self._options.port, self._settings.dashboard_port)
        self._begin(services.start_dashboard(self._folder, variables, host, port), needed=True)
        return f"http://{LOOPBACK if host == EVERYWHERE else host}:{port}"

    def _finish_warm_up(self, warm_up: Child) -> None:
        if warm_up.exit_code is None:
            self._report_step("Preparing the monitor; the first time its kernels are compiled …")
        warm_up.wait(WARM_UP_LIMIT_S)  # if it fails, the worker reports the reason in better words

    def _wait(self, what: str, ready: Callable[[], bool], also: Sequence[Child] = ()) -> None:
        wait_until(what, ready, SERVICE_LIMIT_S, [*self._needed, *also])

    def _drain(self, sent: int) -> None:
        """Wait until the worker has received all chunks, or receives no more."""
        received, deadline_s = self._received(), time.monotonic() + DRAIN_LIMIT_S
        while received < sent and time.monotonic() < deadline_s:
            self._worker.check()
            time.sleep(CHECK_EVERY_S)
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
    """The streams that a replay lists with ``--streams``.

    Raises
    ------
    RecordError
        With the error of the replay, if it can't use the records or options.
    """
    if listing.wait(LISTING_LIMIT_S) != 0:
        last_line = last_lines(listing.log, 1)
        if last_line and last_line[0].startswith(ERROR_PREFIX):
            raise RecordError(last_line[0].removeprefix(ERROR_PREFIX))
        raise listing.failure("the patients could not be listed")
    return [row["stream"] for row in services.last_json(listing)["streams"]]


def in_one_line(names: list[str], most: int = 12) -> str:
    """Names in one line; if there are more than ``most``, with their number."""
    return ", ".join(names) if len(names) <= most else f"{', '.join(names[:most])} … ({len(names)})"


def dashboard_port(host: str, requested: int | None, default: int) -> int:
    """The port for the dashboard: the requested one, else the default one if it is free, else any free one.

    Raises
    ------
    SettingsError
        If the requested port is taken.
    """
    if requested and not is_free(host, requested):
        raise SettingsError(f"--port: {requested} is taken on {host}; choose another, or 0 for a free one")
    port = requested if requested is not None else default
    return port if port and is_free(host, port) else free_ports(1)[0]
