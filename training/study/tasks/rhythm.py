"""The rhythm of a short strip: normal, atrial fibrillation, another rhythm, noise; challenge-2017, by record."""

import os
from functools import partial
from pathlib import Path
from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.data.challenge_2017 import RHYTHMS, read_record_rhythms, read_strip, split_records
from training.progress import Progress
from training.study.rhythm import af_rule
from training.study.rhythm.crops import crop_starts, cut, mean_over_crops, random_starts
from training.study.task import Arrays, Extras, FitSettings, Part, Predict, Rows, Task
from wardbeat.atomic_files import atomic_file
from wardbeat.ecg.io.records import find_records
from wardbeat.errors import TrainingError
from wardbeat.process_pool import run_jobs

DATA_SET = "challenge-2017"
FS_HZ = 100
"""The largest waves of interest, QRS complexes and fibrillation waves, lie below 50 Hz."""
CROP = 10 * FS_HZ
"""Samples of a crop. Irregular intervals show in ten beats. Crops of 20 s take twice the time, and after seven epochs
the figure on the validation records was the same (.65)."""
HOP = 5 * FS_HZ
"""Crops of an answer begin at most this many samples apart."""
LONGEST_S = 61.0
PROPORTIONS = {"fit": 0.6, "validation": 0.15, "test": 0.25}
SPLIT_SEED = 2017
SIGNALS, RECORDS, MEASURES = "signals.npy", "records.json", "measures.npy"
BLOCK = 64
"""Records of one job of the preparation."""
INVERTED, SCALE, NOISE = 0.3, 0.15, 0.05
"""Augmentation: the proportion of inverted crops, the deviation of the log of the scale, the mean of the deviation of
white noise, in deviations of the record. Hand-held electrodes are often swapped."""


class StudyStrip(msgspec.Struct, frozen=True):
    """A record of the task: its reference rhythm, its part, and the samples of its signal at ``FS_HZ``."""

    record: str
    rhythm: str
    part: str
    samples: int


class RhythmTask(Task):
    """Records of challenge-2017 by their rhythm; a network takes crops and answers with the mean over a record's crops.

    The inputs are ``signal`` (padded with zeros to ``LONGEST_S``), ``samples`` (the true length, for the crops only)
    and ``features`` (the ward's atrial measures of the last 48 beats, for trees and kernels only).
    """

    name = "rhythm"
    title = "Rhythm of a short strip (challenge-2017)"
    classes = RHYTHMS
    exclusive = True
    figure = "challenge_f1"
    models = ("cnn", "resnet", "cnn-lstm", "trees", "kernel")
    question = (
        "Which network names the rhythm of a strip of 9 to 61 s best: normal, atrial fibrillation, other, noise? "
        "How good is the ward's own rule of atrial fibrillation on the same records?"
    )
    seeds = 2
    data_sets = (DATA_SET,)
    fs_hz = FS_HZ
    leads = ("ECG",)
    notes: ClassVar[tuple[str, ...]] = (
        "The split is by record. Nobody published which records are of one person; each counts as a patient here.",
        (
            "The published F1 of .83 is that of the best entries on the hidden test set, fitted on 8,528 records; "
            "figures here are not comparable to the digit."
        ),
        (
            "challenge_f1 is the mean F1 of N, A and O, as the Challenge scores (doi:10.22489/CinC.2017.065-469). "
            "Noise is a class of the confusion matrix, but its F1 does not count. macro_f1 counts it."
        ),
    )

    def prepare(self, data: Path, work: Path, progress: Progress) -> None:
        """Resample the records, split them, and measure the beats of each as the live monitor does."""
        folder = data / DATA_SET
        rhythms = read_record_rhythms(folder)
        paths = [path for path in find_records(folder) if path.name in rhythms]
        if not paths:
            raise TrainingError(f"{folder}: no record has a label in REFERENCE-v3.csv; fetch the data set again")
        work.mkdir(parents=True, exist_ok=True)
        if not (work / RECORDS).is_file():
            _prepare_signals(paths, rhythms, work, progress)
        if not (work / MEASURES).is_file():
            _prepare_measures(paths, work, progress)

    def rows(self, work: Path, part: Part) -> Rows:
        """The records of one part."""
        strips = read_strips(work)
        at = np.array([index for index, strip in enumerate(strips) if strip.part == part], np.int64)
        chosen = [strips[index] for index in at]
        names = np.array([strip.record for strip in chosen])
        signals = np.load(work / SIGNALS, mmap_mode="r")[at].astype(np.float32)
        lengths = np.array([[strip.samples] for strip in chosen], np.float32)
        inputs = {"signal": signals[:, :, None], "samples": lengths, "features": np.load(work / MEASURES)[at]}
        labels = np.eye(len(RHYTHMS), dtype=np.float32)[[RHYTHMS.index(strip.rhythm) for strip in chosen]]
        return Rows(inputs, labels, names, names)

    def settings(self, model: str) -> FitSettings:
        """Chosen on the validation records."""
        del model
        return FitSettings(epochs=30, patience=10, rows=2560, learning_rate=3e-3, dropout=0.4)

    def weights(self, rows: Rows) -> NDArray[np.float64]:
        """A rare rhythm is sampled more often: by the square root of its frequency, so that it is not memorised."""
        per_class = rows.labels.sum(axis=0)
        weight = 1.0 / np.sqrt(per_class[rows.labels.argmax(axis=1)].astype(np.float64))
        return np.asarray(weight / weight.sum())

    def batch(
        self, rows: Rows, chosen: NDArray[np.int64], random: np.random.Generator
    ) -> tuple[Arrays, NDArray[np.float32]]:
        """One random crop of each chosen record, augmented."""
        starts = random_starts(rows.inputs["samples"][chosen, 0], CROP, random)
        signal = cut(rows.inputs["signal"], chosen, starts, CROP)
        sign = np.where(random.random(len(chosen)) < INVERTED, -1.0, 1.0)
        scale = sign * np.exp(random.normal(0.0, SCALE, len(chosen)))
        noise = random.exponential(NOISE, len(chosen))[:, None, None] * random.normal(size=signal.shape)
        return {"signal": (signal * scale[:, None, None] + noise).astype(np.float32)}, rows.labels[chosen]

    def answer(self, predict: Predict, rows: Rows) -> NDArray[np.float32]:
        """The mean of the probabilities over crops that cover the record."""
        return self._answer(predict, rows, HOP)

    def checked(self, predict: Predict, rows: Rows) -> NDArray[np.float32]:
        """After an epoch of a fit, crops do not overlap."""
        return self._answer(predict, rows, CROP)

    def _answer(self, predict: Predict, rows: Rows, hop: int) -> NDArray[np.float32]:
        row, starts = crop_starts(rows.inputs["samples"][:, 0], CROP, hop)
        signal = cut(rows.inputs["signal"], row, starts, CROP)
        return mean_over_crops(predict({"signal": signal, "features": rows.inputs["features"][row]}), row, len(rows))

    def shapes(self, rows: Rows) -> dict[str, tuple[int, ...]]:
        """A network takes a crop of the signal, and nothing else."""
        del rows
        return {"signal": (CROP, 1)}

    def extras(self, data: Path, work: Path, progress: Progress) -> Extras:
        """Atrial fibrillation against the other rhythms: the networks and the ward's own rule on the same records."""
        return Extras(tables=[af_rule.af_table(self, data / DATA_SET, work, progress)], notes=af_rule.NOTES)


def read_strips(work: Path) -> list[StudyStrip]:
    """The records of the prepared task, in the order of its arrays."""
    return msgspec.json.decode((work / RECORDS).read_bytes(), type=list[StudyStrip])


def _prepare_signals(paths: list[Path], rhythms: dict[str, str], work: Path, progress: Progress) -> None:
    """Write the signals and then the table of records: a table that exists is complete."""
    parts = split_records({path.name: rhythms[path.name] for path in paths}, PROPORTIONS, SPLIT_SEED)
    signals = np.zeros((len(paths), round(LONGEST_S * FS_HZ)), np.float16)
    strips = []
    for at, path in enumerate(paths):
        strip = read_strip(path, FS_HZ)[: signals.shape[1]]
        signals[at, : len(strip)] = strip
        strips.append(StudyStrip(path.name, rhythms[path.name], parts[path.name], len(strip)))
        if at % BLOCK == BLOCK - 1 or at == len(paths) - 1:
            progress("rhythm: signals", at + 1, len(paths))
    with atomic_file(work / SIGNALS) as temporary:
        np.save(temporary, signals)
    with atomic_file(work / RECORDS) as temporary:
        temporary.write_bytes(msgspec.json.encode(strips))


def _prepare_measures(paths: list[Path], work: Path, progress: Progress) -> None:
    """Run the live monitor over the records; the captured features of finished records are kept."""
    missing = [path for path in paths if not af_rule.feature_file(work, path).is_file()]
    blocks = [missing[at : at + BLOCK] for at in range(0, len(missing), BLOCK)]
    done = len(paths) - len(missing)
    with run_jobs(partial(af_rule.capture, work), blocks, os.cpu_count() or 1) as results:
        for captured in results:
            done += captured
            progress("rhythm: beats by the live monitor", done, len(paths))
    measures = np.stack([af_rule.last_measures(work, path) for path in paths])
    with atomic_file(work / MEASURES) as temporary:
        np.save(temporary, measures)
