"""Captures training data from the live monitor: the inputs that it gives to the networks, with labels.

The record runs through the same ward code as in service, and we store the inputs of the networks. So the networks are
fitted on the same inputs as in service: the monitor's own R peaks, its causal filters, its running baselines.
"""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.inputs import INPUT_SHAPES, OUTPUT_SHAPES
from models.runtime import ServedNetwork
from processors.ward.network_batches import Networks
from processors.ward.ward import Ward
from training.data.labels import match_beats, window_labels
from wardbeat.atomic_files import atomic_file
from wardbeat.contracts.messages import SYMBOLS, Beat, Window
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.io.annotations import read_beats, read_rhythms
from wardbeat.ecg.io.records import open_record
from wardbeat.ecg.qrs.network import QrsNetwork, from_npz

Arrays = dict[str, NDArray[np.float32]]
CHUNKS_PER_BATCH = 120
"""One minute of signal, so that the networks get large batches. The outputs do not depend on it."""


class BeatRows(NamedTuple):
    """Inputs of the beat network, with class (:mod:`training.data.labels`), index of the record, and R peak in s."""

    inputs: Arrays
    label: NDArray[np.int8]
    record: NDArray[np.int32]
    t_s: NDArray[np.float64]

    def take(self, rows: NDArray[Any]) -> "BeatRows":
        """The rows that a mask or an index array selects."""
        inputs = {name: array[rows] for name, array in self.inputs.items()}
        return BeatRows(inputs, self.label[rows], self.record[rows], self.t_s[rows])


class WindowRows(NamedTuple):
    """Inputs of the window network: whether abnormal, whether surely normal, index of the record, end in s."""

    inputs: Arrays
    abnormal: NDArray[np.bool_]
    normal: NDArray[np.bool_]
    record: NDArray[np.int32]
    t_s: NDArray[np.float64]

    def take(self, rows: NDArray[Any]) -> "WindowRows":
        """The rows that a mask or an index array selects."""
        inputs = {name: array[rows] for name, array in self.inputs.items()}
        return WindowRows(inputs, self.abnormal[rows], self.normal[rows], self.record[rows], self.t_s[rows])


class MissedRows(NamedTuple):
    """Reference beats that the monitor missed: class, index of the record, time in s."""

    label: NDArray[np.int8]
    record: NDArray[np.int32]
    t_s: NDArray[np.float64]


class Captured(NamedTuple):
    """Everything captured over some records; ``record`` in the rows is the index of the record in the given order."""

    beats: BeatRows
    windows: WindowRows
    missed: MissedRows


class ConstantNetworks:
    """Networks with constant outputs ("nothing is abnormal"), which is enough to capture the monitor's inputs.

    Parameters
    ----------
    qrs : QrsNetwork
        A real network, because it detects the beats.
    beat : ServedNetwork, optional
        A real beat network; without it every beat is normal.
    """

    def __init__(self, qrs: QrsNetwork, beat: ServedNetwork | None = None) -> None:
        self.qrs = qrs
        self._beat = beat

    def run(self, network: str, inputs: Arrays) -> Arrays:
        """The outputs of the beat network if there is one; otherwise constant outputs."""
        if network == "beat" and self._beat:
            return self._beat.run(inputs)
        n = len(next(iter(inputs.values())))
        outputs = {name: np.zeros((n, *shape), np.float32) for name, shape in OUTPUT_SHAPES[network].items()}
        if "probabilities" in outputs:
            outputs["probabilities"][:, 0] = 1.0
        return outputs


def capture_networks(qrs: Path, beat: Path | None = None) -> ConstantNetworks:
    """The networks for a capture, from the files of a QRS network and, if fitted already, of a beat network."""
    return ConstantNetworks(
        from_npz(qrs.read_bytes()), ServedNetwork("beat", beat.read_bytes(), str(beat)) if beat else None
    )


class RecordingNetworks:
    """Passes inputs to other networks and records them."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self.qrs = networks.qrs
        self._recorded: dict[str, list[Arrays]] = {network: [] for network in INPUT_SHAPES}

    def run(self, network: str, inputs: Arrays) -> Arrays:
        """The outputs of the other networks."""
        self._recorded[network].append(inputs)
        return self._networks.run(network, inputs)

    def rows(self, network: str) -> Arrays:
        """All recorded inputs of one network, in order."""
        calls = self._recorded[network]
        return {
            name: np.concatenate([inputs[name] for inputs in calls]) if calls else np.zeros((0, *shape), np.float32)
            for name, shape in INPUT_SHAPES[network].items()
        }


def capture_record(path: Path, networks: Networks, index: int = 0) -> Captured:
    """Run the monitor over one record and label its network inputs; ``index`` is the record's index in the rows.

    Raises
    ------
    RecordError
        If the record or its reference annotations can't be read.
    """
    record, beats, rhythms = open_record(path), read_beats(path), read_rhythms(path)
    recorder = RecordingNetworks(networks)
    ward = Ward(recorder)
    chunks = record_chunks(record, stream_id="capture", session_id=record.name, origin="replay")
    outputs = []
    while batch := list(islice(chunks, CHUNKS_PER_BATCH)):
        outputs += ward.take(batch)
    # Each row of network inputs leads to one output of the monitor, in the order of sample time.
    r_samples = [output.sample for output in outputs if isinstance(output, Beat)]
    windows = [(output.start_sample, output.end_sample) for output in outputs if isinstance(output, Window)]
    beat_inputs, window_inputs = recorder.rows("beat"), recorder.rows("window")
    if (len(r_samples), len(windows)) != (len(beat_inputs["waveform"]), len(window_inputs["signal"])):
        raise AssertionError(f"{path}: the numbers of network inputs and of monitor outputs differ")
    label, missed = match_beats(r_samples, beats, rhythms, record.fs)
    abnormal, normal = window_labels(windows, beats, rhythms)
    return Captured(
        BeatRows(
            beat_inputs,
            label,
            np.full(len(r_samples), index, np.int32),
            np.array(r_samples, np.float64) / record.fs,
        ),
        WindowRows(
            window_inputs,
            abnormal,
            normal,
            np.full(len(windows), index, np.int32),
            np.array([end for _, end in windows], np.float64) / record.fs,
        ),
        MissedRows(
            np.array([SYMBOLS.index(beat.symbol) for beat in missed], np.int8),
            np.full(len(missed), index, np.int32),
            np.array([beat.sample for beat in missed], np.float64) / record.fs,
        ),
    )


def save_captured(file: Path, captured: Captured) -> None:
    """Write the captured data of one record; the file is complete or not there at all."""
    arrays: dict[str, NDArray[Any]] = {}
    for part, rows in (("beats", captured.beats), ("windows", captured.windows), ("missed", captured.missed)):
        for name, value in rows._asdict().items():
            arrays |= (
                {f"{part}/{name}/{key}": array for key, array in value.items()}
                if isinstance(value, dict)
                else {f"{part}/{name}": value}
            )
    with atomic_file(file) as temporary, temporary.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def load_captured(files: Sequence[Path]) -> Captured:
    """The captured data of some records; ``record`` in the rows is the index of the file in the given order."""
    captured = [_load(file, index) for index, file in enumerate(files)]
    return Captured(
        BeatRows(*_join([one.beats for one in captured])),
        WindowRows(*_join([one.windows for one in captured])),
        MissedRows(*_join([one.missed for one in captured])),
    )


def _load(file: Path, index: int) -> Captured:
    with np.load(file) as stored:
        arrays = {name: stored[name] for name in stored.files}
    parts: dict[str, dict[str, Any]] = {"beats": {"inputs": {}}, "windows": {"inputs": {}}, "missed": {}}
    for name, array in arrays.items():
        match name.split("/"):
            case [part, "inputs", key]:
                parts[part]["inputs"][key] = array
            case [part, "record"]:
                parts[part]["record"] = np.full(len(array), index, np.int32)
            case [part, field]:
                parts[part][field] = array
    return Captured(
        BeatRows(**parts["beats"]),
        WindowRows(**parts["windows"]),
        MissedRows(**parts["missed"]),
    )


def _join(parts: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Concatenate rows of the same kind, field by field."""
    return [_join_field(list(values)) for values in zip(*parts, strict=True)]


def _join_field(values: list[Any]) -> Any:
    if isinstance(values[0], dict):
        return {name: np.concatenate([arrays[name] for arrays in values]) for name in values[0]}
    return np.concatenate(values)
