"""The summary of all tasks in Markdown, as ``docs/study.md``: what was compared, the table of models, what it means."""

from collections.abc import Sequence
from pathlib import Path

from training.study.report.names import words_of_figure
from training.study.report.tables import with_intervals
from training.study.results import RESULT, Cell, Estimate, ExtraTable, ModelResult, TaskResult, read_result
from wardbeat.atomic_files import atomic_file

INTRODUCTION = """# The study: models compared

Every figure below comes from `make study`, and from what it fitted; this page is written by it. Patients of the fit, of
the choices (validation) and of the test are different people. Each choice was made on validation patients; the test
patients were scored once. Intervals are 95 %, by bootstrap over patients. Wardbeat is not a medical device.

[How to run it](how-to/run-the-study.md). `make study` writes whole reports (curves, confusion matrices, galleries of
errors) to `out/study`; the figures of each task are in `docs/study/`, its notebook in `docs/notebooks/`.
"""
NO_RESULT = """No task has been run with this version yet, so there are no figures here.
"""
SHORT_TABLES = 24
"""Longer tables of a task, and those by record, stand in its report only."""


def write_summary(results: Path, file: Path) -> None:
    """Write the summary of all results in a folder, one folder a task.

    Parameters
    ----------
    results : Path
        Folder with ``TASK/result.json``.
    file : Path
        The Markdown file.
    """
    found = [read_result(path) for path in sorted(results.glob(f"*/{RESULT}"))]
    with atomic_file(file) as temporary:
        temporary.write_text(summary(found), encoding="utf-8")


def summary(results: Sequence[TaskResult]) -> str:
    """The summary as Markdown."""
    return "\n".join([INTRODUCTION, *(_section(one) for one in results)] if results else [INTRODUCTION, NO_RESULT])


def _section(result: TaskResult) -> str:
    run = result.run
    minutes = "" if run.took_s is None else f" It took {run.took_s / 60:.0f} minutes."
    parts = [
        f"## {result.title}",
        result.question,
        _table(
            ["part", "rows", "records", "patients"], [[p.part, p.rows, p.records, p.patients] for p in result.parts]
        ),
        _models_table(result),
        result.conclusion,
        *(_extra(with_intervals(one)) for one in result.tables if _is_short(one)),
        "What this can't tell:\n\n" + "\n".join(f"- {note}" for note in result.notes) if result.notes else "",
        f"`{run.command}`, commit {run.commit}, seeds {', '.join(map(str, run.seeds))}.{minutes}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _is_short(table: ExtraTable) -> bool:
    return len(table.rows) <= SHORT_TABLES and "record" not in table.columns


def _models_table(result: TaskResult) -> str:
    columns = ["model", words_of_figure(result.figure), "accuracy", *(f"F1 {name}" for name in result.classes)]
    return _table([*columns, "parameters", "ms a row"], [_model_row(result, one) for one in result.models])


def _model_row(result: TaskResult, model: ModelResult) -> list[Cell]:
    name = f"**{model.name}**" if model.name == result.best else model.name
    return [
        f"{name} (in service)" if model.in_service else name,
        _span(model.figures[result.figure]),
        _number(model.figures["accuracy"].value),
        *(_number(one.f1.value) for one in model.classes),
        f"{model.cost.parameters:,}",
        f"{model.cost.ms_per_row:.1f}",
    ]


def _extra(table: ExtraTable) -> str:
    text = f"**{table.title}**\n\n{_table(table.columns, table.rows)}"
    return f"{text}\n\n{table.note}" if table.note else text


def _table(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    lines = [_line(columns), _line(["---"] * len(columns)), *(_line([_text(cell) for cell in row]) for row in rows)]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(cell: Cell) -> str:
    if cell is None:
        return "–"
    return _number(cell) if isinstance(cell, float) else str(cell)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _span(one: Estimate) -> str:
    return f"{_number(one.value)} ({_number(one.low)} to {_number(one.high)})"
