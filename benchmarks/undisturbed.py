"""What an undisturbed ward would have said of a replay: ``annotate`` over the very chunks that it sends."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from models.runtime import Runtime
from processors.monitor.patient_monitor import config_of
from processors.offline.annotate import TOGETHER, annotate_streams
from processors.ward.ward import Ward
from producers.journal import Journal
from producers.patients import recorded_patients
from producers.replay import ReplayOptions, TimedChunk, dated, timed_streams
from wardbeat.care import alert_lifecycle
from wardbeat.contracts.messages import Alert, Beat, EcgChunk
from wardbeat.ecg.io.records import find_records
from wardbeat.process_pool import run_jobs


class Played(NamedTuple):
    """A replay: records, how many patients, how, and its journal, from which sessions and times follow."""

    records: Path
    patients: int
    options: ReplayOptions
    journal: Journal


class Undisturbed(NamedTuple):
    """All that should come of a replay.

    Attributes
    ----------
    beats : list of Beat
    alerts : list of Alert
        All that is said of each, from its first word to its end.
    kept : dict of Alert
        As the store has each in the end, by id.
    due_ns : dict of int
        When each beat's R peak is, Unix time in ns, by beat id.
    """

    beats: list[Beat]
    alerts: list[Alert]
    kept: dict[str, Alert]
    due_ns: dict[str, int]


def undisturbed(played: Played) -> Undisturbed:
    """Run the detector over the replay, on all cores."""
    groups = [
        (played, range(begin, min(begin + TOGETHER, played.patients))) for begin in range(0, played.patients, TOGETHER)
    ]
    whole = Undisturbed([], [], {}, {})
    with run_jobs(_of_group, groups, os.cpu_count() or 1) as results:
        for part in results:
            whole.beats.extend(part.beats)
            whole.alerts.extend(part.alerts)
            whole.kept.update(part.kept)
            whole.due_ns.update(part.due_ns)
    return whole


def kept_of(versions: Iterable[Alert]) -> dict[str, Alert]:
    """What a store makes of all that is said of alerts, by id."""
    records: dict[str, alert_lifecycle.AlertRecord] = {}
    for alert in versions:
        known = records.get(alert.alert_id)
        records[alert.alert_id] = (
            alert_lifecycle.begin(alert, 0) if known is None else alert_lifecycle.update(known, alert, 0)
        )
    return {one: record.alert for one, record in records.items()}


def due_of(beats: Iterable[Beat], began_ns: Mapping[str, int]) -> dict[str, int]:
    """When each beat's R peak is, by the times at which the sessions began."""
    return {beat.beat_id: began_ns[beat.session_id] + round(beat.t_s * 1e9) for beat in beats}


def _of_group(group: tuple[Played, range]) -> Undisturbed:
    """Runs in a process of its own."""
    played, rows = group
    networks = Runtime.load(None)
    ward = Ward(networks, config_of(networks.manifest.thresholds))
    patients = recorded_patients(find_records(played.records), played.patients)
    streams = timed_streams(patients, played.options, played.journal)
    began_ns: dict[str, int] = {}
    chunks = {patients[row].stream_id: _dated(streams[row], played.journal.began_ns, began_ns) for row in rows}
    beats: list[Beat] = []
    versions: list[Alert] = []
    for _, found in annotate_streams(chunks, ward):
        beats += found.beats
        versions += found.versions
    return Undisturbed(beats, versions, kept_of(versions), due_of(beats, began_ns))


def _dated(stream: Iterator[TimedChunk], start_ns: int, began_ns: dict[str, int]) -> Iterator[EcgChunk]:
    """The chunks as they are sent; when each session began is noted."""
    for timed in stream:
        chunk = dated(timed.chunk, start_ns)
        began_ns.setdefault(chunk.session_id, chunk.acquired_ns)
        yield chunk
