"""The CSV files of a report."""

import csv
from pathlib import Path

import msgspec
import pytest

from tests.support.toy_result import CLASSES, toy_result
from training.study.report.tables import NONE, confusion_names, csv_tables, with_intervals, write_tables
from training.study.results import Cell, ExtraTable


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    write_tables(folder, toy_result())
    return folder


def test_models_have_all_figures_with_all_digits(folder: Path) -> None:
    result = toy_result()
    rows = read(folder / "models.csv")
    assert [row["model"] for row in rows] == ["cnn", "trees"]
    assert [row["in_service"] for row in rows] == ["0", "1"]
    for row, model in zip(rows, result.models, strict=True):
        assert float(row["macro_f1"]) == model.figures["macro_f1"].value
        assert float(row["macro_f1_low"]) == model.figures["macro_f1"].low
        assert int(row["parameters"]) == model.cost.parameters


def test_an_undefined_figure_is_an_empty_cell(folder: Path) -> None:
    by_class = {row["class"]: row for row in read(folder / "classes.csv") if row["model"] == "cnn"}
    assert list(by_class) == CLASSES
    assert by_class["S"]["f1"] == ""
    assert float(by_class["V"]["f1"]) == 0.91


def test_curves_history_and_confusion_have_a_row_for_each_value(folder: Path) -> None:
    model = toy_result().models[0]
    assert len(read(folder / "roc.csv")) == 2 * sum(len(curve.x) for curve in model.roc)
    history = [row for row in read(folder / "history.csv") if row["model"] == "cnn" and row["seed"] == "0"]
    assert [(row["epoch"], row["score"]) for row in history] == [("1", "0.5"), ("2", "0.6"), ("3", "")]
    confusion = [row for row in read(folder / "confusion.csv") if row["model"] == "trees"]
    assert [float(row["rows"]) for row in confusion] == [n for line in model.confusion for n in line]
    assert {row["chosen"] for row in confusion} == set(CLASSES)


def test_the_tables_and_plots_of_the_task_have_their_own_files(folder: Path) -> None:
    assert [row["record"] for row in read(folder / "table_figures_by_record.csv")] == ["100", "200"]
    lines = read(folder / "plot_transfer.csv")
    assert [(row["line"], row["patients"], row["low"]) for row in lines][:1] == [("fine-tuned", "1", "0.4")]
    assert lines[-1]["low"] == ""


def test_a_table_without_rows_has_no_file(tmp_path: Path) -> None:
    bare = msgspec.structs.replace(toy_result(), differences=[], tables=[], plots=[])
    names = write_tables(tmp_path, bare)
    assert "differences.csv" not in names
    assert sorted(names) == sorted(path.name for path in tmp_path.iterdir())
    assert len({table.name for table in csv_tables(bare)}) == len(csv_tables(bare))


def test_a_larger_confusion_matrix_has_a_row_for_what_was_not_detected() -> None:
    model = toy_result().models[0]
    larger = msgspec.structs.replace(model, confusion=[[1.0] * 4 for _ in range(4)])
    assert confusion_names(larger, CLASSES) == [*CLASSES, NONE]
    assert confusion_names(model, CLASSES) == CLASSES


def test_a_figure_and_its_interval_are_one_column_for_people() -> None:
    columns = ["model", "n", "V F1", "V F1, low", "V F1, high", "better by", "low", "high", "low"]
    rows: list[list[Cell]] = [
        ["cnn", 3, 0.5, 0.25, 0.75, None, None, None, 1.0],
        ["lstm", 4, 0.5, None, None, 0.1, 0.0, 0.2, 2.0],
    ]
    table = with_intervals(ExtraTable("Title", columns, rows, "Note"))
    assert table.columns == ["model", "n", "V F1", "better by", "low"]
    assert table.rows == [
        ["cnn", 3, "0.500 (0.250 to 0.750)", None, 1.0],
        ["lstm", 4, "0.500", "0.100 (0.000 to 0.200)", 2.0],
    ]
    assert (table.title, table.note) == ("Title", "Note")
