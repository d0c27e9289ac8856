"""Pictures of single beats: seven classes, and everything that is no single beat.

``PicturesTask()`` is one fold. :mod:`training.study.pictures.run` fits all folds, and the network in service.
"""

from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from models.pictures import PICTURE_CLASSES
from training.data.pictures.collection import NO_ECG, SEVERAL_BEATS, Table, collect_pictures, read_pictures, read_table
from training.progress import Progress
from training.study.task import Arrays, FitSettings, Part, Predict, Rows, Task

FOLDS = 5
FOLD_SEED = 0
RANDOM_SPLIT = -1
"""In place of a fold: beats at random, whoever they are of. The network in service is fitted so."""
HELD_OUT = 0.15
"""Beats that the random split scores."""
NO_ECG_SHARE, SEVERAL_SHARE = 0.18, 0.05
"""Of the pictures of an epoch, those of no ECG and of several beats. Nothing is as varied as what is no ECG."""
SMOOTHING = 0.05
"""Of each label, shared by all classes: a picture of a premature atrial beat may look like that of a normal one."""
FOLD_EPOCHS, SERVICE_EPOCHS = 20, 60
FOLDED = ("mitdb", "vfdb")


class PicturesTask(Task):
    """Pictures drawn from mitdb and vfdb, in folds by patient; patients of svdb and PTB-XL join the fit and validate.

    Parameters
    ----------
    fold : int
        The fold of patients that is scored, or ``RANDOM_SPLIT``.
    pictures : Path, optional
        The work folder of the collected pictures; by default the task's own.
    """

    name = "pictures"
    title = "Pictures of single beats (mitdb, vfdb)"
    classes: ClassVar[tuple[str, ...]] = (*PICTURE_CLASSES, "no ECG", "several beats")
    exclusive = True
    figure = "macro_f1"
    models = ("picture-cnn",)
    question = "How well does a network name the beat in a picture, for patients whom it has never seen?"
    data_sets = ("mitdb", "vfdb", "svdb", "ptb-xl")
    scored_sets = ("beat-images",)
    notes: ClassVar[tuple[str, ...]] = (
        "A premature atrial beat differs from a normal one in its time, which a picture of one beat does not show.",
        "Most classes have few patients: intervals are wide.",
    )

    def __init__(self, fold: int = 0, pictures: Path | None = None) -> None:
        self.fold = fold
        self._pictures = pictures

    def prepare(self, data: Path, work: Path, progress: Progress) -> None:
        """Draw all pictures."""
        collect_pictures(data, self._pictures or work, progress)

    def rows(self, work: Path, part: Part) -> Rows:
        """The pictures of one part; the scored ones are the beats of the fold's patients."""
        folder = self._pictures or work
        table = read_table(folder)
        chosen = np.flatnonzero(part_mask(table, self.fold, part))
        return picture_rows(folder, table, chosen)

    def settings(self, model: str) -> FitSettings:
        """Chosen on the validation patients, and for the network in service on the held-out beats.

        Both figures still rose after 20 epochs, more slowly for the patients; a task has 45 minutes.
        """
        del model
        epochs = SERVICE_EPOCHS if self.fold == RANDOM_SPLIT else FOLD_EPOCHS
        return FitSettings(
            epochs=epochs, patience=epochs, rows=10_000, batch=64, learning_rate=2e-3, weight_decay=1e-3, dropout=0.1
        )

    def weights(self, rows: Rows) -> NDArray[np.float64]:
        """Each class has the same share; in a class mitdb with vfdb have half; a patient's is the root of its rows."""
        beat = rows.labels.argmax(axis=1)
        folded = np.isin(np.strings.partition(rows.patient, "/")[0], FOLDED)
        others = {NO_ECG: NO_ECG_SHARE, SEVERAL_BEATS: SEVERAL_SHARE}
        weight = np.zeros(len(rows))
        for name in np.unique(beat):
            share = others.get(name, (1 - sum(others.values())) / NO_ECG)
            groups = [group for group in ((beat == name) & folded, (beat == name) & ~folded) if group.any()]
            for group in groups:
                _, at, counts = np.unique(rows.patient[group], return_inverse=True, return_counts=True)
                root = 1 / np.sqrt(counts[at])
                weight[group] = share / len(groups) * root / root.sum()
        return np.asarray(weight / weight.sum())

    def batch(
        self, rows: Rows, chosen: NDArray[np.int64], random: np.random.Generator
    ) -> tuple[Arrays, NDArray[np.float32]]:
        """Pictures of a batch; the network itself shifts and turns them."""
        del random
        labels = (1 - SMOOTHING) * rows.labels[chosen] + SMOOTHING / len(self.classes)
        return {"picture": ink_of(rows.inputs["picture"][chosen])}, labels.astype(np.float32)

    def answer(self, predict: Predict, rows: Rows) -> NDArray[np.float32]:
        """The probabilities of pictures."""
        return predict({"picture": ink_of(rows.inputs["picture"])})


def part_mask(table: Table, fold: int, part: Part) -> NDArray[np.bool_]:
    """Which pictures are in a part of the split with this fold."""
    if part == "validation":
        return np.asarray(table.use == "validation")
    scored = held_out_beats(table) if fold == RANDOM_SPLIT else folds(table) == fold
    return np.asarray((table.use == "test") & scored if part == "test" else (table.use == "fit") & ~scored)


def folds(table: Table) -> NDArray[np.int64]:
    """The fold of each picture of mitdb and vfdb, −1 of all others; the folds have no patient in common.

    Each fold has about the same number of beats of each class, as far as the patients allow.
    """
    rows = np.flatnonzero(np.isin(table.source, FOLDED) & (table.use != "validation"))
    fold = np.full(len(table.beat), -1)
    split = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=FOLD_SEED)
    for index, (_, scored) in enumerate(split.split(rows, table.beat[rows], table.patient[rows])):
        fold[rows[scored]] = index
    return fold


def held_out_beats(table: Table) -> NDArray[np.bool_]:
    """A random choice of the beats of mitdb and vfdb, with all their drawings and both leads."""
    names = np.char.add(np.char.add(table.record, "@"), table.sample.astype(str))
    beats, at = np.unique(names, return_inverse=True)
    chosen = np.random.default_rng(FOLD_SEED).random(len(beats)) < HELD_OUT
    return np.asarray(chosen[at] & np.isin(table.source, FOLDED))


def picture_rows(folder: Path, table: Table, chosen: NDArray[np.int64]) -> Rows:
    """Pictures as rows; their input is ink as 0 to 255, which a batch makes 0 to 1, to save memory."""
    taken = table.take(chosen)
    labels = np.eye(len(PicturesTask.classes), dtype=np.float32)[taken.beat]
    inputs: Arrays = {"picture": read_pictures(folder, chosen)}  # type: ignore[dict-item]
    return Rows(inputs, labels, taken.record, taken.patient)


def ink_of(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """Ink from 0 to 1."""
    return np.asarray(pictures, np.float32) / np.float32(255)
