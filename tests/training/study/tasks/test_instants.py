"""Every sample has the class of the beat around it, and beats are read at the monitor's R peaks."""

from pathlib import Path

import numpy as np
import pytest
import wfdb
from hypothesis import given
from hypothesis import strategies as st

from models.study.time_instant import MARGIN
from tests.support.ward_study import BEATS_S, small_captured, write_answers, write_small_study
from training.study.task import Rows
from training.study.tasks.instants import CLASSES, InstantsTask, sample_labels, with_margins

FS_HZ = 125


@pytest.fixture
def prepared(tmp_path: Path) -> tuple[Path, Path]:
    """The folder of the data and the work folder."""
    data, work = write_small_study(tmp_path)
    (work / "instants").mkdir()
    return data, work / "instants"


@pytest.fixture
def work(prepared: tuple[Path, Path]) -> Path:
    InstantsTask().prepare(*prepared, lambda *_: None)
    return prepared[1]


@given(st.integers(1, 5), st.integers(1, 20))
def test_margins_are_the_signal_beside_a_window(windows: int, margin: int) -> None:
    signal = np.arange(1, windows * 25 * 2 + 1, dtype=np.float32).reshape(windows, 25, 2)
    rows = with_margins(signal, margin)
    whole = np.pad(signal.reshape(-1, 2), ((margin, margin), (0, 0)))
    for at, row in enumerate(rows):
        assert np.array_equal(row, whole[at * 25 : at * 25 + 25 + 2 * margin])


def test_samples_around_an_r_peak_have_the_class_of_the_beat() -> None:
    labels = sample_labels(np.array([1, 20]), np.array([1, 3]), 22, reach=3)
    assert labels.tolist() == [1, 1, 1, 1, 1] + [0] * 12 + [3] * 5


def test_labels_follow_the_reference_with_the_delay_of_the_filter(work: Path) -> None:
    rows = InstantsTask().rows(work, "test")
    assert rows.inputs["signal"].shape == (4, 625 + 2 * MARGIN, 2)
    labels = rows.labels.reshape(-1, len(CLASSES)).argmax(axis=1)
    for at, t_s in enumerate(BEATS_S):
        assert labels[round((t_s + 0.012) * FS_HZ)] == 1 + at % 4
    for t_s in BEATS_S[:-1]:
        assert labels[round((t_s + 0.4) * FS_HZ)] == 0
    assert rows.labels.sum(axis=-1).min() == 1


def test_windows_with_flutter_or_an_unclassifiable_beat_are_left_out(prepared: tuple[Path, Path]) -> None:
    data, work = prepared
    samples = np.array([round(250 * t_s) for t_s in BEATS_S] + [2600, 3300])  # flutter from 10.4 s to 13.2 s
    symbols = ["Q" if at == 0 else "N" for at in range(len(BEATS_S))] + ["+", "+"]
    notes = [""] * len(BEATS_S) + ["(VFL", "(N"]
    order = np.argsort(samples, kind="stable")
    wfdb.wrann(
        "200",
        "atr",
        samples[order],
        [symbols[at] for at in order],
        aux_note=[notes[at] for at in order],
        write_dir=str(data / "mitdb"),
    )
    InstantsTask().prepare(data, work, lambda *_: None)
    assert np.load(work / "test-times.npy").tolist() == [10.0, 20.0], "not the first, with Q, nor the third, in flutter"


def test_beats_are_read_at_the_monitors_r_peaks(work: Path) -> None:
    task = InstantsTask()
    rows = task.rows(work, "test")
    beats, p, missed = task.as_beats(work, "test", rows, rows.labels)
    detected = beats.labels.sum(axis=1) > 0
    assert detected.sum() == len(BEATS_S) - 1
    assert np.array_equal(p[detected].argmax(axis=1), beats.labels[detected].argmax(axis=1))
    assert p[detected].max(axis=1).min() > 0.99, "the answer is the reference itself"
    assert len(missed) == 1


def test_beats_beyond_the_last_window_are_left_out(work: Path) -> None:
    task = InstantsTask()
    rows = task.rows(work, "test")
    first = rows.take(np.array([0]))
    np.save(work / "test-times.npy", np.load(work / "test-times.npy")[:1])
    beats, _, _ = task.as_beats(work, "test", first, first.labels)
    assert len(beats) == (small_captured().beats.t_s < 5).sum()


def test_windows_with_a_rare_class_are_sampled_more_often() -> None:
    task = InstantsTask()
    labels = np.zeros((5, 625, 5), np.float32)
    labels[:, :, 0] = 1
    labels[:4, 10] = [0, 1, 0, 0, 0]
    labels[4, 10] = [0, 0, 0, 1, 0]
    signal = np.zeros((5, 751, 2), np.float32)
    names = np.full(5, "119")
    p = task.weights(Rows({"signal": signal}, labels, names, names))
    assert p[4] == pytest.approx(2 * p[0])


def test_a_batch_keeps_the_labels_beside_its_signal(work: Path) -> None:
    task = InstantsTask()
    rows = task.rows(work, "fit")
    inputs, labels = task.batch(rows, np.array([1, 0]), np.random.default_rng(0))
    assert inputs["signal"].shape == (2, 625 + 2 * MARGIN, 2)
    assert np.array_equal(labels, rows.labels[[1, 0]])


def test_the_report_counts_all_seeds_as_beats(work: Path) -> None:
    task = InstantsTask()
    assert not task.extras(work, work, lambda *_: None).tables, "nothing is fitted yet"
    truth = task.rows(work, "test").labels
    for seed in (0, 1):
        write_answers(work, "time-instant", seed, truth)
    groups, by_record = task.extras(work, work, lambda *_: None).tables
    assert groups.rows[0][:3] == ["time-instant", "DS2", 1]
    shown = dict(zip(by_record.columns, by_record.rows[0], strict=True))
    reference = [sum(at % 4 == label for at in range(len(BEATS_S))) for label in range(4)]
    assert [shown[name] for name in "NSVF"] == [2 * n for n in reference]
    missed = "NSVF"[(len(BEATS_S) - 2) % 4]
    assert shown[f"{missed} missed"] == 2
    assert sorted(str(shown[f"false {name}"]) for name in "NSVF") == ["0", "0", "0", "2"]
