"""Which errors the gallery shows, and how they are drawn."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.support.toy_task import ToyTagsTask, ToyTask
from training.study.report.gallery import ErrorCase, Gallery, draw_gallery, worst_errors
from training.study.task import Rows

CLASSES = ToyTask.classes


def rows_of(reference: list[int], patient: list[str], **inputs: np.ndarray) -> Rows:
    names = np.array(patient)
    labels = np.eye(3, dtype=np.float32)[reference]
    return Rows(inputs or {"signal": np.zeros((len(reference), 64, 1), np.float32)}, labels, names, names)


def p_of(*rows: tuple[float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32)


def test_the_most_certain_errors_come_first() -> None:
    rows = rows_of([0, 0, 0, 1], ["a", "b", "c", "d"])
    p = p_of((0.3, 0.6, 0.1), (0.1, 0.9, 0.0), (0.9, 0.1, 0.0), (0.0, 1.0, 0.0))
    cases = worst_errors(ToyTask(), rows, p)
    found = [(case.kind, case.name, case.record) for case in cases]
    assert found == [
        ("false positive", "square", "b"),
        ("false positive", "square", "a"),
        ("false negative", "sine", "b"),
        ("false negative", "sine", "a"),
    ]
    assert cases[0].probability == pytest.approx(0.9)
    assert (cases[0].reference, cases[0].chosen) == ("sine", "square")
    assert cases[2].probability == pytest.approx(0.1), "of the class that was missed"


def test_every_patient_has_a_turn_before_a_second_error_of_one() -> None:
    rows = rows_of([0] * 5, ["a", "a", "a", "b", "c"])
    p = p_of((0.1, 0.9, 0), (0.2, 0.8, 0), (0.3, 0.7, 0), (0.35, 0.65, 0), (0.4, 0.6, 0))
    shown = [case.patient for case in worst_errors(ToyTask(), rows, p, most=4) if case.kind == "false positive"]
    assert shown == ["a", "b", "c", "a"]


def test_where_a_row_may_have_several_classes_each_has_its_threshold() -> None:
    rows = rows_of([0, 1], ["a", "b"])
    p = p_of((0.4, 0.4, 0.0), (0.0, 0.4, 0.0))
    cases = worst_errors(ToyTagsTask(), rows, p, thresholds=np.array([0.3, 0.3, 0.5]))
    assert [(case.kind, case.name, case.chosen) for case in cases] == [("false positive", "square", "sine, square")]
    missed = worst_errors(ToyTagsTask(), rows, p)
    assert [(case.kind, case.name, case.chosen) for case in missed] == [
        ("false negative", "sine", "none"),
        ("false negative", "square", "none"),
    ]


def test_a_row_with_a_label_for_each_step_shows_where_the_error_is() -> None:
    rows = rows_of([0, 0], ["a", "b"])
    labels = np.repeat(rows.labels[:, None], 4, axis=1)
    p = np.tile(np.array([0.8, 0.1, 0.1], np.float32), (2, 4, 1))
    p[1, 2] = (0.1, 0.1, 0.8)
    first, second = worst_errors(ToyTask(), Rows(rows.inputs, labels, rows.record, rows.patient), p)
    assert (first.kind, first.name, first.patient, first.at) == ("false positive", "ramp", "b", 0.625)
    assert (second.kind, second.name, second.at) == ("false negative", "sine", 0.625)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.sampled_from("abc")), max_size=30))
def test_no_right_row_is_shown_and_no_wrong_one_is_lost(answers: list[tuple[int, int, str]]) -> None:
    if not answers:
        return
    reference, chosen, patient = (list(part) for part in zip(*answers, strict=True))
    p = 0.1 + 0.8 * np.eye(3, dtype=np.float32)[chosen]
    cases = worst_errors(ToyTask(), rows_of(reference, patient), p, most=100)
    wrong = sum(one != other for one, other in zip(reference, chosen, strict=True))
    assert sum(case.kind == "false positive" for case in cases) == wrong
    assert sum(case.kind == "false negative" for case in cases) == wrong
    assert all(case.reference != case.chosen for case in cases)


def test_signals_and_pictures_are_drawn_and_cases_without_either_are_not(tmp_path: Path) -> None:
    signal = rows_of([0], ["a"], signal=np.random.default_rng(0).normal(size=(1, 250, 12)).astype(np.float16))
    picture = rows_of([0], ["p"], picture=np.full((1, 24, 48, 1), 200, np.uint8))
    neither = rows_of([0], ["n"], features=np.zeros((1, 4), np.float32))
    wrong = p_of((0.0, 1.0, 0.0))
    cases: list[ErrorCase] = [worst_errors(ToyTask(), rows, wrong)[0] for rows in (signal, picture, neither)]
    names = draw_gallery(tmp_path, Gallery("cnn", "validation", cases, fs_hz=100))
    assert names[2] == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == names[:2]
    with Image.open(tmp_path / names[1]) as drawn:
        assert np.asarray(drawn.convert("L")).mean() < 10, "all ink"
        assert drawn.width == 2 * drawn.height


def test_only_the_named_leads_are_drawn(tmp_path: Path) -> None:
    rows = rows_of([0], ["a"], signal=np.zeros((1, 250, 6), np.float32))
    (case, _) = worst_errors(ToyTask(), rows, p_of((0.0, 1.0, 0.0)))
    heights = []
    for leads in ((), ("II", "V1")):
        (name,) = draw_gallery(tmp_path, Gallery("cnn", "validation", [case], leads=leads))
        with Image.open(tmp_path / name) as drawn:
            heights.append(drawn.height)
    assert heights[1] < heights[0]


def test_a_long_lead_is_drawn_in_rows_without_the_zeros_that_fill_it_up(tmp_path: Path) -> None:
    heights = []
    for valid_s in (10, 40):
        signal = np.zeros((1, 6000, 1), np.float32)
        signal[0, : valid_s * 100] = 1.0
        (case, _) = worst_errors(ToyTask(), rows_of([0], ["a"], signal=signal), p_of((0.0, 1.0, 0.0)))
        (name,) = draw_gallery(tmp_path, Gallery("cnn", "validation", [case], fs_hz=100, leads=("ECG",)))
        with Image.open(tmp_path / name) as drawn:
            heights.append(drawn.height)
    assert heights == [130, 196], "one row, and three of 15 s"


class TaskWithMargin(ToyTask):
    margin = 3


def test_an_error_is_marked_at_its_sample_also_in_a_signal_with_margins() -> None:
    labels = np.zeros((1, 4, 3), np.float32)
    labels[:, :, 0] = 1.0
    answered = labels.copy()
    answered[0, 2] = [0.0, 0.9, 0.1]
    names = np.array(["a"])
    rows = Rows({"signal": np.zeros((1, 10, 1), np.float32)}, labels, names, names)
    cases = worst_errors(TaskWithMargin(), rows, answered)
    assert {case.at for case in cases} == {0.55}, "three samples of margin, then step 2"
