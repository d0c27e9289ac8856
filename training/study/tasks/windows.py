"""Windows of 5 s of ward leads, normal or abnormal: the combined detector in service, each of its parts, and a CNN.

The windows are those of the live monitor (:mod:`training.study.ward.records`). A window is abnormal with any S, V or F
beat, or with a rhythm that is neither sinus nor paced; it is normal in sinus or paced rhythm with N beats only; others
are left out (:func:`training.data.labels.window_labels`).
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.inputs import WINDOW_LEADS
from training.data.augment import augment_windows
from training.data.capture import WindowRows
from training.evaluation.ablation import Ablation, ablation
from training.evaluation.bootstrap import Interval
from training.progress import Progress
from training.study.fits import RECORD, fit_folder, probabilities
from training.study.results import Cell, ExtraTable, estimate
from training.study.task import Arrays, Extras, FitSettings, Part, Rows, Task
from training.study.tasks.beats import rare_first, synthetic_noise
from training.study.ward import records
from training.study.ward.in_service import AUTOENCODER, CLASSIFIER, COMBINATION
from training.study.ward.records import WardRecords, ward_records
from training.study.ward.row_files import load_rows, save_rows

SAME_PERSON = "202"
SEED = 0


class WindowsTask(Task):
    """Normal and abnormal windows.

    The inputs are those of the ward's window network: ``signal`` has its columns ``signal`` (2), ``dominant`` (2) and
    ``log_rr`` (1); ``context`` comes from the ward's beat classifier, and no network of the study takes it.
    """

    name = "windows"
    title = "Normal and abnormal windows of ward leads"
    question = (
        "Does the combination of beat classifier and autoencoder find abnormal windows of unseen patients better than "
        "either part alone? How good is a CNN on the same windows?"
    )
    classes = ("normal", "abnormal")
    exclusive = True
    figure = "macro_auc"
    models = (COMBINATION, CLASSIFIER, AUTOENCODER, "cnn")
    service_model = COMBINATION
    seeds = 3
    data_sets = ("mitdb", "svdb")
    fs_hz = 125.0
    leads = ("limb lead", "precordial lead")
    notes = (
        "The figure is the area under the ROC curve (AUROC). With two classes both have the same.",
        (
            "The combination and its parts are those of the shipped bundle, fitted on DS1 and svdb. It has seen the "
            "validation patients; it has not seen DS2, but for 202, who is 201 of DS1."
        ),
        (
            "The autoencoder gives a distance, not a probability: its column is distance / (distance + that of the "
            "99th of 100 normal windows)."
        ),
        (
            "The width of the autoencoder's code was chosen with windows of vfdb, the settings of the beat classifier "
            "on DS1 and svdb out of fold."
        ),
    )

    def prepare(self, data: Path, work: Path, progress: Progress) -> None:
        """Capture the ward's records into the folder beside ``work``, then write the rows of each part."""
        records.prepare(data, work.parent, progress)
        parts: tuple[Part, ...] = ("fit", "validation", "test")
        for part in parts:
            if not (work / f"{part}.npz").is_file():
                save_rows(work / f"{part}.npz", _rows(ward_records(work.parent, part), part))

    def rows(self, work: Path, part: Part) -> Rows:
        """The windows of a part; those of validation and test without the learning time."""
        return load_rows(work / f"{part}.npz")

    def settings(self, model: str) -> FitSettings:
        """Few epochs: patients are few."""
        del model
        return FitSettings(epochs=6, patience=6, rows=8_000, batch=64, learning_rate=2e-3, dropout=0.4)

    def weights(self, rows: Rows) -> NDArray[np.float64]:
        """The rarer class of a record is sampled more often."""
        return rare_first(rows.record, rows.labels.argmax(axis=1))

    def batch(
        self, rows: Rows, chosen: NDArray[np.int64], random: np.random.Generator
    ) -> tuple[Arrays, NDArray[np.float32]]:
        """Windows augmented like those of the ward's autoencoder."""
        split = split_columns(rows.inputs["signal"][chosen])
        return {"signal": joined_columns(augment_windows(split, synthetic_noise(), random))}, rows.labels[chosen]

    def extras(self, data: Path, work: Path, progress: Progress) -> Extras:
        """The combination against each of its parts, paired, on all of DS2 and without 202."""
        del data, progress
        rows = self.rows(work, "test")
        scores = {
            name: probabilities(name, self, work, SEED, "test")[:, 1]
            for name in self.models
            if (fit_folder(work, name, SEED) / RECORD).is_file()
        }
        if COMBINATION not in scores:
            return Extras()
        groups = {"DS2": np.ones(len(rows), np.bool_), f"DS2 without {SAME_PERSON}": rows.record != SAME_PERSON}
        compared = {
            name: compare_parts({key: score[mask] for key, score in scores.items()}, rows.take(mask))
            for name, mask in groups.items()
        }
        return Extras(tables=[parts_table(compared)], notes=[statement(compared["DS2"])])


def compare_parts(scores: dict[str, NDArray[np.float32]], rows: Rows) -> Ablation:
    """AUROC of each score, and by how much the first one, the combination, exceeds each other, over patients."""
    _, patient = np.unique(rows.patient, return_inverse=True)
    return ablation(scores, rows.labels[:, 1] > 0.5, patient.astype(np.int32))


def parts_table(compared: dict[str, Ablation]) -> ExtraTable:
    """AUROC and paired differences for groups of records."""
    rows: list[list[Cell]] = []
    for group, one in compared.items():
        for name, area in one.auroc.items():
            rows.append([group, name, *_cells(area), *(_cells(one.gain[name]) if name in one.gain else [None] * 3)])
    columns = ["records", "model", "AUROC", "low", "high", "combination better by", "low", "high"]
    note = f"95 % intervals by bootstrap over patients, paired. Seed {SEED} of the CNN."
    return ExtraTable("The combination against its parts", columns, rows, note)


def statement(compared: Ablation) -> str:
    """Whether the combination is above both parts, in a sentence."""
    parts = {name: compared.gain[name] for name in (CLASSIFIER, AUTOENCODER) if name in compared.gain}
    spans = ", ".join(
        f"by {gain.value:+.3f} ({gain.low:+.3f} to {gain.high:+.3f}) than {name}" for name, gain in parts.items()
    )
    if all(gain.low > 0 for gain in parts.values()):
        return f"The combination is better than both of its parts: {spans}. Both intervals exclude 0."
    unproven = " and ".join(name for name, gain in parts.items() if gain.low <= 0)
    return (
        f"The combination is not shown to be better than both of its parts: it is better {spans}. The interval for "
        f"{unproven} includes 0 or lies below it."
    )


def split_columns(signal: NDArray[np.float32]) -> Arrays:
    """The three inputs of the ward's window network from the columns of ``signal``."""
    return {
        "signal": signal[:, :, :WINDOW_LEADS],
        "dominant": signal[:, :, WINDOW_LEADS : 2 * WINDOW_LEADS],
        "log_rr": signal[:, :, 2 * WINDOW_LEADS :],
    }


def joined_columns(inputs: Arrays) -> NDArray[np.float32]:
    """The columns of ``signal`` from the three inputs."""
    return np.concatenate([inputs[name] for name in ("signal", "dominant", "log_rr")], axis=-1)


def _rows(captured: WardRecords, part: Part) -> Rows:
    windows: WindowRows = captured.captured.windows
    kept = windows.abnormal | windows.normal
    if part != "fit":
        kept &= captured.is_scored(windows.record, windows.t_s)
    windows = windows.take(kept)
    inputs = {"signal": joined_columns(windows.inputs), "context": windows.inputs["context"]}
    labels = np.stack([windows.normal, windows.abnormal], axis=1).astype(np.float32)
    return Rows(inputs, labels, captured.record_of(windows.record), captured.patient_of(windows.record))


def _cells(one: Interval) -> list[Cell]:
    shown = estimate(one)
    return [shown.value, shown.low, shown.high]
