"""The patient monitor: chunks of one patient's ECG in; beats, windows, rhythm, alerts and status out.

Pure: no I/O, no clock, no network is called. Time is sample time. However the signal is cut into chunks, and whenever
the answers come, what comes out is the same, in the order of sample time; a snapshot restored anywhere goes on as if
nothing had been.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.thresholds import Thresholds
from processors.monitor import session, signal_path
from processors.monitor.chunk_order import CONFLICT_AFTER_S, ChunkCounts, ChunkOrder, Piece, Refused
from processors.monitor.model_requests import ModelAnswer, ModelRequest
from processors.monitor.monitor_events import ConflictChanged, MonitorEvent, SettingsChanged, limits_of
from processors.monitor.rhythm.conditions import Condition, RhythmLimits
from processors.monitor.session import QueuedEvent, Session
from wardbeat.care.admissions import PatientSettings
from wardbeat.contracts.messages import DISPLAY_FS_HZ, EcgChunk, Strip
from wardbeat.ecg.qrs.detector import RING
from wardbeat.ecg.qrs.network import QrsNetwork
from wardbeat.ecg.units import chunk_millivolts, ring_strip
from wardbeat.errors import MonitorError

SNAPSHOT_VERSION = 6

Output = session.Output | Strip | Refused


class MonitorConfig(msgspec.Struct, frozen=True):
    """What a monitor can be told: the thresholds of its rules."""

    limits: RhythmLimits = RhythmLimits()


def config_of(thresholds: Thresholds) -> MonitorConfig:
    """What a monitor is told when a bundle is in service: what its networks' answers mean."""
    return MonitorConfig(limits=RhythmLimits(anomaly_p=thresholds.anomaly_p_abnormal))


class Step(NamedTuple):
    """What taking something in led to."""

    requests: list[ModelRequest]
    outputs: list[Output]


class _State(msgspec.Struct):
    version: int
    stream_id: str
    config: MonitorConfig
    ordering: ChunkOrder
    current: Session | None = None
    ended: list[Session] = []
    """Former sessions whose last answers have not come yet."""
    next_id: int = 0
    strip_from: int = 0
    settings: PatientSettings = PatientSettings()
    conflict: bool = False
    """Whether the session in service has been told that two devices send."""


class PatientMonitor:
    """Watches one patient's ECG.

    Parameters
    ----------
    stream_id : str
        Whose.
    qrs : QrsNetwork
        Weights of the network in the signal path; no part of a snapshot.
    config : MonitorConfig, optional
        Thresholds.
    counts : ChunkCounts, optional
        Counts on what becomes of the chunks; the host's, and no part of a snapshot.
    """

    def __init__(
        self,
        stream_id: str,
        qrs: QrsNetwork,
        config: MonitorConfig = MonitorConfig(),
        counts: ChunkCounts | None = None,
    ) -> None:
        self._state = _State(SNAPSHOT_VERSION, stream_id, config, ChunkOrder())
        self._qrs = qrs
        self.counts = counts or ChunkCounts()

    @property
    def stream_id(self) -> str:
        return self._state.stream_id

    @property
    def config(self) -> MonitorConfig:
        return self._state.config

    @property
    def settings(self) -> PatientSettings:
        """What it was told of its patient last."""
        return self._state.settings

    def take_chunk(self, chunk: EcgChunk) -> Step:
        """Take a chunk in, in whatever order it comes; one that has no place in the signal is among the outputs.

        Raises
        ------
        MonitorError
            If the chunk belongs to another stream.
        """
        state = self._state
        if chunk.stream_id != state.stream_id:
            raise MonitorError(f"chunk of stream {chunk.stream_id!r} given to the monitor of {state.stream_id!r}")
        steps = [
            Step([], [taken]) if isinstance(taken, Refused) else self._take_piece(taken)
            for taken in state.ordering.take(chunk, self.counts)
        ]
        if state.ordering.conflict != state.conflict:
            steps.append(self._change_conflict())
        return steps[0] if len(steps) == 1 else _one_after_the_other(steps)

    def set_patient(self, settings: PatientSettings) -> Step:
        """Go on by these settings from the next sample on; with another admission id, anew: it is another patient."""
        state = self._state
        former, state.settings = state.settings, settings
        if settings == former or state.current is None:
            return Step([], [])
        if settings.admission_id != former.admission_id:
            requests = self._end_session()
            step = self._advance()
            return Step(requests + step.requests, step.outputs)
        return self._enqueue_event(state.current, self._settings_changed(state.current))

    def take_answers(self, answers: Iterable[ModelAnswer]) -> Step:
        """Take answers in, in any order and any number at a time.

        Raises
        ------
        MonitorError
            If an answer is to no request that is open.
        """
        state = self._state
        live = [*state.ended, state.current] if state.current else state.ended
        asked = {waiting.request_id: waiting for session in live for waiting in session.queue}
        for answer in answers:
            waiting = asked.get(answer.request_id)
            if waiting is None:
                raise MonitorError(f"stream {state.stream_id!r}: answer {answer.request_id} is to no open request")
            waiting.answer = answer.outputs
        return self._advance()

    def pending_requests(self) -> list[ModelRequest]:
        """The requests that wait for an answer: what a host asks first after a restore."""
        state = self._state
        live = [*state.ended, state.current] if state.current else state.ended
        return [request for session in live for request in session.pending()]

    def snapshot(self) -> bytes:
        """All state as bytes."""
        return msgspec.msgpack.encode(self._state, enc_hook=_array_to_builtins)

    @classmethod
    def restore(cls, data: bytes, qrs: QrsNetwork, counts: ChunkCounts | None = None) -> "PatientMonitor":
        """A monitor that goes on where a snapshot was taken, with the network that it had.

        Raises
        ------
        MonitorError
            If the bytes are no snapshot of this version.
        """
        try:
            version = msgspec.msgpack.decode(data, type=_Version).version
            if version != SNAPSHOT_VERSION:
                raise MonitorError(f"snapshot version {version} is not {SNAPSHOT_VERSION}; start the monitor anew")
            state = msgspec.msgpack.decode(data, type=_State, dec_hook=_array_from_builtins)
        except msgspec.DecodeError as error:
            raise MonitorError(f"no snapshot of a monitor ({error}); start the monitor anew") from error
        monitor = cls(state.stream_id, qrs, state.config, counts)
        monitor._state = state
        return monitor

    def _take_piece(self, piece: Piece) -> Step:
        state, chunk = self._state, piece.chunk
        requests: list[ModelRequest] = []
        session, gap = state.current, piece.gap
        if piece.restart or session is None:
            requests += self._end_session()
            session, gap = self._begin_session(piece), 0
        first_ns = chunk.acquired_ns + int(piece.skip / chunk.fs * 1e9)
        if gap:
            missing = np.full((chunk.n_leads, gap), np.nan)
            requests += self._feed(session, missing, first_ns - int(1e9 / chunk.fs))
        last_ns = chunk.acquired_ns + int((chunk.n_samples - 1) / chunk.fs * 1e9)
        requests += self._feed(session, chunk_millivolts(chunk)[:, piece.skip :], last_ns)
        strips = self._strip(session, last_ns)
        if chunk.final:
            events = signal_path.flush(session.path, self._qrs, last_ns, chunk.fs)
            requests += self._number(session.enqueue(events, state.next_id))
        step = self._advance()
        return Step(requests + step.requests, [*strips, *step.outputs])

    def _feed(self, session: Session, p_signal: NDArray[np.float64], last_ns: int) -> list[ModelRequest]:
        session.newest_ns = last_ns
        events = signal_path.take_samples(session.path, self._qrs, p_signal, last_ns, session.fs)
        return self._number(session.enqueue(events, self._state.next_id))

    def _number(self, requests: list[ModelRequest]) -> list[ModelRequest]:
        self._state.next_id += len(requests)
        return requests

    def _begin_session(self, piece: Piece) -> Session:
        """A session without any past, which says first of all by what settings it is watched."""
        state = self._state
        session = _new_session(state.stream_id, piece)
        session.queue.append(QueuedEvent(self._settings_changed(session)))
        state.current = session
        state.strip_from = 0
        state.conflict = False
        return session

    def _settings_changed(self, session: Session) -> SettingsChanged:
        limits = limits_of(self._state.config.limits, self._state.settings)
        return SettingsChanged(session.next_sample, self._state.settings, limits)

    def _change_conflict(self) -> Step:
        state, session = self._state, self._state.current
        state.conflict = state.ordering.conflict
        if session is None:
            return Step([], [])
        rule = "new signal of another device"
        received_s = round(state.ordering.rival.received_s, 1)
        condition = Condition("source_conflict", session.path.k, rule, received_s, CONFLICT_AFTER_S, "s")
        return self._enqueue_event(session, ConflictChanged(condition if state.conflict else None))

    def _enqueue_event(self, session: Session, event: MonitorEvent) -> Step:
        session.queue.append(QueuedEvent(event))
        return self._advance()

    def _end_session(self) -> list[ModelRequest]:
        """The session that was is over: what it still holds is asked, and its alerts end with it."""
        state = self._state
        if state.current is None:
            return []
        session, state.current = state.current, None
        events = signal_path.flush(session.path, self._qrs, session.newest_ns, session.fs)
        state.ended.append(session)
        return self._number(session.enqueue(events, state.next_id))

    def _advance(self) -> Step:
        state = self._state
        requests: list[ModelRequest] = []
        outputs: list[Output] = []
        while state.ended:
            asked, decided = state.ended[0].advance(state.next_id)
            requests += self._number(asked)
            outputs += decided
            if state.ended[0].queue:
                return Step(requests, outputs)
            outputs += state.ended.pop(0).end_alerts()
        if state.current:
            asked, decided = state.current.advance(state.next_id)
            requests += self._number(asked)
            outputs += decided
        return Step(requests, outputs)

    def _strip(self, session: Session, last_ns: int) -> list[Strip]:
        """The filtered signal that has come since the last strip, for screens."""
        start, end = self._state.strip_from, session.path.k
        if end <= start:
            return []
        start = max(start, end - RING)
        self._state.strip_from = end
        samples, valid = ring_strip(session.path.qrs.signal, session.path.qrs.valid, start, end)
        joined = round(session.first_sample / session.fs * DISPLAY_FS_HZ)  # where beats count from, too
        behind = session.next_sample - session.native(start)
        return [
            Strip(
                stream_id=session.stream_id,
                session_id=session.session_id,
                start_index=joined + start,
                acquired_ns=last_ns - int(behind / session.fs * 1e9),
                sig_name=session.sig_name,
                samples=samples,
                valid=valid,
            )
        ]


def _one_after_the_other(steps: list[Step]) -> Step:
    return Step(
        [request for step in steps for request in step.requests], [out for step in steps for out in step.outputs]
    )


class _Version(msgspec.Struct):
    version: int


def _new_session(stream_id: str, piece: Piece) -> Session:
    chunk = piece.chunk
    return Session(
        stream_id=stream_id,
        session_id=chunk.session_id,
        origin=chunk.origin,
        fs=chunk.fs,
        sig_name=chunk.sig_name,
        first_sample=chunk.first_sample + piece.skip,
        path=signal_path.new_signal_path(chunk.fs, chunk.sig_name),
    )


def _array_to_builtins(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        descr = value.dtype.descr if value.dtype.names else value.dtype.str
        return (descr, value.shape, value.tobytes())
    raise TypeError(f"{type(value).__name__} has no place in a snapshot")


def _array_from_builtins(_type: Any, value: Any) -> Any:
    descr, shape, data = value
    dtype = np.dtype(descr if isinstance(descr, str) else [tuple(field) for field in descr])
    return np.frombuffer(data, dtype=dtype).reshape(shape).copy()
