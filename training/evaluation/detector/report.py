"""The report of a detector evaluation: an HTML page, a JSON file, the plots, and the strips of the worst errors."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

import wardbeat
from training.data.splits import DS2, is_mitdb
from training.evaluation.detector.ec57 import CLASSES, NONE
from training.evaluation.detector.evaluate import DetectorPlan, DetectorResults, Evaluation
from training.evaluation.detector.gallery import KINDS, BeatError, worst_cases
from training.evaluation.detector.plots import draw_plots
from training.evaluation.detector.scored_records import ScoredRecord
from training.evaluation.detector.tables import UNSEEN, row_named
from training.evaluation.page import render
from training.evaluation.strip import STRIP_S, Mark, draw_strip
from wardbeat.ecg.io.records import open_record

REPORT = "report.json"
PAGE = "report.html"
FIGURES, STRIPS = "figures", "strips"


class DetectorReport(msgspec.Struct, frozen=True):
    """The content of report.json.

    Attributes
    ----------
    wardbeat, created : str
        Version; time in UTC.
    records : str
        Name of the folder of records.
    left_out : list of str
        Records without reference annotations.
    evaluation : Evaluation
        All figures; rates are proportions from 0 to 1.
    errors : list of BeatError
        Errors in the gallery.
    errors_hidden : int
        Number of records of the test set whose errors are hidden.
    figures : list of str
        Files of the plots.
    """

    wardbeat: str
    created: str
    records: str
    left_out: list[str]
    evaluation: Evaluation
    errors: list[BeatError]
    errors_hidden: int
    figures: list[str]


def write_report(
    folder: Path,
    evaluated: DetectorResults,
    plan: DetectorPlan,
    left_out: Sequence[str] = (),
    *,
    test_strips: bool = False,
) -> DetectorReport:
    """Write the page, the JSON file and the images into a folder.

    Parameters
    ----------
    folder : Path
        An empty folder.
    evaluated : DetectorResults
    plan : DetectorPlan
        The plan of the evaluation.
    left_out : sequence of str
        Records that could not be scored.
    test_strips : bool
        Whether the gallery shows errors of DS2 of mitdb. DS2 is the test set: do not tune on it.

    Raises
    ------
    RecordError
        If the signal of a strip can't be read.
    """
    paths = {path.name: path for path in plan.paths}
    hidden = set() if test_strips or not is_mitdb(plan.paths) else paths.keys() & set(DS2)
    shown = [record for record in evaluated.scored if record.name not in hidden]
    cases = worst_cases(shown)
    (folder / FIGURES / STRIPS).mkdir(parents=True)
    figures = draw_plots(evaluated.evaluation, folder / FIGURES)
    by_name = {record.name: record for record in shown}
    for case in cases:
        _draw_case(folder / FIGURES / STRIPS / case.file, case, by_name[case.record], paths[case.record])
    report = DetectorReport(
        wardbeat=wardbeat.__version__,
        created=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        records=plan.paths[0].parent.name,
        left_out=list(left_out),
        evaluation=evaluated.evaluation,
        errors=cases,
        errors_hidden=len(hidden),
        figures=figures,
    )
    (folder / REPORT).write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    (folder / PAGE).write_text(render_page(report, folder / FIGURES), encoding="utf-8")
    return report


def render_page(report: DetectorReport, figures: Path) -> str:
    """The page as one HTML file with its images inside."""
    evaluation = report.evaluation
    return render(
        "report.html.j2",
        figures,
        report=report,
        evaluation=evaluation,
        classes=CLASSES,
        no_beat=NONE,
        seen=Counter(row.seen for row in evaluation.records),
        qrs=row_named(UNSEEN, evaluation.qrs),
        beats=row_named(evaluation.headline, evaluation.classes),
        windows=row_named(evaluation.headline, evaluation.windows) if evaluation.windows else None,
        latency={row.what: row for row in evaluation.latency},
        strips=STRIPS,
        kinds=KINDS,
        nan=math.nan,
    )


def _draw_case(path: Path, case: BeatError, scored: ScoredRecord, record_path: Path) -> None:
    draw_strip(
        path,
        open_record(record_path),
        case.t_s,
        reference=list(_marks(scored, case, detections=False)),
        findings=list(_marks(scored, case, detections=True)),
        title=f"{case.kind}: record {case.record} at {case.t_s:.1f} s",
    )


def _marks(scored: ScoredRecord, case: BeatError, *, detections: bool) -> Iterator[Mark]:
    """The reference beats or the detections near an error."""
    beats = scored.beats
    classes, times = (beats.predicted, beats.detected_s) if detections else (beats.reference, beats.t_s)
    for row in (abs(beats.t_s - case.t_s) <= STRIP_S).nonzero()[0]:
        if classes[row] != NONE:
            wrong = abs(float(beats.t_s[row]) - case.t_s) < 0.001
            yield Mark(float(times[row]), CLASSES[classes[row]], wrong)
