"""The worker: Faust reads the waveforms of its partitions, the ward's outputs go to Redis and back to Kafka."""

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
from processors.ward.ward import Networks, Ward
from processors.ward.warm_up import warm_up
from processors.worker.agents import add_monitor_agent
from processors.worker.batch import BatchProcessor
from processors.worker.bed_watch import BedWatch
from processors.worker.checkpoint import Assignment, Checkpoint
from processors.worker.offsets import Commits, SeekingTransport
from processors.worker.sinks import KafkaSink, RedisSink, Send
from processors.worker.telemetry.counts import Counts
from processors.worker.telemetry.heartbeat import Heartbeat
from processors.worker.telemetry.metrics import TimedNetworks, show_worker
from wardbeat.contracts import topics
from wardbeat.errors import BrokerError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.topic_admin import check_topics
from wardbeat.observability.instruments import Instruments
from wardbeat.settings import Settings
from wardbeat.stop_signals import stop_event
from wardbeat.store import migrations, redis_client
from wardbeat.store.admission_store import AdmissionStore
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.live_store import LiveStore
from wardbeat.store.snapshot_store import SnapshotStore

HEARTBEAT_S = 1.0
WATCH_S = 1.0
HUNG_AFTER_S = 8.0
"""A node that has not answered by then hangs; to join the group takes up to a dead member's session time-out (6 s)."""
UNACKNOWLEDGED_S = 3.0
"""What no node has acknowledged by then is sent again. By itself Faust waits for a node that hangs for 20 minutes."""
METADATA_MAX_AGE_MS = 1000
"""How long it may take to learn that another node leads, where the one before just fell silent."""
FINISH_TIMEOUT_S = 3.0
"""Snapshots of a hundred patients are written in a fraction of it."""
GOODBYE_TIMEOUT_S = 1.0
STOP_TIMEOUT_S = 4.0
"""A worker that can't say goodbye in this time is as gone as one that was killed, and that does no harm."""

_log = structlog.get_logger(__name__)


async def run_worker(
    settings: Settings,
    networks: Networks,
    counts: Counts,
    instruments: Instruments,
    config: MonitorConfig = MonitorConfig(),
) -> bool:
    """Watch the patients of the partitions that this worker is given, until SIGTERM or SIGINT.

    Parameters
    ----------
    settings : Settings
    networks : Networks
        Asked in batches over all patients.
    counts : Counts
        Kept up to date with what the worker did.
    instruments : Instruments
        Show it, and whether the needs of :data:`processors.worker.telemetry.metrics.NEEDS` are met.
    config : MonitorConfig, optional
        Of every monitor.

    Returns
    -------
    bool
        Whether it left Kafka in order; otherwise Faust's threads may still try to for half a minute.

    Raises
    ------
    BrokerError
        If Kafka does not answer, has no topics, or fails for good.
    StoreError
        If Redis does not answer at the start; later it is waited for.
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
    """A Faust app that keeps no state of its own: no tables, no web server, no leader."""
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
        consumer_auto_offset_reset="earliest",  # a new group misses nothing that was sent before it came
        broker_session_timeout=6.0,  # a dead worker's patients are another's after this
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
    """How Faust gets into Kafka."""
    tls = kafka.ssl_context()
    if kafka.has_user:
        return faust.SASLCredentials(
            username=kafka.username, password=kafka.password, ssl_context=tls, mechanism=kafka.mechanism
        )
    return faust.SSLCredentials(tls) if tls else None


async def _watch(
    settings: Settings, ward: Ward, redis: Redis, counts: Counts, instruments: Instruments, stop: asyncio.Event
) -> bool:
    app = make_app(settings)
    live, alerts, admissions = LiveStore(redis), AlertStore(redis), AdmissionStore(redis)
    processor = BatchProcessor(
        ward,
        RedisSink(live, alerts, admissions, delayed_after_s=settings.delayed_after_s),
        KafkaSink(_sender(app)),
        BedWatch(admissions, live, alerts),
        Checkpoint(SnapshotStore(redis, settings.consumer_group), settings.snapshot_every_s),
        counts,
    )
    ends = app.monitor.tp_end_offsets  # not the consumer's high-water mark, which fails while partitions move

    def end_offset(partition: int) -> int | None:
        return ends.get(TP(topics.WAVEFORM, partition))

    heartbeat = Heartbeat(live, processor, settings.worker_id, end_offset, partial(redis_client.memory, redis))
    show_worker(instruments, counts, heartbeat)
    commits = Commits(app, topics.WAVEFORM, processor)
    add_monitor_agent(app, topics.WAVEFORM, processor, commits)

    async def revoked(*_: Any, **__: Any) -> None:
        await _hand_over(processor, commits)

    async def assigned(_app: Any, assignment: set[TP], **_: Any) -> None:
        partitions = {tp.partition for tp in assignment if tp.topic == topics.WAVEFORM}
        commits.forget()
        processor.assign(Assignment(frozenset(partitions), app.consumer_generation_id))
        heartbeat.set_partitions(len(partitions))

    app.timer(HEARTBEAT_S)(heartbeat.beat)
    app.timer(WATCH_S)(partial(processor.watch, end_offset))
    app.on_partitions_revoked.connect(revoked)
    app.on_partitions_assigned.connect(assigned)  # type: ignore[arg-type] # mode types it by *args
    try:
        return await _run_until(stop, app, processor, commits, heartbeat)
    finally:
        processor.close()


async def _run_until(
    stop: asyncio.Event, app: faust.App, processor: BatchProcessor, commits: Commits, heartbeat: Heartbeat
) -> bool:
    """Run the app until ``stop`` is set or it fails; end the batch under way, so that it need not come again."""
    running = asyncio.create_task(_run_until_failure(app))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    failed = running.done()
    stopping.cancel()
    if not failed:
        await _hand_over(processor, commits)
    await _at_most(GOODBYE_TIMEOUT_S, heartbeat.end(), "the worker's sign of life expires by itself")
    in_order = await _at_most(STOP_TIMEOUT_S, app.stop(), "the others notice within the session time-out")
    if failed:
        await running
        raise BrokerError("Kafka: Faust has stopped by itself; see its log and start the worker again")
    running.cancel()
    return in_order


async def _hand_over(processor: BatchProcessor, commits: Commits) -> None:
    """End the batch under way and keep everything for whoever is given the partitions next."""
    await _at_most(FINISH_TIMEOUT_S, processor.finish(), "whoever takes over goes on from older snapshots")
    await _at_most(GOODBYE_TIMEOUT_S, commits.commit(), "whoever takes over reads the last seconds again")


async def _at_most(timeout_s: float, step: Coroutine[Any, Any, None], otherwise: str) -> bool:
    """Whether a step was done in time. Faust swallows the cancellation, so the limit itself is asked."""
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s) as limit:
            await step
    if limit.expired():
        _log.warning("stopped without waiting any longer", otherwise=otherwise)
    return not limit.expired()


async def _run_until_failure(app: faust.App) -> None:
    await app.start()
    await app.wait_until_stopped()
    reason = app.crash_reason
    if isinstance(reason, FaustError | KafkaError):
        raise BrokerError(f"Kafka failed for good ({reason!r}); see its log and start the worker again") from reason
    if reason is not None:
        raise reason


def _sender(app: faust.App) -> Send:
    """Kafka by Faust's own producer, which places a key where Java's does (murmur2)."""

    async def send(topic: str, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]) -> None:
        try:
            delivery = await app.producer.send(topic, key, value, None, None, headers)
            await delivery
        except (FaustError, KafkaError) as error:
            raise BrokerError(f"Kafka topic {topic}: not delivered ({error!r}); is the broker up?") from error

    return send


def _report_failure(counts: Counts, stream_id: str, error: Exception) -> None:
    counts.failures += 1
    _log.error("a monitor failed and starts anew", stream=stream_id, exc_info=error)
