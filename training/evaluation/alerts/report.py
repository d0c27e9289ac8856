"""The report of an evaluation of alerts: a page for people, JSON for machines, the strip of each error."""

import math
from datetime import UTC, datetime
from pathlib import Path

import msgspec

import wardbeat
from training.data.splits import DS2, MITDB
from training.evaluation.alerts.case_strips import draw_case, shifted
from training.evaluation.alerts.error_cases import AlertError, choose_errors
from training.evaluation.alerts.evaluate import AlertResults, Errors
from training.evaluation.alerts.figures import AlertEvaluation
from training.evaluation.alerts.plots import draw_pictures
from training.evaluation.alerts.scores import challenge_2015
from training.evaluation.alerts.scores.burden import GROUPS
from training.evaluation.page import render

REPORT = "report.json"
PAGE = "report.html"
FIGURES, STRIPS = "figures", "strips"


class FolderErrors(msgspec.Struct, frozen=True):
    """The errors of a folder that are shown, and how many records' errors are not, as they are for the test alone."""

    folder: str
    cases: list[AlertError]
    hidden: int


class AlertReport(msgspec.Struct, frozen=True):
    """What report.json holds.

    Attributes
    ----------
    wardbeat, created : str
        Version; UTC.
    evaluation : AlertEvaluation
        All figures; rates are shares of 1, times seconds.
    errors : list of FolderErrors
        What the gallery shows.
    figures : list of str
        Files.
    """

    wardbeat: str
    created: str
    evaluation: AlertEvaluation
    errors: list[FolderErrors]
    figures: list[str]


def write_report(folder: Path, evaluated: AlertResults, *, test_strips: bool = False) -> AlertReport:
    """Write page, JSON and pictures into a folder.

    Parameters
    ----------
    folder : Path
        Empty.
    evaluated : AlertResults
    test_strips : bool
        Whether the gallery shows errors of mitdb's DS2, which nobody who tunes may look at.

    Raises
    ------
    RecordError
        If the signal of a strip can't be read.
    """
    pictures = folder / FIGURES
    pictures.mkdir(parents=True)
    report = AlertReport(
        wardbeat=wardbeat.__version__,
        created=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        evaluation=evaluated.evaluation,
        errors=[_draw_errors(pictures, errors, test_strips) for errors in evaluated.errors],
        figures=draw_pictures(evaluated.evaluation, pictures),
    )
    (folder / REPORT).write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    (folder / PAGE).write_text(render_page(report, pictures), encoding="utf-8")
    return report


def render_page(report: AlertReport, pictures: Path) -> str:
    """The page as HTML that needs nothing beside it; pictures are in it."""
    return render(
        "alerts.html.j2",
        pictures,
        report=report,
        evaluation=report.evaluation,
        alarms_of=challenge_2015.ALARMS_OF,
        groups=GROUPS,
        strips=STRIPS,
        inf=math.inf,
    )


def _draw_errors(pictures: Path, errors: Errors, test_strips: bool) -> FolderErrors:
    hidden = set() if test_strips or not set(errors.references) <= MITDB else set(DS2) & set(errors.references)
    cases = choose_errors(case for case in errors.cases if case.record not in hidden)
    folder = pictures / STRIPS / errors.folder
    folder.mkdir(parents=True)
    for case in cases:
        signal = errors.signals[case.signal]
        reference = shifted(errors.references.get(case.record, ()), signal.run.start_s)
        draw_case(folder / case.file, case, signal, reference)
    return FolderErrors(errors.folder, cases, len(hidden))
