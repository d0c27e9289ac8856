"""The tables of a result as CSV, one file each, with all digits."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from training.study.report.names import file_name
from training.study.results import Cell, ClassCurve, Estimate, ExtraTable, ModelResult, TaskResult

NONE = "none"
"""The last row and column of a confusion matrix that has one more than the classes: no beat, not detected."""


class CsvTable(NamedTuple):
    """One file: its name without ``.csv``, the columns, the rows."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def csv_tables(result: TaskResult) -> list[CsvTable]:
    """All tables of a result."""
    models = result.models
    figures = list(dict.fromkeys(name for model in models for name in model.figures))
    return [
        CsvTable(
            "models",
            ["model", "in_service", *(column for name in figures for column in _columns(name)), *COST_COLUMNS],
            [
                [
                    model.name,
                    int(model.in_service),
                    *(cell for name in figures for cell in _cells(model.figures.get(name))),
                    *(getattr(model.cost, name) for name in COST_COLUMNS),
                ]
                for model in models
            ],
        ),
        CsvTable("classes", CLASS_COLUMNS, [row for model in models for row in _class_rows(model)]),
        CsvTable(
            "differences",
            ["model", "other", "figure", *_columns("difference")],
            [[one.model, one.other, one.figure, *_cells(one.difference)] for one in result.differences],
        ),
        CsvTable(
            "seeds",
            ["model", "seed", "figure", "value"],
            [
                [model.name, one.seed, name, value]
                for model in models
                for one in model.seeds
                for name, value in one.figures.items()
            ],
        ),
        CsvTable(
            "confusion",
            ["model", "reference", "chosen", "rows"],
            [row for model in models for row in _confusion_rows(model, result.classes)],
        ),
        CsvTable(
            "roc",
            ["model", "class", "false_positive_rate", "sensitivity"],
            [row for model in models for row in _curve_rows(model.name, model.roc)],
        ),
        CsvTable(
            "precision_recall",
            ["model", "class", "recall", "precision"],
            [row for model in models for row in _curve_rows(model.name, model.precision_recall)],
        ),
        CsvTable(
            "calibration",
            ["model", "mean_probability", "observed", "rows"],
            [
                [model.name, one.mean_probability, one.observed, one.rows]
                for model in models
                for one in model.calibration
            ],
        ),
        CsvTable(
            "history",
            ["model", "seed", "epoch", "loss", "score"],
            [
                [model.name, one.seed, epoch, loss, score]
                for model in models
                for one in model.history
                for epoch, (loss, score) in enumerate(zip(one.loss, one.score, strict=True), start=1)
            ],
        ),
        CsvTable(
            "parts",
            ["part", "class", "rows", "patients"],
            [[part.part, one.name, one.rows, one.patients] for part in result.parts for one in part.classes],
        ),
        *(CsvTable(f"table_{file_name(one.title)}", one.columns, one.rows) for one in result.tables),
        *(
            CsvTable(
                f"plot_{file_name(plot.title)}",
                ["line", plot.x_name, plot.y_name, "low", "high"],
                [
                    [line.name, x, y, line.low[at] if line.low else None, line.high[at] if line.high else None]
                    for line in plot.lines
                    for at, (x, y) in enumerate(zip(line.x, line.y, strict=True))
                ],
            )
            for plot in result.plots
        ),
    ]


def write_tables(folder: Path, result: TaskResult) -> list[str]:
    """Write each table that has rows into a folder; gives the names of the files."""
    names = []
    for table in csv_tables(result):
        if table.rows:
            name = f"{table.name}.csv"
            with (folder / name).open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(table.columns)
                writer.writerows(table.rows)
            names.append(name)
    return names


def with_intervals(table: ExtraTable) -> ExtraTable:
    """A table for people: a figure and the two columns of its interval become one column of text.

    The columns of an interval have the names ``low`` and ``high``, alone or after the name of the figure.
    """
    names = list(table.columns)
    firsts = [at for at in range(len(names) - 2) if _is_interval(names[at : at + 3])]
    merged = {at + shift for at in firsts for shift in (1, 2)}
    kept = [at for at in range(len(names)) if at not in merged]
    rows = [[_span(*row[at : at + 3]) if at in firsts else row[at] for at in kept] for row in table.rows]
    return ExtraTable(table.title, [names[at] for at in kept], rows, table.note)


def _is_interval(names: Sequence[str]) -> bool:
    return [name.removeprefix(names[0]).lstrip(", ") for name in names[1:]] == ["low", "high"]


def _span(value: Cell, low: Cell, high: Cell) -> Cell:
    if not isinstance(value, float):
        return value
    if not (isinstance(low, float) and isinstance(high, float)):
        return f"{value:.3f}"
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def confusion_names(model: ModelResult, classes: Sequence[str]) -> list[str]:
    """The names of the rows and columns of a model's confusion matrix."""
    return [*classes, NONE][: len(model.confusion)]


COST_COLUMNS = ("parameters", "size_kb", "ms_per_row", "fit_s")
CLASS_FIGURES = ("precision", "recall", "f1", "auc", "average_precision")


def _columns(name: str) -> tuple[str, str, str]:
    return name, f"{name}_low", f"{name}_high"


CLASS_COLUMNS = (
    "model",
    "class",
    "rows",
    "patients",
    *(column for name in CLASS_FIGURES for column in _columns(name)),
    "threshold",
)


def _cells(one: Estimate | None) -> tuple[Cell, Cell, Cell]:
    return (one.value, one.low, one.high) if one else (None, None, None)


def _class_rows(model: ModelResult) -> Iterator[list[Cell]]:
    for one in model.classes:
        figures = [cell for name in CLASS_FIGURES for cell in _cells(getattr(one, name))]
        yield [model.name, one.name, one.rows, one.patients, *figures, one.threshold]


def _confusion_rows(model: ModelResult, classes: Sequence[str]) -> Iterator[list[Cell]]:
    names = confusion_names(model, classes)
    for reference, row in zip(names, model.confusion, strict=True):
        for chosen, rows in zip(names, row, strict=True):
            yield [model.name, reference, chosen, rows]


def _curve_rows(model: str, curves: Sequence[ClassCurve]) -> Iterator[list[Cell]]:
    for curve in curves:
        for x, y in zip(curve.x, curve.y, strict=True):
            yield [model, curve.name, x, y]
