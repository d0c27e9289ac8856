"""Training data are the monitor's own questions, each with its label."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.bundle import shipped_bundle
from models.inputs import BEAT_FEATURES, INPUT_SHAPES, WINDOW_FEATURES
from processors.ward.ward import Ward
from tests.support.shipped_qrs import shipped_qrs
from training.data import capture
from training.data.capture import (
    Captured,
    ConstantNetworks,
    capture_networks,
    capture_record,
    load_captured,
    save_captured,
)
from wardbeat.contracts.messages import SYMBOLS, Beat
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.io.annotations import read_beats
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.io.records import open_record

ALL_V = np.eye(len(SYMBOLS), dtype=np.float32)[SYMBOLS.index("V")]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with excerpts_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def captured(folder: Path) -> Captured:
    return capture_record(folder / "119", ConstantNetworks(shipped_qrs()), index=3)


class AlwaysVentricular(ConstantNetworks):
    """Calls every beat V."""

    def run(self, network: str, inputs: capture.Arrays) -> capture.Arrays:
        answers = super().run(network, inputs)
        if network == "beat":
            answers["probabilities"][:] = ALL_V
        return answers


def test_rows_have_the_shapes_that_the_networks_take(captured: Captured) -> None:
    for network, rows in (("beat", captured.beats), ("window", captured.windows)):
        n = len(rows.t_s)
        assert n > 50
        assert {name: array.shape for name, array in rows.inputs.items()} == {
            name: (n, *shape) for name, shape in INPUT_SHAPES[network].items()
        }
        assert (rows.record == 3).all()
        assert (np.diff(rows.t_s) > 0).all()


def test_rows_have_the_times_of_the_monitors_beats(captured: Captured, folder: Path) -> None:
    record = open_record(folder / "119")
    ward = Ward(ConstantNetworks(shipped_qrs()))
    chunks = record_chunks(record, stream_id="x", session_id="x", origin="replay")
    peaks = [output.sample / record.fs for chunk in chunks for output in ward.take([chunk]) if isinstance(output, Beat)]
    assert captured.beats.t_s.tolist() == peaks


def test_every_reference_beat_is_in_a_row_or_missed(captured: Captured, folder: Path) -> None:
    reference = read_beats(folder / "119")
    for index, symbol in enumerate(SYMBOLS):
        labelled = (captured.beats.label == index).sum() + (captured.missed.label == index).sum()
        assert labelled == sum(beat.symbol == symbol for beat in reference), symbol
    assert (captured.beats.label == SYMBOLS.index("V")).sum() > 30, "119 is known for its PVCs"


def test_the_label_belongs_to_the_row_beside_it(captured: Captured) -> None:
    """The PVCs of 119 are early and wide: labels shifted by one beat would not be."""
    context = captured.beats.inputs["context"][:, -2]
    early = context[:, BEAT_FEATURES.index("log_rr_prev_over_median8")]
    ventricular, normal = captured.beats.label == SYMBOLS.index("V"), captured.beats.label == SYMBOLS.index("N")
    assert np.median(early[ventricular]) < np.median(early[normal]) - 0.1
    distance = context[:, BEAT_FEATURES.index("dominant_distance")]
    assert np.median(distance[ventricular]) > 2 * np.median(distance[normal])


def test_windows_with_pvcs_are_abnormal(captured: Captured) -> None:
    assert captured.windows.abnormal.sum() > 10
    assert captured.windows.normal.any()
    assert not (captured.windows.abnormal & captured.windows.normal).any()


def test_signals_do_not_depend_on_the_network_outputs_but_the_window_features_do(
    captured: Captured, folder: Path
) -> None:
    """So constant networks give the inputs of the beat network and the autoencoder, but not those of the head."""
    other = capture_record(folder / "119", AlwaysVentricular(shipped_qrs()))
    for name, array in captured.beats.inputs.items():
        assert np.array_equal(array, other.beats.inputs[name])
    assert np.array_equal(captured.windows.inputs["signal"], other.windows.inputs["signal"])
    max_p_v = other.windows.inputs["context"][:, WINDOW_FEATURES.index("max_p_v")]
    assert max_p_v.max() == 1.0
    assert captured.windows.inputs["context"][:, WINDOW_FEATURES.index("max_p_v")].max() == 0.0


def test_captured_data_is_read_as_it_was_written(captured: Captured, tmp_path: Path) -> None:
    save_captured(tmp_path / "119.npz", captured)
    both = load_captured([tmp_path / "119.npz", tmp_path / "119.npz"])
    n = len(captured.beats.label)
    assert both.beats.record.tolist() == [0] * n + [1] * n, "rows count the records as they are given"
    for name, array in captured.beats.inputs.items():
        assert np.array_equal(both.beats.inputs[name][n:], array)
    assert np.array_equal(both.windows.take(both.windows.record == 1).abnormal, captured.windows.abnormal)
    assert np.array_equal(both.missed.t_s[both.missed.record == 1], captured.missed.t_s)
    assert [path.name for path in tmp_path.iterdir()] == ["119.npz"]


def test_a_given_beat_network_is_used(folder: Path, tmp_path: Path) -> None:
    for name in ("qrs.npz", "beat.onnx"):
        (tmp_path / name).write_bytes((shipped_bundle() / name).read_bytes())
    captured = capture_record(folder / "119", capture_networks(tmp_path / "qrs.npz", tmp_path / "beat.onnx"))
    assert captured.windows.inputs["context"][:, WINDOW_FEATURES.index("max_p_v")].max() > 0.5
