"""Rows of the task on beats: the monitor's own beats, with what it missed and what it found too much."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.trees import tree_features
from tests.support.ward_study import BEATS_S, small_captured, write_answers, write_small_study
from training.data.labels import FALSE_DETECTION, NOT_SCORED
from training.study.task import Rows
from training.study.tasks.beats import (
    RESAMPLED_SHARE,
    BeatsTask,
    fitted_seeds,
    missed_rows,
    network_inputs,
    rare_first,
    scored_rows,
)
from training.study.ward.records import WardRecords

N_BEATS = len(BEATS_S)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    data, work = write_small_study(tmp_path)
    folder = work / "beats"
    folder.mkdir()
    BeatsTask().prepare(data, folder, lambda *_: None)
    return folder


def captured(label: NDArray[np.int8] | None = None) -> WardRecords:
    """One small record, by default with the labels that it has."""
    small = small_captured()
    beats = small.beats if label is None else small.beats._replace(label=label)
    return WardRecords(["200"], small._replace(beats=beats), np.zeros(1))


def test_detected_and_missed_beats_are_all_reference_beats(work: Path) -> None:
    task = BeatsTask()
    rows, missed = task.rows(work, "test"), task.missed(work, "test")
    assert missed is not None
    assert set(rows.record) == {"200"}
    assert rows.labels.sum() + missed.labels.sum() == N_BEATS
    assert missed.labels.argmax(axis=1).tolist() == [(N_BEATS - 2) % 4]
    assert task.missed(work, "fit") is None


def test_a_false_detection_has_no_class_where_it_is_scored_and_is_normal_where_it_is_fitted_on(work: Path) -> None:
    task = BeatsTask()
    assert task.rows(work, "test").labels[-1].tolist() == [0, 0, 0, 0]
    assert task.rows(work, "fit").labels.sum(axis=1).min() == 1


def test_each_row_has_its_time(work: Path) -> None:
    times_s = BeatsTask().times_s(work, "test")
    assert len(times_s) == len(BeatsTask().rows(work, "test"))
    assert times_s[0] == pytest.approx(BEATS_S[0] + 0.008)


def test_inputs_are_those_of_the_ward(work: Path) -> None:
    rows, beats = BeatsTask().rows(work, "test"), small_captured().beats
    assert np.array_equal(rows.inputs["signal"], beats.inputs["waveform"])
    assert np.array_equal(rows.inputs["sequence"], beats.inputs["context"])
    assert np.array_equal(rows.inputs["features"], tree_features(beats.inputs))


def test_unclassifiable_beats_and_flutter_are_not_scored() -> None:
    label = small_captured().beats.label.copy()
    label[:2] = 4, NOT_SCORED
    assert len(scored_rows(captured(label))) == len(label) - 2


def test_the_learning_time_is_not_scored() -> None:
    late = captured()._replace(from_s=np.array([10.0]))
    assert len(scored_rows(late)) == (small_captured().beats.t_s >= 10).sum()
    assert len(missed_rows(late)) == 1
    assert len(missed_rows(late._replace(from_s=np.array([BEATS_S[-1]])))) == 0


def test_202_is_the_patient_201() -> None:
    assert set(scored_rows(captured()._replace(names=["202"])).patient) == {"201"}


def test_rare_classes_of_a_record_are_sampled_more_often_but_not_as_often_as_common_ones() -> None:
    record = np.array(["a"] * 110)
    label = np.array([0] * 100 + [1] * 10)
    p = rare_first(record, label)
    assert p.sum() == pytest.approx(1)
    assert p[-1] / p[0] == pytest.approx(10**0.5)
    assert p[:100].sum() > p[100:].sum()


def test_resampled_records_have_their_share() -> None:
    record = np.array(["101"] * 30 + ["101m"] * 5)
    labels = np.eye(4, dtype=np.float32)[np.arange(35) % 4]
    p = BeatsTask().weights(Rows({}, labels, record, np.array(["101"] * 35)))
    assert p[30:].sum() == pytest.approx(RESAMPLED_SHARE)
    assert p.sum() == pytest.approx(1)


def test_a_batch_is_augmented_and_repeats_with_its_seed(work: Path) -> None:
    task = BeatsTask()
    rows, chosen = task.rows(work, "fit"), np.array([3, 1, 3])
    inputs, labels = task.batch(rows, chosen, np.random.default_rng(1))
    again, _ = task.batch(rows, chosen, np.random.default_rng(1))
    assert np.array_equal(labels, rows.labels[chosen])
    assert {name: array.shape[1:] for name, array in inputs.items()} == task.shapes(rows)
    assert all(np.array_equal(inputs[name], again[name]) for name in inputs)
    assert not np.array_equal(inputs["signal"], rows.inputs["signal"][chosen])
    own = network_inputs({"waveform": inputs["signal"], "context": inputs["sequence"]})
    assert np.array_equal(inputs["features"], own["features"]), "features follow the augmented beat"


def test_only_finished_fits_have_a_seed(tmp_path: Path) -> None:
    for name, file in (("0", "fit.json"), ("2", "fit.json"), ("1", "other")):
        (tmp_path / "fits" / "cnn" / name).mkdir(parents=True)
        (tmp_path / "fits" / "cnn" / name / file).touch()
    assert fitted_seeds(tmp_path, "cnn") == [0, 2]
    assert fitted_seeds(tmp_path, "lstm") == []


def test_false_detections_do_not_raise_the_number_of_reference_beats() -> None:
    label = np.full(len(small_captured().beats.label), FALSE_DETECTION, np.int8)
    assert scored_rows(captured(label)).labels.sum() == 0


def test_the_counts_of_a_model_are_those_of_all_its_fits(work: Path) -> None:
    task = BeatsTask()
    truth = task.rows(work, "test").labels
    write_answers(work, "cnn", 0, truth)
    write_answers(work, "cnn", 1, np.roll(truth, 1, axis=1))
    (row,) = task.record_rows(work, "cnn")
    assert row.record == "200"
    assert np.array(row.counts).sum() == 2 * (len(truth) + 1)
    assert 0 < row.rates["v_f1"] < 1
