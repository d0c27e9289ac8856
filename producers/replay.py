"""Sends the chunks of patients to a sink, each at the time when its last sample would have been acquired."""

import heapq
import itertools
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from producers.journal import NO_JOURNAL, Journal, JournalFile, new_journal
from producers.pacing import Clock, Pace, Stop, SystemClock
from producers.patients import Patient
from producers.sink import ChunkSink
from wardbeat.contracts.messages import EcgChunk
from wardbeat.ecg.chunking import record_chunks, samples_a_chunk
from wardbeat.errors import RecordError

PROGRESS_EVERY_S = 0.5
_NAMESPACE = uuid.UUID("0d0f5d6e-6c39-5f0e-8f57-4f0f0a3ad2c1")


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """The options of a replay.

    Attributes
    ----------
    speed : float
        1 is real time, 2 is twice as fast, 0 is as fast as the broker accepts chunks.
    loop : bool
        Repeat a record that has ended, as a new session.
    duration_s : float or None
        Seconds of ECG a patient. Without it the replay ends with the records.
    chunk_s : float
        Seconds of ECG in a chunk.
    """

    speed: float = 1.0
    loop: bool = False
    duration_s: float | None = None
    chunk_s: float = 0.5


class ReplaySummary(NamedTuple):
    """The counts of a replay. ``late_s`` is the largest delay of a chunk."""

    patients: int
    chunks_sent: int
    chunks_failed: int
    seconds: float
    late_s: float


class TimedChunk(NamedTuple):
    """A chunk and its deadline in seconds of the replay. The chunk's own time has the same origin."""

    due_s: float
    chunk: EcgChunk


def replay(
    patients: Sequence[Patient],
    sink: ChunkSink,
    options: ReplayOptions,
    *,
    stop: Stop,
    clock: Clock | None = None,
    on_progress: Callable[[ReplaySummary], None] = lambda _: None,
    journal_file: JournalFile = NO_JOURNAL,
) -> ReplaySummary:
    """Send the chunks of all patients in the order of their deadlines; return when the broker has acknowledged all.

    When ``stop`` is set, every stream ends with its next chunk, which is marked final. If the journal is of a replay
    that did not end, continue it: the same sessions, the same time line, and overdue chunks immediately.

    Raises
    ------
    RecordError
        If a record turns out to be damaged.
    SettingsError
        If the journal can't be read or written.
    """
    clock = clock or SystemClock()
    unfinished = journal_file.read()
    journal = unfinished or new_journal(clock.wall_ns())
    streams = timed_streams(patients, options, journal)
    merged = heapq.merge(*streams, key=lambda timed: timed.due_s)
    upcoming = next(merged, None)  # this reads the first part of every record, so do it before the time line begins
    pace = Pace(clock, unfinished.began_ns if unfinished else None)
    journal = msgspec.structs.replace(journal, began_ns=pace.start_ns)
    journal_file.write(journal, sink.arrived)
    ended: set[str] = set()
    reported_s = 0.0
    try:
        while upcoming is not None and len(ended) < len(patients):
            if options.speed > 0:
                pace.wait_until(upcoming.due_s, stop)
            stopping = stop.is_set()
            if upcoming.chunk.stream_id not in ended:
                sink.send(dated(upcoming.chunk, pace.start_ns, final=stopping))
            if stopping:
                ended.add(upcoming.chunk.stream_id)
            if pace.elapsed_s() - reported_s >= PROGRESS_EVERY_S:
                reported_s = pace.elapsed_s()
                journal_file.write(journal, sink.arrived)
                on_progress(ReplaySummary(len(patients), *sink.delivered(), reported_s, pace.late_s))
            upcoming = next(merged, None)
    except RecordError:
        sink.close()  # one record is damaged; deliver the chunks of the others
        raise
    sent, failed = sink.close()
    if not failed:
        journal_file.remove()
    return ReplaySummary(len(patients), sent, failed, pace.elapsed_s(), pace.late_s)


def timed_streams(patients: Sequence[Patient], options: ReplayOptions, journal: Journal) -> list[Iterator[TimedChunk]]:
    """The undelivered chunks of every patient. The deadlines of different patients differ."""
    apart_s = options.chunk_s / len(patients)
    return [
        timed_chunks(patient, options, index * apart_s, journal.run_id, journal.arrived.get(patient.stream_id, 0))
        for index, patient in enumerate(patients)
    ]


def dated(chunk: EcgChunk, start_ns: int, *, final: bool = False) -> EcgChunk:
    """The chunk with its acquisition time as Unix time, for a replay that began at ``start_ns`` (Unix time)."""
    return msgspec.structs.replace(chunk, acquired_ns=start_ns + chunk.acquired_ns, final=chunk.final or final)


def timed_chunks(
    patient: Patient, options: ReplayOptions, start_s: float = 0.0, run_id: str = "", arrived: int = 0
) -> Iterator[TimedChunk]:
    """The chunks of one patient with their deadlines, session after session, without the first ``arrived``.

    The deadline of a chunk is the time when its last sample is acquired, ``speed`` times faster than it was recorded.
    The ids of the sessions follow from ``run_id``.
    """
    speed = options.speed or 1.0
    left_s = options.duration_s if options.duration_s is not None else float("inf")
    start_sample = patient.start_sample
    n_chunk = samples_a_chunk(patient.source.fs, options.chunk_s)
    for number in itertools.count():
        session_samples = patient.source.n_samples - start_sample
        session_chunks = -(-session_samples // n_chunk)
        skipped, arrived = min(arrived, session_chunks), max(0, arrived - session_chunks)
        if skipped * n_chunk / patient.source.fs >= left_s:
            return
        chunks = record_chunks(
            patient.source,
            stream_id=patient.stream_id,
            session_id=uuid.uuid5(_NAMESPACE, f"{run_id}/{patient.stream_id}/{number}").hex,
            origin=patient.origin,
            chunk_s=options.chunk_s,
            start_sample=start_sample,
            first_sequence=skipped,
        )
        for chunk in chunks:
            session_s = (chunk.first_sample + chunk.n_samples) / chunk.fs
            acquired_s = start_s + chunk.first_sample / chunk.fs / speed
            over = session_s >= left_s
            yield TimedChunk(
                start_s + session_s / speed,
                msgspec.structs.replace(chunk, acquired_ns=round(acquired_s * 1e9), final=chunk.final or over),
            )
            if over:
                return
        session_s = session_samples / patient.source.fs
        if not options.loop or session_s >= left_s:
            return
        start_s += session_s / speed
        left_s -= session_s
        start_sample = 0
