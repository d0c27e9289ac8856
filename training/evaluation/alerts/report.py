"""The report of an alert evaluation: an HTML page, a JSON file, the plots, and the strip of each chosen error."""

import math
from datetime import UTC, datetime
from pathlib import Path

import msgspec

import wardbeat
from training.data.splits import DS2, MITDB
from training.evaluation.alerts.error_cases import AlertError, choose_errors
from training.evaluation.alerts.error_strips import draw_error_strip, shift_rhythms
from training.evaluation.alerts.evaluate import AlertResults, FolderErrors
from training.evaluation.alerts.plots import draw_plots
from training.evaluation.alerts.results import AlertEvaluation
from training.evaluation.alerts.scores import challenge_2015
from training.evaluation.alerts.scores.burden import GROUPS
from training.evaluation.page import render

REPORT = "report.json"
PAGE = "report.html"
FIGURES, STRIPS = "figures", "strips"


class ShownErrors(msgspec.Struct, frozen=True):
    """The errors of a folder that the report shows, and the number of test records whose errors it hides."""

    folder: str
    cases: list[AlertError]
    hidden: int


class AlertReport(msgspec.Struct, frozen=True):
    """The content of report.json.

    Attributes
    ----------
    wardbeat, created : str
        Version; time in UTC.
    evaluation : AlertEvaluation
        All figures; rates are proportions from 0 to 1, times seconds.
    errors : list of ShownErrors
        Errors in the gallery.
    figures : list of str
        Files of the plots.
    """

    wardbeat: str
    created: str
    evaluation: AlertEvaluation
    errors: list[ShownErrors]
    figures: list[str]


def write_report(folder: Path, evaluated: AlertResults, *, test_strips: bool = False) -> AlertReport:
    """Write the page, the JSON file and the images into a folder.

    Parameters
    ----------
    folder : Path
        An empty folder.
    evaluated : AlertResults
    test_strips : bool
        Whether the gallery shows errors of DS2 of mitdb. DS2 is the test set: do not tune on it.

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
        figures=draw_plots(evaluated.evaluation, pictures),
    )
    (folder / REPORT).write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    (folder / PAGE).write_text(render_page(report, pictures), encoding="utf-8")
    return report


def render_page(report: AlertReport, pictures: Path) -> str:
    """The page as one HTML file with its images inside."""
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


def _draw_errors(pictures: Path, errors: FolderErrors, test_strips: bool) -> ShownErrors:
    hidden = set() if test_strips or not set(errors.references) <= MITDB else set(DS2) & set(errors.references)
    cases = choose_errors(case for case in errors.cases if case.record not in hidden)
    folder = pictures / STRIPS / errors.folder
    folder.mkdir(parents=True)
    for case in cases:
        signal = errors.signals[case.signal]
        reference = shift_rhythms(errors.references.get(case.record, ()), signal.run.start_s)
        draw_error_strip(folder / case.file, case, signal, reference)
    return ShownErrors(errors.folder, cases, len(hidden))
