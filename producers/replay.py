"""Patients into a sink, each chunk when its last sample would have been acquired."""

import heapq
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from producers.pacing import Clock, Pace, Stop, SystemClock
from producers.patients import Patient
from producers.sink import ChunkSink
from wardbeat.ecg.records import record_chunks
from wardbeat.errors import RecordError
from wardbeat.messages import EcgChunk

PROGRESS_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """How to replay.

    Attributes
    ----------
    speed : float
        1 is real time, 2 twice as fast, 0 as fast as the broker takes it.
    loop : bool
        Begin again at the start of a record that has ended, as a new session.
    duration_s : float or None
        Seconds of ECG a patient; until the records end without it.
    chunk_s : float
        Seconds of ECG a chunk.
    """

    speed: float = 1.0
    loop: bool = False
    duration_s: float | None = None
    chunk_s: float = 0.5


class ReplaySummary(NamedTuple):
    """What a replay did. ``late_s`` is how late the latest chunk was handed over."""

    patients: int
    chunks_sent: int
    chunks_failed: int
    seconds: float
    late_s: float


class TimedChunk(NamedTuple):
    """A chunk and when it is due, in seconds of the replay; its own time counts from there, too."""

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
) -> ReplaySummary:
    """Send all patients' chunks in the order of their deadlines; return when every one is acknowledged.

    When ``stop`` is set, every stream ends with its next chunk, which is marked final.
    """
    offsets = [index / len(patients) * options.chunk_s for index in range(len(patients))]
    streams = [timed_chunks(patient, options, start_s) for patient, start_s in zip(patients, offsets, strict=True)]
    merged = heapq.merge(*streams, key=lambda timed: timed.due_s)
    upcoming = next(merged, None)  # reads the first piece of every record, before the time line begins
    pace = Pace(clock or SystemClock())
    ended: set[str] = set()
    reported_s = 0.0
    try:
        while upcoming is not None and len(ended) < len(patients):
            if options.speed > 0:
                pace.wait_until(upcoming.due_s, stop)
            stopping = stop.is_set()
            if upcoming.chunk.stream_id not in ended:
                sink.send(_dated(upcoming.chunk, pace.start_ns, final=stopping))
            if stopping:
                ended.add(upcoming.chunk.stream_id)
            if pace.elapsed_s() - reported_s >= PROGRESS_EVERY_S:
                reported_s = pace.elapsed_s()
                on_progress(ReplaySummary(len(patients), *sink.delivered(), reported_s, pace.late_s))
            upcoming = next(merged, None)
    except RecordError:
        sink.close()  # one record turned out damaged; what the others have sent shall arrive
        raise
    sent, failed = sink.close()
    return ReplaySummary(len(patients), sent, failed, pace.elapsed_s(), pace.late_s)


def _dated(chunk: EcgChunk, start_ns: int, final: bool) -> EcgChunk:
    return msgspec.structs.replace(chunk, acquired_ns=start_ns + chunk.acquired_ns, final=chunk.final or final)


def timed_chunks(patient: Patient, options: ReplayOptions, start_s: float = 0.0) -> Iterator[TimedChunk]:
    """One patient's chunks with their deadlines, session after session.

    A chunk is due when its last sample has been acquired, ``speed`` times faster than it was recorded.
    """
    speed = options.speed or 1.0
    left_s = options.duration_s if options.duration_s is not None else float("inf")
    start_sample = patient.start_sample
    while True:
        session_s = 0.0
        for chunk in record_chunks(
            patient.source,
            stream_id=patient.stream_id,
            session_id=uuid.uuid4().hex,
            origin=patient.origin,
            chunk_s=options.chunk_s,
            start_sample=start_sample,
        ):
            session_s = (chunk.first_sample + chunk.n_samples) / chunk.fs
            acquired_s = start_s + chunk.first_sample / chunk.fs / speed
            over = session_s >= left_s
            yield TimedChunk(
                start_s + session_s / speed,
                msgspec.structs.replace(chunk, acquired_ns=round(acquired_s * 1e9), final=chunk.final or over),
            )
            if over:
                return
        if not options.loop:
            return
        start_s += session_s / speed
        left_s -= session_s
        start_sample = 0
