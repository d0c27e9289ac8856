"""Many patients' monitors, and their questions to the networks put together in batches."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from processors.monitor.chunk_order import ChunkCounts
from processors.monitor.model_requests import ModelAnswer, ModelRequest
from processors.monitor.patient_monitor import MonitorConfig, Output, PatientMonitor, Step
from processors.ward.failures import MonitorFailed
from wardbeat.care.admissions import PatientSettings
from wardbeat.contracts.messages import EcgChunk
from wardbeat.ecg.qrs.network import QrsNetwork
from wardbeat.errors import MonitorError

WardOutput = Output | MonitorFailed

_Taken = TypeVar("_Taken")
_Asked = list[tuple[PatientMonitor, ModelRequest]]


class Networks(Protocol):
    """Whatever answers a batch, arrays by name and the batch axis first, and the weights that each monitor runs."""

    @property
    def qrs(self) -> QrsNetwork: ...

    def run(self, network: str, inputs: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]: ...


class _Snapshot(msgspec.Struct, frozen=True, array_like=True):
    """A monitor as it was, and the settings that it was told right then."""

    settings: PatientSettings
    monitor: bytes


class Ward:
    """The monitors of a worker's patients.

    Parameters
    ----------
    networks : Networks
        Asked in batches over all patients.
    config : MonitorConfig, optional
        Of every monitor.
    on_failure : callable, optional
        Told the stream and the error when a monitor fails. Among the outputs is a :class:`MonitorFailed` then, another
        monitor starts with the next chunk, and no other patient notices. Without it the error is raised: offline a
        failure has to be seen.
    counts : dict, optional
        Where what becomes of each stream's chunks here is counted, by stream.
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
        """Take chunks in and give all that follows from them, each patient's in the order of sample time."""
        outputs: list[WardOutput] = []
        asked: _Asked = []
        for chunk in chunks:
            self._newest[chunk.stream_id] = chunk
            monitor = self._monitors.get(chunk.stream_id)
            if monitor is None:
                counts = self._counts_of(chunk.stream_id)
                monitor = PatientMonitor(chunk.stream_id, self._networks.qrs, self._config, counts)
                monitor.set_patient(self._patients.get(chunk.stream_id, PatientSettings()))
                self._monitors[chunk.stream_id] = monitor
            asked += self._step(monitor, monitor.take_chunk, chunk, outputs)
        return outputs + self._settle(asked)

    def set_patients(self, patients: Mapping[str, PatientSettings], later: Collection[str] = ()) -> list[WardOutput]:
        """Watch every stream by these settings from its next sample on, and give all that follows from it.

        Those in ``later`` go on by what they were told before; they have to be told another time.
        """
        self._patients = patients
        outputs: list[WardOutput] = []
        asked: _Asked = []
        for stream_id, monitor in list(self._monitors.items()):
            if stream_id in later:
                continue
            settings = patients.get(stream_id, PatientSettings())
            asked += self._step(monitor, monitor.set_patient, settings, outputs)
        return outputs + self._settle(asked)

    def outdated(self, patients: Mapping[str, PatientSettings]) -> list[str]:
        """The streams whose monitors go by other settings than these."""
        return [
            stream_id
            for stream_id, monitor in self._monitors.items()
            if monitor.settings != patients.get(stream_id, PatientSettings())
        ]

    def snapshots(
        self, stream_ids: Iterable[str], next_settings: Mapping[str, PatientSettings] | None = None
    ) -> dict[str, bytes]:
        """The monitors of these streams as they are, those that there are; between two calls nothing is open.

        ``next_settings`` are the settings that every patient gets next: a restored monitor gets them first of all.
        """
        kept = {}
        for monitor in [self._monitors[stream_id] for stream_id in stream_ids if stream_id in self._monitors]:
            settings = (
                monitor.settings if next_settings is None else next_settings.get(monitor.stream_id, PatientSettings())
            )
            kept[monitor.stream_id] = msgspec.msgpack.encode(_Snapshot(settings, monitor.snapshot()))
        return kept

    def restore(self, snapshots: Mapping[str, bytes]) -> list[WardOutput]:
        """Go on with monitors from their snapshots, and give all that follows from what they are told first.

        One that can't be restored, or was made for other thresholds, is told of as a failure and begins anew.
        """
        outputs: list[WardOutput] = []
        asked: _Asked = []
        for stream_id, data in snapshots.items():
            try:
                monitor, settings = self._restored(stream_id, data)
            except Exception as error:
                if self._on_failure is None:
                    raise
                self._on_failure(stream_id, error)
                continue
            self._monitors[stream_id] = monitor
            asked += self._step(monitor, monitor.set_patient, settings, outputs)
        return outputs + self._settle(asked)

    def has(self, stream_id: str) -> bool:
        """Whether the stream has a monitor."""
        return stream_id in self._monitors

    def _restored(self, stream_id: str, data: bytes) -> tuple[PatientMonitor, PatientSettings]:
        try:
            snapshot = msgspec.msgpack.decode(data, type=_Snapshot)
        except msgspec.DecodeError as error:
            raise MonitorError(f"no snapshot ({error}); the monitor begins anew") from error
        monitor = PatientMonitor.restore(snapshot.monitor, self._networks.qrs, self._counts_of(stream_id))
        if monitor.config != self._config:
            raise MonitorError("the snapshot is of a monitor with other thresholds (another bundle); it begins anew")
        return monitor, snapshot.settings

    def _settle(self, asked: _Asked) -> list[WardOutput]:
        """Ask until nothing is open."""
        outputs: list[WardOutput] = []
        while asked:
            answers = self._answer(asked)
            asked = []
            for monitor, answered in answers.items():
                if self._monitors.get(monitor.stream_id) is not monitor:
                    continue  # it failed meanwhile
                asked += self._step(monitor, monitor.take_answers, answered, outputs)
        return outputs

    def drop(self, stream_id: str) -> None:
        """Forget a patient who is another worker's now."""
        self._monitors.pop(stream_id, None)
        self._newest.pop(stream_id, None)

    def _counts_of(self, stream_id: str) -> ChunkCounts:
        return self.counts.setdefault(stream_id, ChunkCounts())

    def _step(
        self, monitor: PatientMonitor, take: Callable[[_Taken], Step], taken: _Taken, outputs: list[WardOutput]
    ) -> _Asked:
        """Let a monitor take something in: what it asks; what comes out of it is put behind ``outputs``."""
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
        """The failure by the newest chunk; one that was restored and has heard nothing yet just begins anew."""
        del self._monitors[stream_id]
        newest = self._newest.get(stream_id)
        if newest is None:
            return []
        end = newest.first_sample + newest.n_samples
        return [MonitorFailed(stream_id, newest.session_id, newest.origin, end, newest.fs, type(error).__name__)]

    def _answer(self, asked: _Asked) -> dict[PatientMonitor, list[ModelAnswer]]:
        """Ask each network once, with the rows of all patients."""
        answers: dict[PatientMonitor, list[ModelAnswer]] = {}
        rows_of: dict[str, list[tuple[list[ModelAnswer], ModelRequest]]] = {}
        for monitor, request in asked:
            rows_of.setdefault(request.network, []).append((answers.setdefault(monitor, []), request))
        for network, rows in sorted(rows_of.items()):
            names = rows[0][1].inputs
            batch = {name: _batch([request.inputs[name] for _, request in rows]) for name in names}
            results = self._networks.run(network, batch)
            for row, (answered, request) in enumerate(rows):
                outputs = {name: result[row] for name, result in results.items()}
                answered.append(ModelAnswer(request.request_id, outputs))
        return answers


def _batch(rows: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Rows of one shape under each other, a batch axis first; numpy's ``stack`` makes a view of each row before."""
    return np.concatenate(rows).reshape(len(rows), *rows[0].shape)
