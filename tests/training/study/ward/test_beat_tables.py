"""Beats are counted by EC57: missed beats and false detections are errors, V on F is none."""

import numpy as np
import pytest

from training.evaluation.detector.ec57 import NONE
from training.study.task import Rows
from training.study.ward.beat_tables import group_table, groups_of, pooled, record_rows, record_table

N, S, V, F = range(4)


def rows_of(record: str, reference: list[int | None]) -> Rows:
    labels = np.zeros((len(reference), 4), np.float32)
    for at, label in enumerate(reference):
        if label is not None:
            labels[at, label] = 1
    names = np.full(len(reference), record)
    return Rows({}, labels, names, names)


def answer(predicted: list[int]) -> np.ndarray:
    return np.eye(4, dtype=np.float32)[predicted]


def test_missed_beats_and_false_detections_are_counted_in_their_record() -> None:
    (row,) = record_rows(rows_of("100", [N, S, V, None]), answer([N, N, V, V]), rows_of("100", [V]))
    counts = np.array(row.counts)
    assert (counts[S, N], counts[V, V], counts[NONE, V], counts[V, NONE]) == (1, 1, 1, 1)
    assert counts.sum() == 5
    assert row.rates["v_f1"] == pytest.approx(2 * 1 / (2 + 2))
    assert row.rates["s_f1"] == 0


def test_v_on_a_fusion_beat_is_an_error_in_the_strict_figure_only() -> None:
    (row,) = record_rows(rows_of("100", [V, F]), answer([V, V]), rows_of("100", []))
    assert row.rates["v_f1"] == 1.0
    assert row.rates["v_f1_strict"] == pytest.approx(2 / 3)


def test_a_record_whose_beats_were_all_missed_has_a_row() -> None:
    rows = record_rows(rows_of("100", [N]), answer([N]), rows_of("103", [S]))
    assert [row.record for row in rows] == ["100", "103"]
    assert np.array(rows[1].counts)[S, NONE] == 1


def test_fits_are_counted_together() -> None:
    beats, missed = rows_of("100", [V, N]), rows_of("100", [V])
    one, other = record_rows(beats, answer([V, N]), missed), record_rows(beats, answer([N, V]), missed)
    (both,) = pooled([one, other])
    assert np.array(both.counts).sum() == 6
    assert both.rates["v_f1"] == pytest.approx(2 * 1 / (4 + 2))


def test_ds2_is_also_shown_without_202_and_without_232() -> None:
    records = [
        row
        for name, predicted in (("100", [V, V]), ("202", [V, N]), ("232", [N, N]))
        for row in record_rows(rows_of(name, [V, V]), answer(predicted), rows_of(name, []))
    ]
    groups = {group.name: group for group in groups_of(records)}
    assert set(groups) == {"DS2", "DS2 without 202", "DS2 without 232"}
    assert groups["DS2"].rates["v_se"].gross == pytest.approx(3 / 6)
    assert groups["DS2 without 202"].rates["v_se"].gross == pytest.approx(2 / 4)
    assert groups["DS2"].rates["v_se"].low < 0.5 < groups["DS2"].rates["v_se"].high


def test_tables_have_a_cell_for_each_column() -> None:
    records = record_rows(rows_of("100", [V, N, S, None]), answer([V, S, N, F]), rows_of("100", [S]))
    by_group, by_record = group_table("groups", {"cnn": records}), record_table("records", records)
    for table in (by_group, by_record):
        assert {len(row) for row in table.rows} == {len(table.columns)}
    shown = dict(zip(by_record.columns, by_record.rows[0], strict=True))
    assert (shown["N"], shown["S"], shown["V"], shown["F"]) == (1, 2, 1, 0)
    assert (shown["S as N"], shown["N as S"], shown["S missed"], shown["false F"]) == (1, 1, 1, 1)
    assert (shown["V as N"], shown["false V"], shown["V F1"]) == (0, 0, 1.0)
    assert by_group.rows[0][:3] == ["cnn", "DS2", 1]
