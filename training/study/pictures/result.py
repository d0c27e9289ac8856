"""The result of the task of pictures in the form of all tasks: out-of-fold figures by patient, and further tables."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.pictures import PICTURE_CLASSES
from training.data.pictures.collection import read_table
from training.progress import Progress
from training.study.compare import PATIENT_SEED, check_data, part_count
from training.study.fits import fit_folder, read_record
from training.study.intervals import Patients
from training.study.model_results import RESAMPLES, Answered, measure, model_result
from training.study.models import study_model
from training.study.origin import data_sources, run_facts, time_spent
from training.study.pictures.figures import ExampleFigures, RefusalLine, StyleFigures
from training.study.pictures.run import MODEL, PICTURES, PictureResults, fold_folder, out_of_fold, run_pictures
from training.study.results import RESULT, Estimate, ExtraTable, TaskResult, write_result
from training.study.task import PARTS, Part, Rows
from training.study.tasks.pictures import FOLDS, PicturesTask

VARIED = "varied"
SEED = 0
CONCLUSION = (
    "The network in service was fitted on all patients. Its figure for a new patient is the one of the folds; that of "
    "beats split at random is for patients that it knows."
)


class BeatPicturesTask(PicturesTask):
    """The seven classes of beats alone, as they are scored: a picture of a beat is never taken for no ECG here."""

    classes = PICTURE_CLASSES


def picture_result(data: Path, work: Path, out: Path, progress: Progress, *, command: str = "") -> TaskResult:
    """Fit and score the networks of pictures, and write ``out/result.json``; finished fits are not repeated.

    Raises
    ------
    TrainingError
        If a data set is missing.
    """
    check_data(PicturesTask(), data)
    work.mkdir(parents=True, exist_ok=True)
    with time_spent(work) as spent_s:
        found = run_pictures(data, work, progress, seed=SEED)
        task = BeatPicturesTask(0, work / PICTURES)
        records = [read_record(fit_folder(fold_folder(work, fold), MODEL, SEED)) for fold in range(FOLDS)]
        rows, p = out_of_fold(work, SEED, VARIED)
        answered = Answered.of(rows, p / p.sum(axis=1, keepdims=True), None)
        measured = measure(answered, Patients.of(answered.patient, PATIENT_SEED, RESAMPLES), None)
        model = study_model(MODEL)
        facts = {"name": MODEL, "purpose": model.purpose, "source": model.source}
        parts: dict[Part, Rows] = {part: task.rows(work, part) for part in PARTS} | {"test": rows}
        result = TaskResult(
            task=task.name,
            title=task.title,
            question=task.question,
            classes=list(task.classes),
            exclusive=True,
            figure=task.figure,
            best=MODEL,
            conclusion=CONCLUSION,
            data=data_sources(task, data, parts),
            parts=[part_count(task, part, _beats_only(one), None) for part, one in parts.items()],
            models=[model_result(task, facts, records[:1], [answered], [measured], None)],
            differences=[],
            run=run_facts(command, [SEED], spent_s()),
            tables=picture_tables(found),
            notes=[*task.notes, _patients_note(read_table(work / PICTURES).patient)],
        )
    out.mkdir(parents=True, exist_ok=True)
    write_result(out / RESULT, result)
    return result


def picture_tables(found: PictureResults) -> list[ExtraTable]:
    """The tables that only this task has: splits beside each other, public pictures, refusals, records."""
    return [
        split_table(found.by_patient, found.leaky),
        patients_table(found.by_patient[0]),
        examples_table(found.examples),
        refusals_table(found.refusals),
        record_table(found.by_patient[0]),
    ]


def split_table(by_patient: Sequence[StyleFigures], leaky: Sequence[StyleFigures]) -> ExtraTable:
    """The honest figures and the leaky ones beside each other."""
    rows = [
        [split, one.style, one.pictures, one.patients, *_cells(one.macro_f1), one.accuracy.value, one.refused]
        for split, styles in (("by patient, out of fold", by_patient), ("beats at random (leaky)", leaky))
        for one in styles
    ]
    return ExtraTable(
        "By patient, and by beats at random as papers do",
        ["split", "style", "pictures", "patients", "macro F1", "low", "high", "accuracy", "refused"],
        list(map(list, rows)),
        "The leaky split has beats of the same patients on both sides. It says nothing about a new patient.",
    )


def patients_table(one: StyleFigures) -> ExtraTable:
    """How many patients each class has, and its F1."""
    rows = [[own.name, own.pictures, own.patients, *_cells(own.f1)] for own in one.classes]
    return ExtraTable(
        "Patients of each class (scored pictures)",
        ["class", "pictures", "patients", "F1", "low", "high"],
        list(map(list, rows)),
    )


def examples_table(examples: Sequence[ExampleFigures]) -> ExtraTable:
    """The pictures that others have drawn of beats of mitdb."""
    return ExtraTable(
        "Public pictures of beats, never fitted on",
        ["network", "pictures", "accuracy by true beat", "macro F1 by true beat", "accuracy by folder"],
        [[one.fitted_on, one.pictures, one.accuracy, one.macro_f1, one.folder_accuracy] for one in examples],
        "They show patients of mitdb. Where the network knows the patients, the figure is one of drawing style only. "
        "Their folder of premature atrial beats holds paced beats for the most part, so a figure by folder rewards a "
        "wrong answer.",
    )


def refusals_table(refusals: Sequence[RefusalLine]) -> ExtraTable:
    """What is refused as no single beat."""
    return ExtraTable(
        "Pictures that are refused",
        ["group", "kind", "pictures", "refused", "proportion"],
        [[one.group, one.kind, one.pictures, one.refused, one.refused / one.pictures] for one in refusals],
        "No network was fitted on these kinds, except on ECG.",
    )


def record_table(one: StyleFigures) -> ExtraTable:
    """The pictures of each record and class."""
    return ExtraTable(
        "By record",
        ["record", "class", "pictures", "right", "proportion", "most often taken for"],
        [
            [line.record, line.name, line.pictures, line.right, line.right / line.pictures, line.most_often_else]
            for line in one.records
        ],
    )


def _cells(found: Estimate) -> tuple[float | None, float | None, float | None]:
    return found.value, found.low, found.high


def _beats_only(rows: Rows) -> Rows:
    """The rows of beats, with the labels of their seven classes."""
    labels = rows.labels[:, : len(PICTURE_CLASSES)]
    kept = labels.max(axis=1) > 0
    return Rows({}, labels[kept], rows.record[kept], rows.patient[kept])


def _patients_note(patient: NDArray[np.str_]) -> str:
    return f"The pictures are of {len(np.unique(patient))} patients in all; validation patients are in no fold."
