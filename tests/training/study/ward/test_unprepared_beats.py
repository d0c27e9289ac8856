"""The ablation's beats are those of the live monitor."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.shipped_qrs import shipped_qrs
from training.data.capture import ConstantNetworks, capture_record
from training.data.labels import NOT_SCORED
from training.study.ward.unprepared_beats import (
    BeatsJob,
    read_unprepared_beats,
    unprepared_beats,
    write_unprepared_beats,
)
from wardbeat.ecg.io.excerpts import excerpts_folder

pytestmark = pytest.mark.slow


def test_with_all_steps_they_are_the_monitors_own_waveforms(tmp_path: Path) -> None:
    with excerpts_folder() as folder:
        beats = unprepared_beats(folder / "119")
        captured = capture_record(folder / "119", ConstantNetworks(shipped_qrs())).beats
        write_unprepared_beats(BeatsJob(folder / "119", tmp_path / "119.npz"))
    assert np.array_equal(beats.label, captured.label)
    settled = slice(60, -2)
    prepared = beats.filtered_mv[settled] / beats.amplitude_mv[settled, None, :]
    np.testing.assert_allclose(prepared, captured.inputs["waveform"][settled, :, :2], atol=0.2)
    typical = np.median(np.abs(prepared - captured.inputs["waveform"][settled, :, :2]))
    assert typical < 0.01, "the amplitude is noted every two seconds"
    assert beats.scored.all(), "a record of 5 minutes is scored from its start"
    read = read_unprepared_beats(tmp_path / "119.npz")
    assert all(np.array_equal(np.asarray(one), np.asarray(other)) for one, other in zip(read, beats, strict=True))


def test_the_unfiltered_signal_has_the_same_beat_and_the_grid_another_place() -> None:
    with excerpts_folder() as folder:
        beats = unprepared_beats(folder / "119")
    inside = np.flatnonzero(beats.label != NOT_SCORED)[5:-5]
    filtered, raw, grid = (array[inside, :, 0] for array in (beats.filtered_mv, beats.raw_mv, beats.grid_mv))
    alike = [np.corrcoef(one, other)[0, 1] for one, other in zip(filtered, raw, strict=True)]
    assert np.median(alike) > 0.8
    assert not np.array_equal(filtered, raw)
    peaks = np.abs(grid).argmax(axis=1)
    assert np.ptp(peaks) > 80, "the R peak is anywhere in a window of the grid"
    assert np.ptp(np.abs(filtered).argmax(axis=1)[np.abs(filtered).max(axis=1) > 0.5]) < 80
