"""Atrial fibrillation on the records of the rhythm task: the ward's own rule beside the networks.

The ward annotates fibrillation in the rhythm of a record, and this is what we score. Its alert comes after a minute of
fibrillation, so it never comes in these records. The shipped atrial network was fitted on all records of
challenge-2017. So the network is also fitted again, on the records of the fit only, and the same monitor runs with it.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.runtime import Arrays, Runtime, ServedNetwork
from processors.monitor.patient_monitor import config_of
from processors.offline.annotate import annotate
from training.data.feature_capture import captured_features, write_features
from training.evaluation.alerts.findings import findings_of
from training.evaluation.alerts.scores.atrial_fibrillation import StripRow, StripScores, score_strips, strip_row
from training.evaluation.alerts.scores.proportions import resample_records
from training.evaluation.bootstrap import Interval
from training.progress import Progress
from training.study.results import Cell, ExtraTable, estimate
from wardbeat.atomic_files import atomic_file
from wardbeat.ecg.features.atrial_beats import PRESENT
from wardbeat.ecg.features.atrial_measures import MEASURES, atrial_measures
from wardbeat.ecg.io.records import find_records, open_record
from wardbeat.process_pool import run_jobs

if TYPE_CHECKING:
    from training.study.task import Rows, Task

LEAST_BEATS = 4
"""As in the fit of the atrial network: fewer beats say nothing."""
NETWORK, FILE = "ward_atrial", "atrial.onnx"
BLOCK = 32
SEED = 0
AF = 1
"""Index of atrial fibrillation in the classes of the task."""
SHIPPED, REFITTED = "ward's monitor, as shipped", "ward's monitor, atrial network fitted on the fit part only"
NOTES = (
    (
        "The ward's monitor alerts after 60 s of fibrillation, so it raises no alert in these records. Its row scores "
        "the rhythm that it annotates: a record counts as fibrillation if any part of it is annotated so."
    ),
    (
        "The shipped atrial network was fitted on all records of challenge-2017, so its row is no test. The other row "
        "of the ward is one: its network was fitted again, with the settings of the shipped one, on the fit part of "
        "this task. The threshold of both (.67) was chosen on all records, out of fold."
    ),
    (
        "The monitor decides live, beat by beat, and knows nothing that comes later; the networks of this task see the "
        "whole record at once."
    ),
)


class MonitorJob(NamedTuple):
    """Records over which the monitor runs, with another atrial network (ONNX) if a file is given."""

    paths: Sequence[Path]
    atrial: Path | None


class _OtherAtrial:
    """The networks of a bundle with another atrial network."""

    def __init__(self, networks: Runtime, atrial: Path) -> None:
        self.qrs = networks.qrs
        self._networks = networks
        self._atrial = ServedNetwork("atrial", atrial.read_bytes(), str(atrial))

    def run(self, network: str, inputs: Arrays) -> Arrays:
        """The outputs of a network."""
        return self._atrial.run(inputs) if network == "atrial" else self._networks.run(network, inputs)


def feature_file(work: Path, path: Path) -> Path:
    """Where the features of the atrial network over a record are kept; those of all records lie side by side."""
    return work / "features" / f"{path.name}.npz"


def capture(work: Path, paths: Sequence[Path]) -> int:
    """Run the live monitor over records and keep the inputs of its atrial network; the number of the records.

    The beat network is the shipped one: it was fitted on other data sets.
    """
    networks = Runtime.load(None)
    (work / "features").mkdir(exist_ok=True)
    for path in paths:
        write_features(feature_file(work, path), path, networks)
    return len(paths)


def last_measures(work: Path, path: Path) -> NDArray[np.float32]:
    """The atrial measures of the last beats of a record; zeros if it has too few beats."""
    rows = captured_features(work, path, "atrial")
    known = rows[rows[:, :, PRESENT].sum(axis=1) >= LEAST_BEATS]
    return np.asarray(atrial_measures(known[-1]) if len(known) else np.zeros(len(MEASURES)), np.float32)


def af_table(task: "Task", folder: Path, work: Path, progress: Progress) -> ExtraTable:
    """Fibrillation against normal and other rhythms on the test records: each fitted network, and the ward's rule.

    Parameters
    ----------
    task : Task
        Prepared in ``work``.
    folder : Path
        The records.
    work : Path
        What takes long is kept here.
    progress : Progress
    """
    from training.study.fits import RECORD, fit_folder, probabilities  # not needed where the monitor runs: TensorFlow

    rows = task.rows(work, "test")
    network = refitted(task, folder, work, progress)
    called = {
        SHIPPED: monitor_calls(folder, work, rows, None, progress),
        REFITTED: monitor_calls(folder, work, rows, network, progress),
    }
    for model in task.models:
        if (fit_folder(work, model, SEED) / RECORD).is_file():
            chosen = probabilities(model, task, work, SEED, "test").argmax(axis=1)
            called[f"{model}, seed {SEED}"] = dict(zip(rows.record.tolist(), (chosen == AF).tolist(), strict=True))
    return ExtraTable(
        title="Atrial fibrillation against normal and other rhythms, test records",
        columns=["model", "fitted on these records", *_COLUMNS],
        rows=[
            [name, "yes" if name == SHIPPED else "no", *_cells(_score(task, rows, of_model))]
            for name, of_model in called.items()
        ],
        note="Noise is left out of all figures but the last: the proportion of noisy records called fibrillation.",
    )


def monitor_calls(folder: Path, work: Path, rows: "Rows", atrial: Path | None, progress: Progress) -> dict[str, bool]:
    """Whether the monitor annotates fibrillation in each record; kept in the work folder.

    Parameters
    ----------
    atrial : Path or None
        Another atrial network than that of the shipped bundle.
    """
    kept = work / f"monitor_{'refitted' if atrial else 'shipped'}.json"
    if kept.is_file():
        return msgspec.json.decode(kept.read_bytes(), type=dict[str, bool])
    paths = find_records(folder, [str(name) for name in rows.record])
    jobs = [MonitorJob(paths[at : at + BLOCK], atrial) for at in range(0, len(paths), BLOCK)]
    called: dict[str, bool] = {}
    with run_jobs(run_monitor_job, jobs, os.cpu_count() or 1) as results:
        for result in results:
            called |= result
            progress(f"rhythm: {REFITTED if atrial else SHIPPED}", len(called), len(paths))
    with atomic_file(kept) as temporary:
        temporary.write_bytes(msgspec.json.encode(called))
    return called


def run_monitor_job(job: MonitorJob) -> dict[str, bool]:
    """Run the monitor over the records of a job."""
    runtime = Runtime.load(None)
    networks = _OtherAtrial(runtime, job.atrial) if job.atrial else runtime
    records = [open_record(path) for path in job.paths]
    durations_s = {record.name: record.duration_s for record in records}
    found = annotate(records, networks, config=config_of(runtime.manifest.thresholds))
    return {
        name: strip_row(name, "", findings_of(name, durations_s[name], annotations)).called
        for name, annotations in found
    }


def refitted(task: "Task", folder: Path, work: Path, progress: Progress) -> Path:
    """The ward's atrial network with its forest, fitted on the records of the fit only: an ONNX file."""
    folder_of_network = work / NETWORK
    if not (folder_of_network / FILE).is_file():
        from models.atrial import export_atrial
        from training.fit.networks.atrial import AtrialSettings, atrial_rows, fit_atrial_forest, fit_atrial_network
        from training.fit.work import backup_folder, stage_folder

        names = [str(name) for name in task.rows(work, "fit").record]
        beats = atrial_rows(work, find_records(folder, names))
        settings, backup = AtrialSettings(), backup_folder(folder_of_network)
        network = fit_atrial_network(beats, settings=settings, seed=SEED, progress=progress, backup=backup)
        with stage_folder(folder_of_network) as temporary:
            export_atrial(network, fit_atrial_forest(beats, settings=settings, seed=SEED), temporary)
        shutil.rmtree(backup, ignore_errors=True)
    return folder_of_network / FILE


def _score(task: "Task", rows: "Rows", called: dict[str, bool]) -> StripScores:
    truths = [task.classes[index] for index in rows.labels.argmax(axis=1)]
    strips = [StripRow(str(name), truth, bool(called[name])) for name, truth in zip(rows.record, truths, strict=True)]
    return score_strips(strips, resample_records([str(name) for name in rows.patient], SEED))


_FIGURES = ("sensitivity", "specificity", "PPV", "F1")
_COLUMNS = [*(column for name in _FIGURES for column in (name, f"{name}, low", f"{name}, high")), "noise called"]


def _cells(scores: StripScores) -> list[Cell]:
    return [cell for one in (scores.se, scores.sp, scores.ppv, scores.f1) for cell in _interval(one)] + [
        estimate(scores.noise_called).value
    ]


def _interval(one: Interval) -> list[Cell]:
    shown = estimate(one)
    return [shown.value, shown.low, shown.high]
