"""The task of pictures: parts without common patients, folds that hold every class, weights."""

from pathlib import Path

import numpy as np
import pytest

from models.pictures import HEIGHT, PICTURE_CLASSES, WIDTH
from tests.support.picture_collection import PATIENTS, made_table, write_collection
from training.data.pictures.collection import Table
from training.study.task import PARTS, FitSettings
from training.study.tasks.pictures import (
    FOLDS,
    NO_ECG_SHARE,
    RANDOM_SPLIT,
    SEVERAL_SHARE,
    PicturesTask,
    folds,
    part_mask,
)


@pytest.fixture(scope="module")
def table() -> Table:
    return made_table()


def test_each_patient_is_scored_in_one_fold_and_fitted_on_in_the_others(table: Table) -> None:
    for fold in range(FOLDS):
        fit, test = (table.take(part_mask(table, fold, part)) for part in ("fit", "test"))
        assert not set(fit.patient) & set(test.patient)
        assert set(test.source) == {"mitdb"}
        assert set(test.beat) == set(range(len(PICTURE_CLASSES)))
    scored = np.concatenate([np.unique(table.patient[part_mask(table, fold, "test")]) for fold in range(FOLDS)])
    assert sorted(scored) == sorted(np.unique(scored))
    assert len(scored) == PATIENTS


@pytest.mark.parametrize("fold", [0, RANDOM_SPLIT])
def test_validation_patients_are_in_no_other_part(table: Table, fold: int) -> None:
    fit, validation, test = (set(table.patient[part_mask(table, fold, part)]) - {"made/made"} for part in PARTS)
    assert validation
    assert not validation & (fit | test)


def test_the_random_split_scores_beats_of_patients_that_it_fits(table: Table) -> None:
    fit, test = (table.take(part_mask(table, RANDOM_SPLIT, part)) for part in ("fit", "test"))
    assert set(test.patient) <= set(fit.patient)
    beats = [set(zip(part.record.tolist(), part.sample.tolist(), strict=True)) for part in (fit, test)]
    assert not beats[0] & beats[1], "no drawing of a scored beat is fitted on"
    assert 0.05 < len(beats[1]) / len(beats[0] | beats[1]) < 0.3


def test_201_and_202_would_share_a_fold(table: Table) -> None:
    same = table._replace(patient=np.where(np.isin(table.record, ("101", "102")), "mitdb/101", table.patient))
    fold = folds(same)
    assert len(np.unique(fold[np.isin(same.record, ("101", "102")) & (same.source == "mitdb")])) == 1


def test_rows_are_pictures_of_the_collection_with_smoothed_labels(tmp_path: Path) -> None:
    write_collection(tmp_path / "pictures")
    task = PicturesTask(1, tmp_path / "pictures")
    rows = task.rows(tmp_path, "fit")
    assert task.shapes(rows) == {"picture": (HEIGHT, WIDTH, 1)}
    inputs, labels = task.batch(rows, np.arange(4), np.random.default_rng(0))
    assert inputs["picture"].dtype == np.float32
    assert inputs["picture"].max() == 1.0
    assert labels.sum(axis=1) == pytest.approx(1.0)
    assert (labels.argmax(axis=1) == rows.labels[:4].argmax(axis=1)).all()

    def predict(
        given: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]],
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        assert given["picture"].max() == 1.0
        return rows.labels

    assert task.answer(predict, rows) is rows.labels


def test_each_class_has_the_same_share_of_an_epoch(tmp_path: Path) -> None:
    write_collection(tmp_path / "pictures")
    rows = PicturesTask(0, tmp_path / "pictures").rows(tmp_path, "fit")
    weights = PicturesTask().weights(rows)
    by_class = weights @ rows.labels
    n = len(PICTURE_CLASSES)
    assert weights.sum() == pytest.approx(1.0)
    assert by_class[:n] == pytest.approx(np.full(n, (1 - NO_ECG_SHARE - SEVERAL_SHARE) / n))
    assert by_class[n:] == pytest.approx([NO_ECG_SHARE, SEVERAL_SHARE])


def test_its_settings_let_it_run_to_the_end() -> None:
    settings = PicturesTask().settings("picture-cnn")
    assert isinstance(settings, FitSettings)
    assert settings.patience >= settings.epochs, "the learning rate falls until the last epoch"
