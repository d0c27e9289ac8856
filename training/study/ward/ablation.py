"""What each step of the preparation of the signal adds: a CNN is fitted with each step switched off in turn.

The steps are noise reduction (the monitor's causal filter, 0.5–40 Hz), normalisation (both leads over the patient's
running QRS amplitude), segmentation (the window is around the monitor's own R peak) and the RR features. All are on in
the first row. Without segmentation a beat has the window of a fixed grid that holds its R peak: the network does not
know where in the window the beat is. One network, one seed; validation patients score it, never DS2.

The preparation of the task ``beats`` has more: the difference from the patient's dominant beat, features of the shape
and of the beats around, augmentation. These stay out here, so that each step counts by itself.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.data.labels import FALSE_DETECTION, NOT_SCORED
from training.evaluation.provenance import patient_of
from training.progress import Progress
from training.study.fits import fit_model, probabilities
from training.study.intervals import Patients, class_figures, counts_by_patient, resampled_matrices
from training.study.model_results import estimated
from training.study.results import Cell, Estimate, ExtraTable
from training.study.task import Arrays, FitSettings, Part, Rows, Task
from training.study.tasks.beats import Q, one_hot, rare_first
from training.study.ward import records
from training.study.ward.beat_tables import CLASSES
from training.study.ward.row_files import load_rows, save_rows
from training.study.ward.unprepared_beats import (
    BeatsJob,
    UnpreparedBeats,
    read_unprepared_beats,
    write_unprepared_beats,
)
from wardbeat.process_pool import run_jobs

FOLDER = "ablation"
ALL_STEPS = "all steps"
STEPS = (ALL_STEPS, "no noise reduction", "no normalisation", "no segmentation", "no RR features")
MODEL, SEED, RESAMPLES = "cnn", 0, 1000
MOST_MV, MOST_AMPLITUDES = 10.0, 8.0
"""Signals are clipped here, over the amplitude as in the monitor."""
PARTS: tuple[Part, ...] = ("fit", "validation")


class StepResult(NamedTuple):
    """Validation figures of one row of the ablation by name, and their differences from those with all steps."""

    step: str
    figures: dict[str, Estimate]
    differences: dict[str, Estimate]


class AblationTask(Task):
    """Classes of beats from a signal that lacks one step of its preparation."""

    name = "beats-ablation"
    title = "Beats without one step of the preparation"
    classes = CLASSES
    exclusive = True
    figure = "ectopic_f1"
    models = (MODEL,)
    data_sets = ("mitdb", "svdb")

    def __init__(self, step: str) -> None:
        self.step = step

    def prepare(self, data: Path, work: Path, progress: Progress) -> None:
        """Write the beats of the fit and validation records; all steps share them.

        Parameters
        ----------
        data : Path
        work : Path
            The folder of the step; the folder above has the beats.
        progress : Progress
        """
        folder = work.parent
        parts = records.part_records(data)
        jobs = [BeatsJob(path, folder / part / f"{path.name}.npz") for part in PARTS for path in parts[part]]
        missing = [job for job in jobs if not job.file.is_file()]
        for part in PARTS:
            (folder / part).mkdir(parents=True, exist_ok=True)
        with run_jobs(write_unprepared_beats, missing, records.PROCESSES) as finished:
            for done, name in enumerate(finished, start=1):
                progress("beats for the ablation", done, len(missing), name)
        for part in PARTS:
            if not (folder / f"{part}.npz").is_file():
                save_rows(folder / f"{part}.npz", _joined(sorted((folder / part).glob("*.npz")), part))

    def rows(self, work: Path, part: Part) -> Rows:
        """The beats of the fit, or those of the validation after the learning time; there is no test part."""
        rows = load_rows(work.parent / f"{part}.npz")
        return Rows(step_inputs(rows.inputs, self.step), rows.labels, rows.record, rows.patient)

    def settings(self, model: str) -> FitSettings:
        """Fewer rows than in the task ``beats``: the rows differ by more than that."""
        del model
        return FitSettings(epochs=5, patience=5, rows=30_000, batch=256, learning_rate=2e-3, dropout=0.4)

    def weights(self, rows: Rows) -> NDArray[np.float64]:
        """Beats of a class that is rare in its record are sampled more often."""
        return rare_first(rows.record, rows.labels.argmax(axis=1))


def step_inputs(beats: Arrays, step: str) -> Arrays:
    """The inputs of a network without one step.

    Parameters
    ----------
    beats : dict of str to ndarray
        Fields of :class:`training.study.ward.unprepared_beats.UnpreparedBeats`.
    step : str
        One of ``STEPS``.
    """
    source = {"no noise reduction": "raw_mv", "no segmentation": "grid_mv"}.get(step, "filtered_mv")
    signal = np.clip(beats[source], -MOST_MV, MOST_MV)
    if step != "no normalisation":
        signal = np.clip(signal / beats["amplitude_mv"][:, None, :], -MOST_AMPLITUDES, MOST_AMPLITUDES)
    return {"signal": signal} if step == "no RR features" else {"signal": signal, "features": beats["rr"]}


def run_ablation(data: Path, work: Path, progress: Progress) -> list[StepResult]:
    """Fit the network once for each row and score it on validation patients; finished fits are not repeated."""
    answered: dict[str, NDArray[np.float32]] = {}
    for step in STEPS:
        task, folder = AblationTask(step), work / FOLDER / step.replace(" ", "-")
        folder.mkdir(parents=True, exist_ok=True)
        task.prepare(data, folder, progress)
        fit_model(MODEL, task, folder, SEED, progress)
        answered[step] = probabilities(MODEL, task, folder, SEED, "validation")
    return step_results(answered, load_rows(work / FOLDER / "validation.npz"))


def step_results(answered: dict[str, NDArray[np.float32]], rows: Rows) -> list[StepResult]:
    """Figures of each row of the ablation, and paired differences from the first, over validation patients."""
    patients = Patients.of(rows.patient, SEED, RESAMPLES)
    none = len(CLASSES)
    reference = np.where(rows.labels.sum(axis=1) > 0, rows.labels.argmax(axis=1), none)
    by_step: dict[str, dict[str, NDArray[np.float64]]] = {}
    for step, p in answered.items():
        counts = counts_by_patient(reference, p.argmax(axis=1), none + 1, patients)
        f1 = class_figures(resampled_matrices(counts, patients.weights), none).f1
        s_f1, v_f1 = f1[:, CLASSES.index("S")], f1[:, CLASSES.index("V")]
        by_step[step] = {"mean F1 of S and V": (s_f1 + v_f1) / 2, "S F1": s_f1, "V F1": v_f1}
    first = by_step[next(iter(by_step))]
    return [
        StepResult(
            step,
            {name: estimated([values]) for name, values in figures.items()},
            {name: estimated([values - first[name]]) for name, values in figures.items()},
        )
        for step, figures in by_step.items()
    ]


def ablation_table(results: Sequence[StepResult]) -> ExtraTable:
    """The rows of the ablation as a table."""
    names = list(results[0].figures)
    columns = [column for name in names for column in (name, "low", "high", "difference", "low", "high")]
    rows: list[list[Cell]] = [
        [one.step, *(cell for name in names for cell in (*_cells(one.figures[name]), *_cells(one.differences[name])))]
        for one in results
    ]
    note = (
        f"Validation patients of DS1 and svdb, {MODEL}, seed {SEED}. Difference from the row with all steps; 95 % "
        "intervals by bootstrap over patients, paired. Noise reduction: causal filter, 0.5–40 Hz. Normalisation: over "
        "the patient's running QRS amplitude. Segmentation: around the monitor's own R peak, otherwise the window of a "
        "fixed grid of 1.05 s that holds it."
    )
    return ExtraTable(
        "Preparation of the signal, each step switched off in turn", ["preparation", *columns], rows, note
    )


def _joined(files: Sequence[Path], part: Part) -> Rows:
    """The beats of a part as rows; of the fit all, of the validation those that are scored."""
    inputs: list[UnpreparedBeats] = []
    labels, names = [], []
    for file in files:
        beats = read_unprepared_beats(file)
        kept = (beats.label > NOT_SCORED) & (beats.label != Q)
        if part != "fit":
            kept &= beats.scored
        beats = UnpreparedBeats._make(column[kept] for column in beats)
        inputs.append(beats)
        has_class = (part == "fit") | (beats.label != FALSE_DETECTION)
        labels.append(one_hot(beats.label) * np.reshape(has_class, (-1, 1)))
        names.append(np.full(kept.sum(), file.stem))
    record = np.concatenate(names)
    arrays = {
        name: np.concatenate([getattr(beats, name) for beats in inputs])
        for name in ("filtered_mv", "raw_mv", "grid_mv", "amplitude_mv", "rr")
    }
    return Rows(arrays, np.concatenate(labels), record, np.array([patient_of(str(name)) for name in record]))


def _cells(one: Estimate) -> list[Cell]:
    return [one.value, one.low, one.high]
