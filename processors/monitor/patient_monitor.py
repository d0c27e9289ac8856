"""The patient monitor: it takes chunks of one patient's ECG and gives beats, windows, rhythm, alerts and status.

It is pure: no I/O and no clock, and the host runs the networks. Time is sample time. The outputs and their order (that
of sample time) do not depend on the borders of the chunks or on when the answers come. A monitor that is restored from
a snapshot gives the same outputs as one that ran on.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.thresholds import Thresholds
from processors.monitor import session, signal_path
from processors.monitor.chunk_order import CONFLICT_AFTER_S, ChunkCounts, ChunkOrder, Piece, Refused
from processors.monitor.model_requests import ModelAnswer, ModelRequest, QueuedEvent
from processors.monitor.monitor_events import ConflictChanged, MonitorEvent, SettingsChanged, limits_of
from processors.monitor.rhythm.conditions import Condition, RhythmLimits
from processors.monitor.session import Session
from wardbeat.care.admissions import PatientSettings
from wardbeat.contracts import codec
from wardbeat.contracts.messages import DISPLAY_FS_HZ, EcgChunk, Strip
from wardbeat.ecg.qrs.network import QrsNetwork
from wardbeat.ecg.qrs.state import RING_SAMPLES
from wardbeat.ecg.units import chunk_millivolts, ring_strip
from wardbeat.errors import MonitorError

Output = session.Output | Strip | Refused
SNAPSHOT_VERSION = 9
"""Raise it when the state or the meaning of a field changes: older snapshots are refused, and patients learnt again."""


class MonitorConfig(msgspec.Struct, frozen=True):
    """The configuration of a monitor: the thresholds of its rules."""

    limits: RhythmLimits = RhythmLimits()


def config_of(thresholds: Thresholds) -> MonitorConfig:
    """The configuration for a bundle of networks, which brings the thresholds of its answers."""
    return MonitorConfig(limits=RhythmLimits(anomaly_p=thresholds.anomaly_p_abnormal))


class Step(NamedTuple):
    """What an input led to: requests to the networks, and outputs."""

    requests: list[ModelRequest]
    outputs: list[Output]


class _Version(msgspec.Struct):
    version: int


class _State(msgspec.Struct):
    version: int
    stream_id: str
    config: MonitorConfig
    chunk_order: ChunkOrder
    current: Session | None = None
    ended: list[Session] = []
    """Earlier sessions that wait for their last answers."""
    next_id: int = 0
    strip_from: int = 0
    """250 Hz sample of the current session from which the next strip goes on."""
    settings: PatientSettings = PatientSettings()
    conflict: bool = False
    """Whether the current session knows that two devices send."""


class PatientMonitor:
    """Monitors one patient's ECG.

    Parameters
    ----------
    stream_id : str
        The stream of the patient's bed.
    qrs : QrsNetwork
        Weights of the network in the signal path. A snapshot does not contain them.
    config : MonitorConfig, optional
        Thresholds.
    counts : ChunkCounts, optional
        Counts of what happened to the chunks. They belong to the host; a snapshot does not contain them.
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
        """The newest settings of its patient."""
        return self._state.settings

    def take_chunk(self, chunk: EcgChunk) -> Step:
        """Take in a chunk. Chunks may come in any order; a chunk without a place in the signal is among the outputs.

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
            for taken in state.chunk_order.take(chunk, self.counts)
        ]
        if state.chunk_order.conflict != state.conflict:
            steps.append(self._change_conflict())
        return steps[0] if len(steps) == 1 else _joined(steps)

    def set_patient(self, settings: PatientSettings) -> Step:
        """Apply these settings from the next sample on.

        Another admission id is another patient, and a patient is learnt again with a higher ``relearned``: the session
        ends, and the next sample begins another one.
        """
        state = self._state
        previous, state.settings = state.settings, settings
        if settings == previous or state.current is None:
            return Step([], [])
        if (settings.admission_id, settings.relearned) != (previous.admission_id, previous.relearned):
            requests = self._end_session()
            step = self._advance()
            return Step(requests + step.requests, step.outputs)
        return self._enqueue_event(state.current, self._settings_changed(state.current))

    def take_answers(self, answers: Iterable[ModelAnswer]) -> Step:
        """Take in answers, in any order and any number at a time.

        Raises
        ------
        MonitorError
            If an answer belongs to no open request.
        """
        state = self._state
        live = [*state.ended, state.current] if state.current else state.ended
        open_requests = {queued.request_id: queued for session in live for queued in session.queue}
        for answer in answers:
            queued = open_requests.get(answer.request_id)
            if queued is None:
                raise MonitorError(f"stream {state.stream_id!r}: answer {answer.request_id} belongs to no open request")
            queued.answer = answer.outputs
        return self._advance()

    def snapshot(self) -> bytes:
        """All state as bytes. Requests that are open stay open: their answers may go to the restored monitor."""
        return msgspec.msgpack.encode(self._state, enc_hook=_array_to_builtins)

    @classmethod
    def restore(cls, data: bytes, qrs: QrsNetwork, counts: ChunkCounts | None = None) -> "PatientMonitor":
        """A monitor that goes on where the snapshot was taken. ``qrs`` has to be the network that it had.

        Raises
        ------
        MonitorError
            If the bytes are no snapshot, or one of another version.
        """
        try:
            version = msgspec.msgpack.decode(data, type=_Version).version
            if version != SNAPSHOT_VERSION:
                raise MonitorError(f"snapshot version {version} is not {SNAPSHOT_VERSION}; start a new monitor")
            state = msgspec.msgpack.decode(data, type=_State, dec_hook=_array_from_builtins)
        except msgspec.DecodeError as error:
            raise MonitorError(f"the bytes are no snapshot of a monitor ({error}); start a new monitor") from error
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
            requests += self._count_ids(session.enqueue(events, state.next_id))
        step = self._advance()
        return Step(requests + step.requests, [*strips, *step.outputs])

    def _feed(self, session: Session, p_signal: NDArray[np.float64], last_ns: int) -> list[ModelRequest]:
        session.newest_ns = last_ns
        events = signal_path.take_samples(session.path, self._qrs, p_signal, last_ns, session.fs)
        return self._count_ids(session.enqueue(events, self._state.next_id))

    def _count_ids(self, requests: list[ModelRequest]) -> list[ModelRequest]:
        """The same requests, after their ids have been counted as used."""
        self._state.next_id += len(requests)
        return requests

    def _begin_session(self, piece: Piece) -> Session:
        """A session without any past. Its first event applies the patient's settings."""
        state = self._state
        session = _new_session(state.stream_id, piece)
        session.queue.append(QueuedEvent(self._settings_changed(session)))
        state.current = session
        state.strip_from = 0
        state.conflict = False
        return session

    def _settings_changed(self, session: Session) -> SettingsChanged:
        limits = limits_of(self._state.config.limits, self._state.settings)
        session.path.pacing.on = limits.paced
        return SettingsChanged(session.next_sample, self._state.settings, limits)

    def _change_conflict(self) -> Step:
        state, session = self._state, self._state.current
        state.conflict = state.chunk_order.conflict
        if session is None:
            return Step([], [])
        rule = "new signal of another device"
        received_s = round(state.chunk_order.second_device.received_s, 1)
        condition = Condition("source_conflict", session.path.k, rule, received_s, CONFLICT_AFTER_S, "s")
        return self._enqueue_event(session, ConflictChanged(condition if state.conflict else None))

    def _enqueue_event(self, session: Session, event: MonitorEvent) -> Step:
        session.queue.append(QueuedEvent(event))
        return self._advance()

    def _end_session(self) -> list[ModelRequest]:
        """End the current session. It stays among the ended ones until its last answers have come."""
        state = self._state
        if state.current is None:
            return []
        session, state.current = state.current, None
        events = signal_path.flush(session.path, self._qrs, session.newest_ns, session.fs)
        state.ended.append(session)
        return self._count_ids(session.enqueue(events, state.next_id))

    def _advance(self) -> Step:
        state = self._state
        requests: list[ModelRequest] = []
        outputs: list[Output] = []
        while state.ended:
            new_requests, decided = state.ended[0].advance(state.next_id)
            requests += self._count_ids(new_requests)
            outputs += decided
            if state.ended[0].queue:
                return Step(requests, outputs)
            outputs += state.ended.pop(0).end_alerts()
        if state.current:
            new_requests, decided = state.current.advance(state.next_id)
            requests += self._count_ids(new_requests)
            outputs += decided
        return Step(requests, outputs)

    def _strip(self, session: Session, last_ns: int) -> list[Strip]:
        """The filtered signal since the last strip, for screens."""
        start, end = self._state.strip_from, session.path.k
        if end <= start:
            return []
        start = max(start, end - RING_SAMPLES)
        self._state.strip_from = end
        samples, valid = ring_strip(session.path.qrs.signal, session.path.qrs.valid, start, end)
        joined = round(session.first_sample / session.fs * DISPLAY_FS_HZ)  # beats count from the same sample
        behind = session.next_sample - session.native(start)
        return [
            Strip(
                stream_id=session.stream_id,
                session_id=session.session_id,
                start_index=min(joined + start, codec.MAX_COUNT),  # below 250 Hz it may exceed the codec's range
                acquired_ns=last_ns - int(behind / session.fs * 1e9),
                sig_name=session.sig_name,
                samples=samples,
                valid=valid,
            )
        ]


def _joined(steps: list[Step]) -> Step:
    return Step(
        [request for step in steps for request in step.requests], [out for step in steps for out in step.outputs]
    )


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
        left_out=chunk.left_out,
    )


def _array_to_builtins(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        descr = value.dtype.descr if value.dtype.names else value.dtype.str
        return (descr, value.shape, value.tobytes())
    raise TypeError(f"a snapshot cannot contain a {type(value).__name__}")


def _array_from_builtins(_type: Any, value: Any) -> Any:
    descr, shape, data = value
    dtype = np.dtype(descr if isinstance(descr, str) else [tuple(field) for field in descr])
    return np.frombuffer(data, dtype=dtype).reshape(shape).copy()
