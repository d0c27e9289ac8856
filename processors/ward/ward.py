"""The monitors of many patients, with their answers from common batches (see ``network_batches``)."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeVar

import msgspec

from processors.monitor.chunk_order import ChunkCounts
from processors.monitor.patient_monitor import MonitorConfig, Output, PatientMonitor, Step
from processors.ward.failures import MonitorFailed
from processors.ward.network_batches import MonitorRequest, Networks, answer_requests
from wardbeat.care.admissions import PatientSettings
from wardbeat.care.ward_defaults import settings_for
from wardbeat.contracts.messages import EcgChunk
from wardbeat.errors import MonitorError

WardOutput = Output | MonitorFailed

_Input = TypeVar("_Input")


class _Snapshot(msgspec.Struct, frozen=True, array_like=True):
    """A monitor's snapshot, and the settings that a restored monitor gets first."""

    settings: PatientSettings
    monitor: bytes


class Ward:
    """The monitors of a worker's patients.

    Parameters
    ----------
    networks : Networks
        They run in batches over all patients.
    config : MonitorConfig, optional
        Configuration of every monitor.
    on_failure : callable, optional
        Called with the stream id and the error when a monitor fails. Then the outputs contain a :class:`MonitorFailed`,
        a new monitor starts with the next chunk, and other patients are not affected. Without this callback the ward
        raises the error: offline, a failure must not go unnoticed.
    counts : dict, optional
        By stream: the counts of what happened to its chunks.
    """

    def __init__(
        self,
        networks: Networks,
        config: MonitorConfig = MonitorConfig(),
        on_failure: Callable[[str, Exception], None] | None = None,
        counts: dict[str, ChunkCounts] | None = None,
    ) -> None:
        self._networks = networks
        self._config = config
        self._on_failure = on_failure
        self._monitors: dict[str, PatientMonitor] = {}
        self._newest: dict[str, EcgChunk] = {}
        self.counts = {} if counts is None else counts
        self._patients: Mapping[str, PatientSettings] = {}

    def take(self, chunks: Iterable[EcgChunk]) -> list[WardOutput]:
        """Take in chunks and return all outputs that follow, those of each patient in the order of sample time."""
        outputs: list[WardOutput] = []
        requests: list[MonitorRequest] = []
        for chunk in chunks:
            self._newest[chunk.stream_id] = chunk
            monitor = self._monitors.get(chunk.stream_id)
            if monitor is None:
                monitor = self._new_monitor(chunk.stream_id)
            requests += self._step(monitor, monitor.take_chunk, chunk, outputs)
        return outputs + self._answer_all(requests)

    def set_patients(self, patients: Mapping[str, PatientSettings], later: Collection[str] = ()) -> list[WardOutput]:
        """Apply these settings (:func:`settings_for`) to every stream from its next sample on; all outputs that follow.

        Streams in ``later`` keep their settings for now; call this again for them.
        """
        self._patients = patients
        outputs: list[WardOutput] = []
        requests: list[MonitorRequest] = []
        for stream_id, monitor in list(self._monitors.items()):
            if stream_id in later:
                continue
            settings = settings_for(patients, stream_id)
            requests += self._step(monitor, monitor.set_patient, settings, outputs)
        return outputs + self._answer_all(requests)

    def outdated(self, patients: Mapping[str, PatientSettings]) -> list[str]:
        """The streams whose monitors have other settings than these."""
        return [
            stream_id
            for stream_id, monitor in self._monitors.items()
            if monitor.settings != settings_for(patients, stream_id)
        ]

    def snapshots(
        self, stream_ids: Iterable[str], next_settings: Mapping[str, PatientSettings] | None = None
    ) -> dict[str, bytes]:
        """The snapshots of the monitors of these streams; a stream without a monitor has none.

        Between two calls of the ward no request is open. ``next_settings`` are the settings that every patient gets
        next: a restored monitor gets them before any chunk.
        """
        snapshots = {}
        for monitor in [self._monitors[stream_id] for stream_id in stream_ids if stream_id in self._monitors]:
            settings = monitor.settings if next_settings is None else settings_for(next_settings, monitor.stream_id)
            snapshots[monitor.stream_id] = msgspec.msgpack.encode(_Snapshot(settings, monitor.snapshot()))
        return snapshots

    def restore(self, snapshots: Mapping[str, bytes]) -> list[WardOutput]:
        """Go on with monitors from their snapshots, apply their settings, and return all outputs that follow.

        If a monitor cannot be restored, or was made for other thresholds, the ward reports a failure, and a new monitor
        starts with the next chunk.
        """
        outputs: list[WardOutput] = []
        requests: list[MonitorRequest] = []
        for stream_id, data in snapshots.items():
            try:
                monitor, settings = self._restored(stream_id, data)
            except Exception as error:
                if self._on_failure is None:
                    raise
                self._on_failure(stream_id, error)
                continue
            self._monitors[stream_id] = monitor
            requests += self._step(monitor, monitor.set_patient, settings, outputs)
        return outputs + self._answer_all(requests)

    def has(self, stream_id: str) -> bool:
        """Whether the stream has a monitor."""
        return stream_id in self._monitors

    def drop(self, stream_id: str) -> None:
        """Remove the monitor of a patient who belongs to another worker now."""
        self._monitors.pop(stream_id, None)
        self._newest.pop(stream_id, None)

    def _new_monitor(self, stream_id: str) -> PatientMonitor:
        monitor = PatientMonitor(stream_id, self._networks.qrs, self._config, self._counts_of(stream_id))
        monitor.set_patient(settings_for(self._patients, stream_id))
        self._monitors[stream_id] = monitor
        return monitor

    def _restored(self, stream_id: str, data: bytes) -> tuple[PatientMonitor, PatientSettings]:
        try:
            snapshot = msgspec.msgpack.decode(data, type=_Snapshot)
        except msgspec.DecodeError as error:
            raise MonitorError(f"the bytes are no snapshot ({error}); start a new monitor") from error
        monitor = PatientMonitor.restore(snapshot.monitor, self._networks.qrs, self._counts_of(stream_id))
        if monitor.config != self._config:
            raise MonitorError(
                "the snapshot's monitor has other thresholds, those of another bundle; start a new monitor"
            )
        return monitor, snapshot.settings

    def _answer_all(self, requests: list[MonitorRequest]) -> list[WardOutput]:
        """Answer the requests and those that follow from them, until no request is open."""
        outputs: list[WardOutput] = []
        while requests:
            answers = answer_requests(self._networks, requests)
            requests = []
            for monitor, answers_of_monitor in answers.items():
                if self._monitors.get(monitor.stream_id) is not monitor:
                    continue  # it has failed since its request
                requests += self._step(monitor, monitor.take_answers, answers_of_monitor, outputs)
        return outputs

    def _counts_of(self, stream_id: str) -> ChunkCounts:
        return self.counts.setdefault(stream_id, ChunkCounts())

    def _step(
        self, monitor: PatientMonitor, take: Callable[[_Input], Step], taken: _Input, outputs: list[WardOutput]
    ) -> list[MonitorRequest]:
        """Give a monitor its input: append what follows to ``outputs``, and return the monitor's requests."""
        try:
            step = take(taken)
        except Exception as error:
            if self._on_failure is None:
                raise
            self._on_failure(monitor.stream_id, error)
            outputs += self._failed(monitor.stream_id, error)
            return []
        outputs += step.outputs
        return [(monitor, request) for request in step.requests]

    def _failed(self, stream_id: str, error: Exception) -> list[MonitorFailed]:
        """Remove the monitor; report its failure at the newest chunk, if the stream has sent one since a restore."""
        del self._monitors[stream_id]
        newest = self._newest.get(stream_id)
        if newest is None:
            return []
        end = newest.first_sample + newest.n_samples
        return [MonitorFailed(stream_id, newest.session_id, newest.origin, end, newest.fs, type(error).__name__)]
