"""Figures of pictures: by class, by record, with intervals over patients."""

from pathlib import Path

import numpy as np
import pytest

from models.pictures import PICTURE_CLASSES
from tests.support.picture_collection import PATIENTS, made_table
from training.data.pictures.collection import Table
from training.data.pictures.examples import Example
from training.study.pictures.figures import example_figures, patients_by_class, style_figures

N = len(PICTURE_CLASSES)


@pytest.fixture(scope="module")
def rows() -> Table:
    table = made_table()
    return table.take((table.use == "test") & (table.style == "varied"))


def test_what_is_all_right_has_a_macro_f1_of_1(rows: Table) -> None:
    figures = style_figures("varied", rows, rows.beat, np.zeros(len(rows.beat), bool), seed=0)
    assert (figures.macro_f1.value, figures.macro_f1.low, figures.accuracy.value) == (1.0, 1.0, 1.0)
    assert (figures.pictures, figures.patients) == (len(rows.beat), PATIENTS)
    assert all(line.right == line.pictures and line.most_often_else is None for line in figures.records)
    assert len(figures.records) == PATIENTS * N


def test_errors_of_one_patient_make_the_interval_wide(rows: Table) -> None:
    wrong = rows.record == "100"
    predicted = np.where(wrong, (rows.beat + 1) % N, rows.beat)
    figures = style_figures("varied", rows, predicted, wrong, seed=0)
    assert figures.accuracy.value == pytest.approx(0.9)
    assert figures.refused == pytest.approx(0.1)
    assert (figures.accuracy.low or 1) < 0.8
    assert figures.accuracy.high == pytest.approx(1.0, abs=1e-9)
    line = next(one for one in figures.records if (one.record, one.name) == ("100", "normal"))
    assert (line.right, line.most_often_else) == (0, "LBBB")
    assert np.trace(np.array(figures.confusion)) == 0.9 * figures.pictures


def test_patients_of_a_class_are_counted_once(rows: Table) -> None:
    counts = patients_by_class(rows)
    assert [one.name for one in counts] == list(PICTURE_CLASSES)
    assert {(one.rows, one.patients) for one in counts} == {(2 * PATIENTS, PATIENTS)}


def test_public_pictures_are_right_by_beat_or_by_folder() -> None:
    paced, atrial = PICTURE_CLASSES.index("paced"), PICTURE_CLASSES.index("PAC")
    examples = [Example(Path(str(at)), "Premature Atrial Contraction", "paced", "104") for at in range(4)]
    figures = example_figures("same patients", examples, np.array([paced, paced, paced, atrial]), 3)
    assert (figures.accuracy, figures.folder_accuracy, figures.without_beat) == (0.75, 0.25, 3)
    assert figures.confusion[paced][atrial] == 1
