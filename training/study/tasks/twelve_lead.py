"""Tasks with twelve leads on PTB-XL: five superclasses, normal against abnormal, rhythm.

All of them use the cache beside their work folders (:mod:`training.data.ptb_xl.cache`). Folds 1 to 8 (or those of them
that there are) are for the fit, fold 9 validates, fold 10 tests.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from training.data.ptb_xl.cache import PtbPart, prepare_cache, read_part
from training.data.ptb_xl.labels import RHYTHMS, SUPERCLASSES
from training.data.ptb_xl.layout import FS_HZ, LEADS, SAMPLES
from training.progress import Progress
from training.study.fits import RECORD, fit_folder, probabilities
from training.study.scores import macro_auc
from training.study.task import Arrays, Extras, FitSettings, Part, Predict, Rows, Task
from training.study.tasks.ventricular_beats import VentricularBeatsTask
from training.study.twelve_lead.published import published_table
from training.study.twelve_lead.transfer import NETWORK, transfer_curve, transfer_plot

DATA_SET = "ptb-xl"
CROP_S = 2.5
WINDOWS = 7
"""Windows of a record's answer: each overlaps the next by half (Strodthoff et al. 2021)."""
CHECKED_WINDOWS = 2
"""Windows of an answer after each epoch of a fit; seven would take as long as the epoch."""
BLOCK = 512
"""Records whose windows are classified at once: a call of a network has a fixed cost, and windows need memory."""
SAMPLE_NOTE = (
    "Folds 1 to 3, 9 and 10 of PTB-XL are used where only these are there: 10,928 of 21,799 records. The published "
    "results are fitted on folds 1 to 8, so they are not comparable to the digit."
)
PATIENT_NOTE = (
    "Where the table names no patient, a record counts as a patient: the interval is then a little too narrow. The "
    "folds keep the patients apart."
)


SETTINGS: Mapping[str, FitSettings] = {
    "cnn": FitSettings(epochs=40, patience=12, dropout=0.5),
    "resnet": FitSettings(epochs=30, patience=10, dropout=0.5),
    "inception": FitSettings(epochs=24, patience=8, dropout=0.5),
    "lstm": FitSettings(epochs=20, patience=8, dropout=0.3),
    "cnn-lstm": FitSettings(epochs=30, patience=10, dropout=0.3),
}
"""Of the superclasses, by model; judged on fold 9 only. With 12 epochs every network still improved at the last one:
macro AUC of the ResNet .912, and .924 with 24 epochs; of the CNN .906, and .916 with 30."""


class TwelveLeadTask(Task):
    """A task on PTB-XL; a network takes random crops of 2.5 s, and answers with the mean over a record's windows.

    The inputs are ``signal`` (1000, 12), clipped to ±5 mV and scaled by mean and standard deviation of each lead over
    the fit part, and ``features`` (intervals and median beats; for machines that take no signal).
    """

    exclusive: ClassVar[bool] = False
    figure = "macro_auc"
    data_sets = (DATA_SET,)
    fs_hz = 100.0
    leads = LEADS
    crop_s: ClassVar[float] = CROP_S
    windows: ClassVar[int] = WINDOWS
    checked_windows: ClassVar[int] = CHECKED_WINDOWS

    def prepare(self, data: Path, work: Path, progress: Progress) -> None:
        """Write the cache that all tasks with twelve leads share, in the folder beside ``work``."""
        prepare_cache(data / DATA_SET, cache_folder(work), progress)

    def rows(self, work: Path, part: Part) -> Rows:
        """The records of one part that have a label of the task."""
        stored = read_part(cache_folder(work), part)
        labels, kept = self.labels(stored, part)
        return Rows(
            {"signal": stored.scale.scaled(stored.signals[kept]), "features": stored.features[kept]},
            labels[kept],
            np.array([record.name for record in stored.records], np.str_)[kept],
            np.array([record.patient for record in stored.records], np.str_)[kept],
        )

    def labels(self, stored: PtbPart, part: Part) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Labels of all records of a part, and which of these records are kept."""
        raise NotImplementedError

    def batch(
        self, rows: Rows, chosen: NDArray[np.int64], random: np.random.Generator
    ) -> tuple[Arrays, NDArray[np.float32]]:
        """One random crop of each chosen record."""
        signal, crop = rows.inputs["signal"], self._crop()
        starts = random.integers(0, signal.shape[1] - crop + 1, len(chosen))
        crops = np.stack([signal[row, start : start + crop] for row, start in zip(chosen, starts, strict=True)])
        return {"signal": crops}, rows.labels[chosen]

    def answer(self, predict: Predict, rows: Rows) -> NDArray[np.float32]:
        """The mean of the probabilities over the windows of a record."""
        return self._mean(predict, rows, self.windows)

    def checked(self, predict: Predict, rows: Rows) -> NDArray[np.float32]:
        """The mean over fewer windows, which are as far apart as they can be."""
        return self._mean(predict, rows, self.checked_windows)

    def shapes(self, rows: Rows) -> dict[str, tuple[int, ...]]:
        """A network takes a crop of the signal, and nothing else."""
        return {"signal": (self._crop(), rows.inputs["signal"].shape[-1])}

    def _crop(self) -> int:
        return round(self.crop_s * FS_HZ)

    def _mean(self, predict: Predict, rows: Rows, windows: int) -> NDArray[np.float32]:
        crop, n = self._crop(), len(rows)
        starts = np.linspace(0, SAMPLES - crop, windows).round().astype(int)
        answered = np.zeros(rows.labels.shape, np.float32)
        for at in range(0, n, BLOCK):
            signal = rows.inputs["signal"][at : at + BLOCK]
            crops = np.concatenate([signal[:, start : start + crop] for start in starts])
            of_windows = predict({"signal": crops}).reshape(windows, len(signal), -1)
            answered[at : at + BLOCK] = of_windows.mean(axis=0)
        return answered


class SuperclassTask(TwelveLeadTask):
    """The five diagnostic superclasses; a record may have several of them."""

    name = "superclasses"
    title = "Diagnostic superclasses of twelve leads (PTB-XL)"
    classes: ClassVar[tuple[str, ...]] = SUPERCLASSES
    models = ("cnn", "resnet", "inception", "lstm", "cnn-lstm", "rocket", "kernel", "trees", "average")
    service_model = "average"
    question = (
        "Which model names the superclasses of a 12-lead ECG best: normal (NORM), infarction (MI), ST and T changes "
        "(STTC), conduction disturbance (CD), hypertrophy (HYP)? Does it separate normal ECGs from abnormal ones?"
    )
    notes: ClassVar[tuple[str, ...]] = (
        SAMPLE_NOTE,
        (
            "Of most fit records only codes of the Challenge of 2021 are known; their labels are probabilities from a "
            "logistic regression. Validation and test records have their statements."
        ),
        (
            "A statement counts whatever its likelihood, as in the published benchmark. Records without a superclass "
            "are not scored."
        ),
        PATIENT_NOTE,
    )

    def labels(self, stored: PtbPart, part: Part) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Records without a superclass help the fit, but are not scored, as in the published benchmark."""
        labels = stored.superclasses
        return labels, (labels.max(axis=1) > 0) | (part == "fit")

    def settings(self, model: str) -> FitSettings:
        """By model."""
        return SETTINGS.get(model, FitSettings())

    def extras(self, data: Path, work: Path, progress: Progress) -> Extras:
        """The published table, and the transfer to ward leads where their data sets are there."""
        labels = self.rows(work, "test").labels
        fitted = [name for name in self.models if (fit_folder(work, name, 0) / RECORD).is_file()]
        areas = {name: macro_auc(labels, probabilities(name, self, work, 0, "test")) for name in fitted}
        tables, plots, notes = [published_table(areas)], [], []
        if NETWORK in fitted and all((data / name).is_dir() for name in VentricularBeatsTask.data_sets):
            plots.append(transfer_plot(transfer_curve(data, work, progress)))
        else:
            notes.append(f"The transfer to ward leads needs mitdb, svdb and a fitted {NETWORK}; it was left out.")
        return Extras(tables, plots, notes)


class NormalTask(SuperclassTask):
    """Normal against abnormal: whether NORM is among the superclasses, by the models that name the superclasses."""

    name = "normal"
    title = "Normal against abnormal ECG of twelve leads (PTB-XL)"
    classes = ("normal", "abnormal")
    exclusive = True
    question = "Do the models of the superclasses tell a normal 12-lead ECG from an abnormal one?"
    notes = (
        SAMPLE_NOTE,
        (
            "An ECG is normal if the statement NORM stands for it, also beside others; 1 − its probability is that of "
            "an abnormal one. No model is fitted for this question: the models of the superclasses answer it."
        ),
        PATIENT_NOTE,
    )
    answered_by = SuperclassTask()

    def labels(self, stored: PtbPart, part: Part) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """The records of the superclasses."""
        labels, kept = super().labels(stored, part)
        return self.derived(labels), kept

    def derived(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """Normal and abnormal from the five superclasses."""
        normal = probabilities[:, SUPERCLASSES.index("NORM")]
        return np.stack([normal, 1 - normal], axis=1)

    def extras(self, data: Path, work: Path, progress: Progress) -> Extras:
        """None."""
        del data, work, progress
        return Extras()


class TwelveLeadRhythmTask(TwelveLeadTask):
    """The rhythm of a record; a network takes crops of 8 s.

    With crops of 5 s a CNN did not find sinus arrhythmia (AUC of fold 9: .81; trees on the intervals of 10 s: .96).
    """

    name = "twelve-lead-rhythm"
    title = "Rhythm of twelve leads (PTB-XL)"
    classes = RHYTHMS
    exclusive = True
    models = ("resnet", "cnn-lstm", "trees")
    question = (
        "Which model names the rhythm of a 12-lead ECG best: sinus rhythm (SR), sinus bradycardia (SBRAD), sinus "
        "tachycardia (STACH), sinus arrhythmia (SARRH), atrial fibrillation (AFIB), pacemaker (PACE), another (OTHER)?"
    )
    crop_s = 8.0
    windows = 2
    checked_windows = 1
    notes = (
        SAMPLE_NOTE,
        (
            "A rhythm is a class if it has at least 25 records in the fit and in the test part. OTHER holds flutter, "
            "supraventricular tachycardia and other supraventricular arrhythmia, and bigeminy or trigeminy that stand "
            "alone. A record without a stated rhythm is left out (fold 10: 100 of 2,198)."
        ),
        "Sinus arrhythmia is stated by the cardiologist and has no fixed threshold.",
        PATIENT_NOTE,
    )

    def labels(self, stored: PtbPart, part: Part) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Records that have a rhythm."""
        del part
        return stored.rhythms, stored.rhythms.max(axis=1) > 0

    def settings(self, model: str) -> FitSettings:
        """Rare rhythms are sampled more often, so an epoch needs no more than half of the records."""
        del model
        return FitSettings(epochs=24, patience=8, rows=3200, dropout=0.5)

    def weights(self, rows: Rows) -> NDArray[np.float64]:
        """By one over the square root of the records of the rhythm, so that rare ones are not memorised."""
        per_class = rows.labels.sum(axis=0)
        weight = 1.0 / np.sqrt(per_class[rows.labels.argmax(axis=1)].astype(np.float64))
        return np.asarray(weight / weight.sum())


def cache_folder(work: Path) -> Path:
    """The folder with the prepared records, beside the work folder of a task."""
    return work.parent / DATA_SET
