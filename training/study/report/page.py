"""Writes the report of a task: the page, and its PNG, CSV and JSON files beside it."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import NamedTuple

from training.evaluation.page import render
from training.study.report.gallery import KINDS, ErrorCase, Gallery, draw_gallery
from training.study.report.names import words_of_figure
from training.study.report.plots import confusion_file, draw_plots, extra_file
from training.study.report.tables import CLASS_FIGURES, with_intervals, write_tables
from training.study.results import RESULT, Cell, Estimate, ModelResult, TaskResult, write_result

PAGE = "report.html"
FIGURES, TABLES, ERRORS = "figures", "tables", "errors"
FIRST_FIGURES = ("accuracy", "macro_precision", "macro_recall", "macro_f1")
"""Columns of the table of models after the task's own figure."""


class ShownError(NamedTuple):
    """An error in the gallery, and its picture; empty without one."""

    case: ErrorCase
    file: str


def write_report(result: TaskResult, gallery: Gallery | None, out: Path) -> Path:
    """Write ``report.html``, ``result.json``, ``figures/``, ``tables/`` and ``errors/`` into a folder.

    Parameters
    ----------
    result : TaskResult
    gallery : Gallery or None
        Errors of one model; see :func:`training.study.report.gallery.worst_errors`.
    out : Path
        Made if it is missing. Files of an earlier report are replaced.

    Returns
    -------
    Path
        The page.
    """
    for name in (FIGURES, TABLES, ERRORS):
        (out / name).mkdir(parents=True, exist_ok=True)
        for old in (*(out / name).glob("*.png"), *(out / name).glob("*.csv")):
            old.unlink()
    write_result(out / RESULT, result)
    shown = _shown(gallery, out / ERRORS)
    page = render(
        "task.html.j2",
        out,
        package="training.study.report",
        result=result,
        figures=draw_plots(result, out / FIGURES),
        tables=write_tables(out / TABLES, result),
        columns=_columns(result),
        seeds=seed_figures,
        gallery=gallery,
        errors={kind: [one for one in shown if one.case.kind == kind] for kind in KINDS},
        class_figures=CLASS_FIGURES,
        words=words_of_figure,
        cell=cell,
        extra_tables=[with_intervals(one) for one in result.tables],
        value=value,
        signed=signed,
        confusion_file=confusion_file,
        extra_file=extra_file,
    )
    (out / PAGE).write_text(page, encoding="utf-8")
    return out / PAGE


def value(one: Estimate | None, digits: int = 3) -> str:
    """The value of a figure; a dash if it is not defined."""
    return "–" if one is None or one.value is None else signed(one.value, digits)


def signed(number: float, digits: int = 3) -> str:
    """A number with a minus sign as in print.

    Examples
    --------
    >>> signed(-0.0712)
    '−0.071'
    """
    return f"{number:.{digits}f}".replace("-", "−")


def cell(one: Cell) -> str:
    """A cell of a table as text: numbers with at most four significant digits, a dash for None.

    Examples
    --------
    >>> cell(0.912345), cell(12345), cell(None), cell("V")
    ('0.9123', '12,345', '–', 'V')
    """
    if one is None:
        return "–"
    if isinstance(one, int):
        return f"{one:,}"
    return f"{one:.4g}" if isinstance(one, float) else one


def seed_figures(model: ModelResult, figure: str) -> str:
    """Mean and standard deviation of a figure over the seeds of a model."""
    values = [found for seed in model.seeds if (found := seed.figures.get(figure)) is not None]
    if not values:
        return "–"
    spread = f" ± {stdev(values):.3f}" if len(values) > 1 else ""
    return f"{fmean(values):.3f}{spread}"


def _columns(result: TaskResult) -> list[str]:
    """The figures of the table of models: the task's own first, then those that at least one model has."""
    of_models = dict.fromkeys(name for model in result.models for name in model.figures)
    others = [name for name in (*FIRST_FIGURES, *of_models) if name in of_models and name != result.figure]
    return [result.figure, *dict.fromkeys(others)]


def _shown(gallery: Gallery | None, folder: Path) -> Sequence[ShownError]:
    if gallery is None:
        return []
    files = draw_gallery(folder, gallery)
    return [ShownError(case, file) for case, file in zip(gallery.cases, files, strict=True)]
