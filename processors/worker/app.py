"""The worker process: it connects Faust, the ward, Redis and Kafka, and runs until SIGTERM or SIGINT."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

import faust
import structlog
from aiokafka.errors import KafkaError
from faust.exceptions import FaustError
from faust.types import TP
from redis.asyncio import Redis

from processors.monitor.patient_monitor import MonitorConfig
from processors.ward.network_batches import Networks
from processors.ward.ward import Ward
from processors.ward.warm_up import warm_up
from processors.worker.agents import add_monitor_agent
from processors.worker.batch import BatchProcessor
from processors.worker.bed_watch import BedWatch
from processors.worker.checkpoint import Assignment, Checkpoint
from processors.worker.offsets import Commits, SeekingTransport
from processors.worker.sinks.kafka_sink import KafkaSink, Send
from processors.worker.sinks.redis_sink import RedisSink
from processors.worker.telemetry.counts import WorkerCounts
from processors.worker.telemetry.heartbeat import Heartbeat
from processors.worker.telemetry.kafka_probe import KafkaProbe
from processors.worker.telemetry.metrics import TimedNetworks, show_worker
from wardbeat.contracts import topics
from wardbeat.errors import BrokerError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.topic_admin import check_topics
from wardbeat.observability.instruments import Instruments
from wardbeat.settings import Settings
from wardbeat.stop_signals import stop_event
from wardbeat.store import migrations, redis_client
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.history_store import HistoryStore
from wardbeat.store.live_store import LiveStore
from wardbeat.store.snapshot_store import SnapshotStore

HEARTBEAT_S = 1.0
WATCH_S = 1.0
HUNG_AFTER_S = 8.0
"""A Kafka node without an answer for 8 s hangs. To join the group takes up to the session time-out (6 s)."""
UNACKNOWLEDGED_S = 3.0
"""A record without an acknowledgement for 3 s is sent again. Faust's default waits 20 min for a hanging node."""
METADATA_MAX_AGE_MS = 1000
"""If a leading node goes silent, the worker learns within 1 s which node leads now."""
FINISH_TIMEOUT_S = 3.0
"""To write the snapshots of 100 patients takes a fraction of it."""
GOODBYE_TIMEOUT_S = 1.0
STOP_TIMEOUT_S = 4.0
"""A worker that can't leave the group in this time ends as if it was killed, which does no harm."""

_log = structlog.get_logger(__name__)


async def run_worker(
    settings: Settings,
    networks: Networks,
    counts: WorkerCounts,
    instruments: Instruments,
    config: MonitorConfig = MonitorConfig(),
) -> bool:
    """Monitor the patients of the partitions that Kafka assigns to this worker, until SIGTERM or SIGINT.

    Parameters
    ----------
    settings : Settings
    networks : Networks
        Run in batches over all patients.
    counts : WorkerCounts
        The worker adds what it does.
    instruments : Instruments
        Show the counts, and whether each of :data:`processors.worker.telemetry.metrics.NEEDS` is met.
    config : MonitorConfig, optional
        Of every monitor.

    Returns
    -------
    bool
        Whether it has left Kafka in order. If not, Faust's threads may try to leave for another 30 s.

    Raises
    ------
    BrokerError
        If Kafka does not answer, lacks a topic, or fails for good.
    StoreError
        If Redis does not answer at the start. Later the worker waits for it.
    """
    stop = stop_event()
    turning = asyncio.create_task(instruments.probes.keep_turning())
    redis = redis_client.connect(settings.redis_address)
    try:
        await redis_client.check(redis, settings.redis_address)
        await migrations.migrate(redis)
        await asyncio.to_thread(check_topics, settings.kafka)
        await asyncio.to_thread(warm_up, networks)
        on_failure = partial(_report_failure, counts)
        ward = Ward(TimedNetworks(networks, counts), config, on_failure, counts.streams.of_stream)
        return await _watch(settings, ward, redis, counts, instruments, stop)
    finally:
        turning.cancel()
        await redis.aclose()


def make_app(settings: Settings) -> faust.App:
    """A Faust app without state of its own: no tables, no web server, no leader."""
    folder = settings.data_dir / settings.worker_id
    folder.mkdir(parents=True, exist_ok=True)
    app = faust.App(
        settings.consumer_group,
        broker=[f"kafka://{server.strip()}" for server in settings.kafka_bootstrap_servers.split(",")],
        broker_credentials=_credentials(settings.kafka),
        broker_client_id=settings.worker_id,
        datadir=folder,
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        consumer_auto_offset_reset="earliest",  # a new group also reads what was sent before it started
        broker_session_timeout=6.0,  # after this another worker takes over a dead worker's patients
        broker_heartbeat_interval=1.0,
        broker_request_timeout=HUNG_AFTER_S,
        consumer_metadata_max_age_ms=METADATA_MAX_AGE_MS,
        stream_wait_empty=False,
        producer_acks=-1,
        producer_request_timeout=UNACKNOWLEDGED_S,
        producer_metadata_max_age_ms=METADATA_MAX_AGE_MS,
    )
    app.transport = SeekingTransport(app.conf.broker_consumer, app)
    return app


def _credentials(kafka: KafkaAccess) -> faust.SASLCredentials | faust.SSLCredentials | None:
    """How Faust authenticates with Kafka."""
    tls = kafka.ssl_context()
    if kafka.has_user:
        return faust.SASLCredentials(
            username=kafka.username, password=kafka.password, ssl_context=tls, mechanism=kafka.mechanism
        )
    return faust.SSLCredentials(tls) if tls else None


async def _watch(
    settings: Settings, ward: Ward, redis: Redis, counts: WorkerCounts, instruments: Instruments, stop: asyncio.Event
) -> bool:
    app = make_app(settings)
    live, alerts, admissions = LiveStore(redis), AlertStore(redis), AdmissionStore(redis)
    processor = BatchProcessor(
        ward,
        RedisSink(live, alerts, admissions, HistoryStore(redis), delayed_after_s=settings.delayed_after_s),
        KafkaSink(_sender(app)),
        BedWatch(admissions, live, alerts),
        Checkpoint(SnapshotStore(redis, settings.consumer_group), settings.snapshot_every_s),
        counts,
    )
    ends = app.monitor.tp_end_offsets  # not the consumer's high-water mark, which fails while partitions move

    def end_offset(partition: int) -> int | None:
        return ends.get(TP(topics.WAVEFORM, partition))

    probe = KafkaProbe(settings.kafka)
    probing = asyncio.create_task(probe.run())
    memory = partial(redis_client.memory, redis)
    heartbeat = Heartbeat(live, processor, settings.worker_id, end_offset, memory, lambda: probe.problem)
    show_worker(instruments, counts, heartbeat)
    commits = Commits(app, topics.WAVEFORM, processor)
    add_monitor_agent(app, topics.WAVEFORM, processor, commits)

    async def revoked(*_: Any, **__: Any) -> None:
        await _hand_over(processor, commits)

    async def assigned(_app: Any, assignment: set[TP], **_: Any) -> None:
        partitions = {tp.partition for tp in assignment if tp.topic == topics.WAVEFORM}
        commits.reset()
        processor.assign(Assignment(frozenset(partitions), app.consumer_generation_id))
        heartbeat.set_partitions(partitions)

    app.timer(HEARTBEAT_S)(heartbeat.beat)
    app.timer(WATCH_S)(partial(processor.watch, end_offset))
    app.on_partitions_revoked.connect(revoked)
    app.on_partitions_assigned.connect(assigned)  # type: ignore[arg-type] # mode types it by *args
    try:
        return await _run_until(stop, app, processor, commits, heartbeat)
    finally:
        probing.cancel()
        processor.close()


async def _run_until(
    stop: asyncio.Event, app: faust.App, processor: BatchProcessor, commits: Commits, heartbeat: Heartbeat
) -> bool:
    """Run the app until ``stop`` is set or the app fails. End the running batch, so that it need not come again."""
    running = asyncio.create_task(_run_until_failure(app))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    failed = running.done()
    stopping.cancel()
    if not failed:
        await _hand_over(processor, commits)
    await _at_most(GOODBYE_TIMEOUT_S, heartbeat.end(), "the worker's heartbeat expires by itself")
    in_order = await _at_most(STOP_TIMEOUT_S, app.stop(), "the other workers notice within the session time-out")
    if failed:
        await running
        raise BrokerError("Kafka: Faust has stopped by itself; see the log of Faust and start the worker again")
    running.cancel()
    return in_order


async def _hand_over(processor: BatchProcessor, commits: Commits) -> None:
    """End the running batch, then write all snapshots, then commit: the next owner of the partitions reads on there."""
    await _at_most(FINISH_TIMEOUT_S, processor.finish(), "the next worker starts from older snapshots")
    await _at_most(GOODBYE_TIMEOUT_S, commits.commit(), "the next worker reads the last seconds again")


async def _at_most(timeout_s: float, step: Coroutine[Any, Any, None], consequence: str) -> bool:
    """Whether a step ended in time. Faust swallows the cancellation, so we check the limit itself."""
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s) as limit:
            await step
    if limit.expired():
        _log.warning("a step of the stop took too long", consequence=consequence)
    return not limit.expired()


async def _run_until_failure(app: faust.App) -> None:
    await app.start()
    await app.wait_until_stopped()
    reason = app.crash_reason
    if isinstance(reason, FaustError | KafkaError):
        raise BrokerError(
            f"Kafka failed for good ({reason!r}); see the log of Kafka and start the worker again"
        ) from reason
    if reason is not None:
        raise reason


def _sender(app: faust.App) -> Send:
    """Send with Faust's own producer, which gives a key the same partition as Java's producer (murmur2)."""

    async def send(topic: str, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]) -> None:
        try:
            delivery = await app.producer.send(topic, key, value, None, None, headers)
            await delivery
        except (FaustError, KafkaError) as error:
            raise BrokerError(f"Kafka topic {topic}: not delivered ({error!r}); is the broker up?") from error

    return send


def _report_failure(counts: WorkerCounts, stream_id: str, error: Exception) -> None:
    counts.failures += 1
    _log.error("a monitor failed; a new one starts", stream=stream_id, exc_info=error)
