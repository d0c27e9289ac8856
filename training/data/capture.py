"""Training data as the live monitor makes them: its own questions to the networks, with labels beside them.

A record goes through the same ward that runs beside beds, and what that asks the networks is written down. So the
networks are fitted on exactly what they will be asked: own R peaks, causal filters, running baselines.
"""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.inputs import INPUT_SHAPES, OUTPUT_SHAPES
from models.runtime import ServedNetwork
from processors.ward.ward import Networks, Ward
from training.data.labels import match_beats, window_labels
from wardbeat.contracts.messages import SYMBOLS, Beat, Window
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.io.annotations import read_beats, read_rhythms
from wardbeat.ecg.io.records import open_record
from wardbeat.ecg.qrs.network import QrsNetwork, from_npz

Arrays = dict[str, NDArray[np.float32]]
CHUNKS_AT_A_TIME = 120
"""A minute of signal: what the monitor says does not depend on it, and the networks like batches."""


class BeatRows(NamedTuple):
    """Questions about beats: the network's inputs, class (:mod:`training.data.labels`), which record, R peak in s."""

    inputs: Arrays
    label: NDArray[np.int8]
    record: NDArray[np.int32]
    t_s: NDArray[np.float64]

    def take(self, rows: NDArray[Any]) -> "BeatRows":
        """Some of the rows, by mask or index."""
        inputs = {name: array[rows] for name, array in self.inputs.items()}
        return BeatRows(inputs, self.label[rows], self.record[rows], self.t_s[rows])


class WindowRows(NamedTuple):
    """Questions about windows: inputs, whether abnormal, whether surely normal, which record, end in s."""

    inputs: Arrays
    abnormal: NDArray[np.bool_]
    normal: NDArray[np.bool_]
    record: NDArray[np.int32]
    t_s: NDArray[np.float64]

    def take(self, rows: NDArray[Any]) -> "WindowRows":
        """Some of the rows, by mask or index."""
        inputs = {name: array[rows] for name, array in self.inputs.items()}
        return WindowRows(inputs, self.abnormal[rows], self.normal[rows], self.record[rows], self.t_s[rows])


class MissedRows(NamedTuple):
    """Reference beats that the monitor found no R peak for: class, which record, time in s."""

    label: NDArray[np.int8]
    record: NDArray[np.int32]
    t_s: NDArray[np.float64]


class Captured(NamedTuple):
    """All that the monitor asked over some records; ``record`` in the rows counts them in the order given."""

    beats: BeatRows
    windows: WindowRows
    missed: MissedRows


class Stub:
    """Answers that nothing is abnormal, and without a beat network every beat normal: enough to hear what is asked.

    Parameters
    ----------
    qrs : QrsNetwork
        Finds the beats.
    beat : ServedNetwork, optional
        Answers them.
    """

    def __init__(self, qrs: QrsNetwork, beat: ServedNetwork | None = None) -> None:
        self.qrs = qrs
        self._beat = beat

    def run(self, network: str, inputs: Arrays) -> Arrays:
        """The beat network's answers; else constant outputs of the network's shapes."""
        if network == "beat" and self._beat:
            return self._beat.run(inputs)
        n = len(next(iter(inputs.values())))
        answers = {name: np.zeros((n, *shape), np.float32) for name, shape in OUTPUT_SHAPES[network].items()}
        if "probabilities" in answers:
            answers["probabilities"][:, 0] = 1.0
        return answers


def listening(qrs: Path, beat: Path | None = None) -> Stub:
    """Networks to hear a record with: a QRS network, and a beat network once there is one."""
    return Stub(from_npz(qrs.read_bytes()), ServedNetwork("beat", beat.read_bytes(), str(beat)) if beat else None)


class Recorder:
    """Networks that write down what they are asked."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self.qrs = networks.qrs
        self.asked: dict[str, list[Arrays]] = {network: [] for network in INPUT_SHAPES}

    def run(self, network: str, inputs: Arrays) -> Arrays:
        """The networks' own answer."""
        self.asked[network].append(inputs)
        return self._networks.run(network, inputs)

    def rows(self, network: str) -> Arrays:
        """All inputs of one network, in the order that they were asked."""
        asked = self.asked[network]
        return {
            name: np.concatenate([inputs[name] for inputs in asked]) if asked else np.zeros((0, *shape), np.float32)
            for name, shape in INPUT_SHAPES[network].items()
        }


def capture_record(path: Path, networks: Networks, index: int = 0) -> Captured:
    """Run the monitor over one record and label what it asked; ``index`` stands in the rows for the record.

    Raises
    ------
    RecordError
        If the record or its reference annotations can't be read.
    """
    record, beats, rhythms = open_record(path), read_beats(path), read_rhythms(path)
    recorder = Recorder(networks)
    ward = Ward(recorder)
    chunks = record_chunks(record, stream_id="capture", session_id=record.name, origin="replay")
    outputs = []
    while some := list(islice(chunks, CHUNKS_AT_A_TIME)):
        outputs += ward.take(some)
    # Each question has one answer and each answer one output, in the order of sample time.
    r_samples = [output.sample for output in outputs if isinstance(output, Beat)]
    windows = [(output.start_sample, output.end_sample) for output in outputs if isinstance(output, Window)]
    beat_inputs, window_inputs = recorder.rows("beat"), recorder.rows("window")
    if (len(r_samples), len(windows)) != (len(beat_inputs["waveform"]), len(window_inputs["signal"])):
        raise AssertionError(f"{path}: the monitor asked for more than it put out")
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
    """Write what was captured over one record; the file is there whole or not at all."""
    arrays: dict[str, NDArray[Any]] = {}
    for part, rows in (("beats", captured.beats), ("windows", captured.windows), ("missed", captured.missed)):
        for name, value in rows._asdict().items():
            arrays |= (
                {f"{part}/{name}/{key}": array for key, array in value.items()}
                if isinstance(value, dict)
                else {f"{part}/{name}": value}
            )
    draft = file.with_name(f".{file.name}.draft")
    with draft.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)
    draft.replace(file)


def load_captured(files: Sequence[Path]) -> Captured:
    """What was captured over some records; ``record`` in the rows counts them in the order given."""
    captured = [_load(file, index) for index, file in enumerate(files)]
    return Captured(
        BeatRows(*_join([one.beats for one in captured])),
        WindowRows(*_join([one.windows for one in captured])),
        MissedRows(*_join([one.missed for one in captured])),
    )


def _load(file: Path, index: int) -> Captured:
    with np.load(file) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    parts: dict[str, dict[str, Any]] = {"beats": {"inputs": {}}, "windows": {"inputs": {}}, "missed": {}}
    for name, array in found.items():
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
    """Rows of the same kind after one another, field by field."""
    return [_join_field(list(values)) for values in zip(*parts, strict=True)]


def _join_field(values: list[Any]) -> Any:
    if isinstance(values[0], dict):
        return {name: np.concatenate([arrays[name] for arrays in values]) for name in values[0]}
    return np.concatenate(values)
