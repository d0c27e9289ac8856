"""``wardbeat alerts replay``: reproduce an alert from the chunks in Kafka or from the record."""

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from wardbeat.cli.alerts.alert_records import known_alert
from wardbeat.cli.options import json_option
from wardbeat.cli.values import LINE, SOURCE, Whole
from wardbeat.cli.with_redis import with_redis
from wardbeat.contracts import rules

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from processors.offline.reproduce import Reproduced
    from wardbeat.care.admissions import SettingsApplied
    from wardbeat.contracts.messages import Alert, EcgChunk
    from wardbeat.kafka.access import KafkaAccess

EARLIER_S = 60
"""The clocks of devices and brokers may differ by this much."""


@click.command(name="replay")
@click.argument("alert_id", type=LINE)
@click.option(
    "--records",
    type=SOURCE,
    help="Folder of the WFDB records that `wardbeat replay` sent; without it, read Kafka.",
)
@click.option("--patients", type=Whole(rules.PATIENTS), help="The --patients of that `wardbeat replay`.")
@click.option("--bundle", type=SOURCE, help="Model bundle; WARDBEAT_BUNDLE, else the shipped one.")
@click.option(
    "--bootstrap-servers", type=LINE, help="Kafka brokers; WARDBEAT_KAFKA_BOOTSTRAP_SERVERS, else 127.0.0.1:9092."
)
@json_option
def command(
    alert_id: str,
    records: Path | None,
    patients: int | None,
    bundle: Path | None,
    bootstrap_servers: str | None,
    as_json: bool,
) -> None:
    """Run the signal of an alert through the detector again, with the settings that were in force.

    The signal is the part of the session that Kafka keeps (one day by default) or, with --records, the record. The
    detector starts where the monitor started then, in the middle of the session if a worker was restarted there. The
    command reports whether the detector raises the same alert. Exit code 0: identical; 1: different.
    """
    from models.runtime import Runtime
    from processors.monitor.patient_monitor import config_of
    from processors.offline.reproduce import reproduce
    from processors.worker.sinks.orphaned_alerts import NOT_FROM_MONITORS
    from wardbeat.errors import AlertActionError
    from wardbeat.settings import settings

    alert = known_alert(alert_id).alert
    if alert.code in NOT_FROM_MONITORS:
        raise AlertActionError(
            f"alert {alert_id}: {alert.code} is decided by the clock and not by the signal, so a replay can't "
            "reproduce it; see `wardbeat alerts show`"
        )
    schedule = with_redis(partial(_read_applied, session_id=alert.session_id))
    networks = Runtime.load(bundle or settings().bundle)
    config = config_of(networks.manifest.thresholds)
    kafka = settings().kafka.at(bootstrap_servers)
    sources = _from_records(alert, records, patients) if records else [_from_kafka(alert, kafka)]
    tries = (reproduce(alert, chunks, networks, config, schedule) for chunks in sources)
    found: Reproduced | None = None
    for found in tries:
        if found.identical:
            break
    if found is None:
        raise AssertionError("there is always at least one source")
    _report(alert, found, as_json)
    sys.exit(0 if found.identical else 1)


async def _read_applied(redis: "Redis", session_id: str) -> "list[SettingsApplied]":
    from wardbeat.store.beds.admission_store import AdmissionStore

    return await AdmissionStore(redis).applied(session_id)


def _from_kafka(alert: "Alert", kafka: "KafkaAccess") -> "Iterator[EcgChunk]":
    """The session's chunks, from where its monitor began or earlier.

    If the replay was slower than real time, the start is earlier than calculated: then read all retained chunks.
    """
    from wardbeat.errors import BrokerError
    from wardbeat.kafka.sessions import session_chunks

    watched_s = (alert.raised_sample - alert.watched_from_sample) / alert.fs
    began_ms = alert.raised_acquired_ns // 1_000_000 - round(1000 * (watched_s + EARLIER_S))
    for since_ms in (max(0, began_ms), 0):
        chunks = session_chunks(kafka, alert.stream_id, alert.session_id, since_ms=since_ms)
        first = next(chunks, None)
        if first is not None and (first.first_sample <= alert.watched_from_sample or since_ms == 0):
            return chain([first], chunks)
    raise BrokerError(
        f"alert {alert.alert_id}: Kafka no longer has session {alert.session_id}; "
        "give the folder of its record with --records"
    )


def _from_records(alert: "Alert", folder: Path, count: int | None) -> "Iterator[Iterable[EcgChunk]]":
    """The record twice: from the patient's start sample, and from sample 0, where each further loop begins."""
    from producers.patients import recorded_patients
    from wardbeat.ecg.chunking import record_chunks
    from wardbeat.ecg.io.records import find_records
    from wardbeat.errors import RecordError

    streams = {patient.stream_id: patient for patient in recorded_patients(find_records(folder), count)}
    patient = streams.get(alert.stream_id)
    if patient is None:
        raise RecordError(
            f"alert {alert.alert_id}: no record of {folder} is sent as stream {alert.stream_id!r}; give the --records "
            "and --patients of the replay"
        )
    for start_sample in sorted({patient.start_sample, 0}, reverse=True):
        yield record_chunks(
            patient.source,
            stream_id=alert.stream_id,
            session_id=alert.session_id,
            origin=alert.origin,
            start_sample=start_sample,
        )


def _report(alert: "Alert", found: "Reproduced", as_json: bool) -> None:
    if as_json:
        now = found.alert
        report: dict[str, Any] = {
            "alert_id": alert.alert_id,
            "identical": found.identical,
            "raised_again": now is not None,
            "watched_from_sample": alert.watched_from_sample,
            "first_sample": found.first_sample,
            "differences": {row.field: {"then": row.then, "now": row.now} for row in found.differences},
        }
        click.echo(msgspec.json.encode(report).decode())
        return
    what = f"{alert.code} of {alert.stream_id}, raised at {alert.raised_s:.1f} s of session {alert.session_id}"
    if found.identical:
        click.echo(f"Identical: {what}, is raised again with the same onset, time and value.")
        return
    click.echo(f"Different: {what}, is not raised again in the same way.")
    if found.first_sample is not None and found.first_sample > alert.watched_from_sample:
        click.echo(
            f"  Its monitor started at sample {alert.watched_from_sample} of the session, but the signal begins at "
            f"sample {found.first_sample}: the part before is deleted, so this result does not prove a difference."
        )
    if found.alert is None:
        click.echo("  No alert of this code is raised near its time.")
    for row in found.differences:
        click.echo(f"  {row.field}: it was {row.then}, now it is {row.now}")
