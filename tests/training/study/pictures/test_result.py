"""The tables of the pictures show the honest figure beside the leaky one."""

from training.study.pictures.figures import ExampleFigures, PictureClass, RecordLine, RefusalLine, StyleFigures
from training.study.pictures.result import examples_table, record_table, refusals_table, split_table
from training.study.results import Estimate


def figures_of(style: str, macro_f1: float) -> StyleFigures:
    figure = Estimate(macro_f1, macro_f1 - 0.1, macro_f1 + 0.1)
    own = PictureClass("LBBB", pictures=20, patients=4, precision=figure, recall=figure, f1=figure)
    records = [RecordLine("109", "LBBB", 12, 9, "normal"), RecordLine("111", "LBBB", 8, 8, None)]
    return StyleFigures(style, 20, 4, figure, Estimate(0.9), 0.05, [own], [[17]], records)


def test_both_splits_stand_in_one_table_and_the_leaky_one_is_called_so() -> None:
    table = split_table([figures_of("varied", 0.5)], [figures_of("varied", 0.9)])
    assert [row[:2] + row[4:5] for row in table.rows] == [
        ["by patient, out of fold", "varied", 0.5],
        ["beats at random (leaky)", "varied", 0.9],
    ]
    assert "nothing about a new patient" in table.note
    assert all(len(row) == len(table.columns) for row in table.rows)


def test_a_record_shows_what_its_pictures_are_taken_for() -> None:
    table = record_table(figures_of("varied", 0.5))
    assert table.rows == [["109", "LBBB", 12, 9, 0.75, "normal"], ["111", "LBBB", 8, 8, 1.0, None]]


def test_refusals_and_public_pictures_are_proportions() -> None:
    refused = refusals_table([RefusalLine("photographs", "face", 40, 39)])
    assert refused.rows == [["photographs", "face", 40, 39, 0.975]]
    public = examples_table([ExampleFigures("same patients", 2400, 3, 0.96, 0.92, 0.81, [])])
    assert public.rows == [["same patients", 2400, 0.96, 0.92, 0.81]]
    assert "Their folder of premature atrial beats holds paced beats" in public.note
