"""Runs one task of the study from its data to its report, its notebook and its page in the documents."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from training.progress import Progress
from training.study.compare import compare
from training.study.fits import probabilities
from training.study.model_results import best_thresholds
from training.study.pictures.result import picture_result
from training.study.pictures.run import PICTURES, fold_folder
from training.study.pictures.ship import ship_picture
from training.study.report.gallery import Gallery, worst_errors
from training.study.report.notebook import write_notebook
from training.study.report.page import write_report
from training.study.results import RESULT, TaskResult
from training.study.summary import write_summary
from training.study.task import Task
from training.study.tasks.pictures import PicturesTask
from training.study.tasks.twelve_lead import SuperclassTask, TwelveLeadRhythmTask
from training.study.twelve_lead.ship import ship_twelve_lead

STUDY, NOTEBOOKS, SUMMARY = "study", "notebooks", "study.md"
"""Of the documents: folder of the figures, folder of the notebooks, the page."""
BUNDLES: Mapping[str, tuple[str, ...]] = {
    "picture": (PicturesTask.name,),
    "twelve_lead": (SuperclassTask.name, TwelveLeadRhythmTask.name),
}
"""The bundles of networks in service, and the tasks that they come from."""
SEED = 0
"""The gallery shows errors of the fit with this seed."""


def run_task(
    task: Task,
    data: Path,
    work: Path,
    out: Path,
    progress: Progress,
    *,
    seeds: int | None = None,
    command: str = "",
    docs: Path | None = None,
) -> TaskResult:
    """Fit and compare the models of a task, and write everything about the result.

    Parameters
    ----------
    task : Task
    data, work, out : Path
        Data sets; the task's work folder; folder of its report.
    progress : Progress
    seeds : int, optional
        Fits of each model; by default as many as the task asks for.
    command : str
        As it stands in the report.
    docs : Path, optional
        Folder of the documents: the result, the notebook and the summary of all tasks are written there.
    """
    if isinstance(task, PicturesTask):
        result = picture_result(data, work, out, progress, command=command)
        task, shown_from = PicturesTask(0, work / PICTURES), fold_folder(work, 0)
    else:
        result = compare(task, data, work, out, progress, seeds=seeds, command=command)
        shown_from = work
    write_report(result, gallery(task, shown_from, result.best), out)
    notebook = write_notebook(result, out)
    progress(f"{task.name}: report", 1, 1, str(out))
    if docs:
        publish(out / RESULT, notebook, task.name, docs)
    return result


def gallery(task: Task, work: Path, model: str) -> Gallery:
    """Errors of a model on validation patients: those of test patients would guide the next fit."""
    rows = task.rows(work, "validation")
    answered = probabilities(model, task, work, SEED, "validation")
    thresholds = None if task.exclusive else best_thresholds(rows.labels, answered)
    cases = worst_errors(task, rows, answered, thresholds)
    return Gallery(model, "validation", cases, task.fs_hz, task.leads)


def ship(tasks: Sequence[str], work: Path, bundles: Path) -> list[Path]:
    """Write the bundles of the networks in service all of whose tasks are finished; an older bundle is replaced.

    Parameters
    ----------
    tasks : sequence of str
        The finished tasks.
    work : Path
        Work folder of the study: a folder for each task.
    bundles : Path
        Folder with one folder for each bundle.

    Returns
    -------
    list of Path
        The bundles that were written.
    """
    written = [name for name, sources in BUNDLES.items() if set(sources) <= set(tasks)]
    if "picture" in written:
        ship_picture(work / PicturesTask.name, bundles / "picture")
    if "twelve_lead" in written:
        ship_twelve_lead(work, bundles / "twelve_lead")
    return [bundles / name for name in written]


def publish(result: Path, notebook: Path, name: str, docs: Path) -> None:
    """Copy a result and its notebook to the documents, and write the summary of all results there."""
    for source, target in (
        (result, docs / STUDY / name / RESULT),
        (notebook, docs / NOTEBOOKS / f"{name}.ipynb"),
    ):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    write_summary(docs / STUDY, docs / SUMMARY)
