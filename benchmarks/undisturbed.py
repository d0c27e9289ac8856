"""Computes the expected outputs of a replay without faults: ``annotate`` over the same chunks."""

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
from wardbeat.contracts.messages import Alert, Beat, EcgChunk, Window
from wardbeat.ecg.io.records import find_records
from wardbeat.process_pool import run_jobs


class ReplayRun(NamedTuple):
    """A replay: records, number of patients, options, and its journal, which determines the sessions and times."""

    records: Path
    patients: int
    options: ReplayOptions
    journal: Journal


class Undisturbed(NamedTuple):
    """The expected outputs of a replay.

    Attributes
    ----------
    beats : list of Beat
    windows : list of Window
    alerts : list of Alert
        All versions of all alerts.
    stored : dict of Alert
        The last state of each alert in the store, by id.
    due_ns : dict of int
        Unix time of each R peak in ns, by beat id.
    """

    beats: list[Beat]
    windows: list[Window]
    alerts: list[Alert]
    stored: dict[str, Alert]
    due_ns: dict[str, int]


def undisturbed(replay_run: ReplayRun) -> Undisturbed:
    """Run the detector over the replay, on all cores."""
    groups = [
        (replay_run, range(begin, min(begin + TOGETHER, replay_run.patients)))
        for begin in range(0, replay_run.patients, TOGETHER)
    ]
    whole = Undisturbed([], [], [], {}, {})
    with run_jobs(_of_group, groups, os.cpu_count() or 1) as results:
        for part in results:
            whole.beats.extend(part.beats)
            whole.windows.extend(part.windows)
            whole.alerts.extend(part.alerts)
            whole.stored.update(part.stored)
            whole.due_ns.update(part.due_ns)
    return whole


def stored_alerts(versions: Iterable[Alert]) -> dict[str, Alert]:
    """The state of each alert in a store that receives these versions, by id."""
    records: dict[str, alert_lifecycle.AlertRecord] = {}
    for alert in versions:
        known = records.get(alert.alert_id)
        records[alert.alert_id] = (
            alert_lifecycle.begin(alert, 0) if known is None else alert_lifecycle.update(known, alert, 0)
        )
    return {one: record.alert for one, record in records.items()}


def due_times(beats: Iterable[Beat], began_ns: Mapping[str, int]) -> dict[str, int]:
    """Unix time of each R peak in ns by beat id, from the start times of the sessions."""
    return {beat.beat_id: began_ns[beat.session_id] + round(beat.t_s * 1e9) for beat in beats}


def _of_group(group: tuple[ReplayRun, range]) -> Undisturbed:
    """The expected outputs of some patients; runs in another process."""
    replay_run, rows = group
    networks = Runtime.load(None)
    ward = Ward(networks, config_of(networks.manifest.thresholds))
    patients = recorded_patients(find_records(replay_run.records), replay_run.patients)
    streams = timed_streams(patients, replay_run.options, replay_run.journal)
    began_ns: dict[str, int] = {}
    chunks = {patients[row].stream_id: _dated(streams[row], replay_run.journal.began_ns, began_ns) for row in rows}
    beats: list[Beat] = []
    windows: list[Window] = []
    versions: list[Alert] = []
    for _, found in annotate_streams(chunks, ward):
        beats += found.beats
        windows += found.windows
        versions += found.versions
    return Undisturbed(beats, windows, versions, stored_alerts(versions), due_times(beats, began_ns))


def _dated(stream: Iterator[TimedChunk], start_ns: int, began_ns: dict[str, int]) -> Iterator[EcgChunk]:
    """The chunks with their times; adds the start time of each session to ``began_ns``."""
    for timed in stream:
        chunk = dated(timed.chunk, start_ns)
        began_ns.setdefault(chunk.session_id, chunk.acquired_ns)
        yield chunk
