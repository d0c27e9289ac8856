"""A class for every sample of the ward's two leads: background, or the QRS complex of an N, S, V or F beat.

The signal is that of the monitor's windows: causally filtered (0.5–40 Hz), at 125 Hz, over the patient's running QRS
amplitude (:mod:`wardbeat.ecg.features.windows`). Each row is a window of 5 s with a margin from the windows beside it.
The amplitude is known 0.6 s or more after the end of a window: this is the look-ahead beside that of the network.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.inputs import NETWORK_FS_HZ, WINDOW_S, WINDOW_SAMPLES
from models.study.time_instant import MARGIN
from training.data.augment import augment_windows
from training.data.labels import FLUTTER
from training.progress import Progress
from training.study.fits import probabilities
from training.study.task import Arrays, Extras, FitSettings, Part, Rows, Task
from training.study.tasks.beats import fitted_seeds, missed_rows, rare_first, scored_beats, scored_rows, synthetic_noise
from training.study.ward import records
from training.study.ward.beat_tables import group_table, pooled, record_rows, record_table
from training.study.ward.records import WardRecords, ward_records
from training.study.ward.row_files import load_rows, save_rows
from wardbeat.contracts.messages import DISPLAY_FS_HZ, SYMBOLS
from wardbeat.ecg.filters import DISPLAY_DELAY
from wardbeat.ecg.io.annotations import read_beats, read_rhythms
from wardbeat.ecg.io.records import open_record
from wardbeat.ecg.reference import ReferenceRhythm

CLASSES = ("background", "N", "S", "V", "F")
QRS_S = 0.064
"""A beat's class is the label of the samples up to this far from its R peak: together 0.136 s, about a wide QRS."""
READ_S = 0.048
"""As a beat, the probabilities are averaged over the samples up to this far from the monitor's R peak."""
DELAY_S = DISPLAY_DELAY / DISPLAY_FS_HZ
"""The filtered signal shows a complex this much later."""
NAME = "time-instant"


class InstantsTask(Task):
    """Classes of samples."""

    name = "instants"
    title = "A class for every sample of ward leads"
    question = (
        "How well does a classifier that sees only a second of signal label every sample, and the beats at the "
        "monitor's R peaks, of unseen patients?"
    )
    classes = CLASSES
    exclusive = True
    figure = "macro_f1"
    models = (NAME,)
    seeds = 3
    data_sets = ("mitdb", "svdb")
    fs_hz = 125.0
    margin = MARGIN
    leads = ("limb lead", "precordial lead")
    notes = (
        (
            "A sample sees 1.0 s of signal around it (127 samples at 125 Hz). A supraventricular beat differs from a "
            "normal one by its time, and the beat before mostly lies outside of this second."
        ),
        (
            "Samples up to 64 ms from a reference R peak have the class of the beat; all others are background. "
            "Windows in ventricular flutter and windows with unclassifiable beats (Q) are left out."
        ),
        (
            "As beats: the mean of the probabilities up to 48 ms from each R peak of the monitor, without background. "
            "These figures can be compared with those of the task `beats`."
        ),
    )

    def prepare(self, data: Path, work: Path, progress: Progress) -> None:
        """Capture the ward's records into the folder beside ``work``, then write the rows of each part."""
        records.prepare(data, work.parent, progress)
        for part, paths in records.part_records(data).items():
            if not (work / f"{part}.npz").is_file():
                rows, times_s = _window_rows(ward_records(work.parent, part), {path.name: path for path in paths}, part)
                np.save(_made(work) / f"{part}-times.npy", times_s)
                save_rows(work / f"{part}.npz", rows)

    def rows(self, work: Path, part: Part) -> Rows:
        """The windows of a part; those of validation and test without the learning time."""
        return load_rows(work / f"{part}.npz")

    def settings(self, model: str) -> FitSettings:
        """Few epochs: patients are few."""
        del model
        return FitSettings(epochs=6, patience=6, rows=6_000, batch=32, learning_rate=4e-3, dropout=0.2)

    def weights(self, rows: Rows) -> NDArray[np.float64]:
        """Windows with the rarest classes of their record are sampled more often."""
        return rare_first(rows.record, _rarest(rows.labels))

    def batch(
        self, rows: Rows, chosen: NDArray[np.int64], random: np.random.Generator
    ) -> tuple[Arrays, NDArray[np.float32]]:
        """Windows augmented like those of the ward's autoencoder: leads swapped or silent, gain, sign, small noise."""
        signal = rows.inputs["signal"][chosen]
        augmented = augment_windows({"signal": signal, "dominant": signal}, synthetic_noise(), random)
        return {"signal": augmented["signal"]}, rows.labels[chosen]

    def extras(self, data: Path, work: Path, progress: Progress) -> Extras:
        """The figures as beats, for groups of records and by record."""
        del data, progress
        rows = self.rows(work, "test")
        of_seeds = [
            record_rows(*self.as_beats(work, "test", rows, probabilities(NAME, self, work, seed, "test")))
            for seed in fitted_seeds(work, NAME)
        ]
        if not of_seeds:
            return Extras()
        counts = pooled(of_seeds)
        groups = group_table("As beats, by ANSI/AAMI EC57, all seeds together", {NAME: counts})
        return Extras(tables=[groups, record_table("As beats, by record, all seeds together", counts)])

    def as_beats(
        self, work: Path, part: Part, rows: Rows, answered: NDArray[np.float32]
    ) -> tuple[Rows, NDArray[np.float32], Rows]:
        """The beats at the monitor's R peaks, their probabilities of N, S, V and F, and the missed beats.

        Parameters
        ----------
        work : Path
        part : str
            ``validation`` or ``test``.
        rows : Rows
            The windows of the part.
        answered : ndarray, shape (windows, samples, classes)
            The probabilities of their samples.
        """
        captured = ward_records(work.parent, part)
        beats, of_beats, missed = scored_beats(captured), scored_rows(captured), missed_rows(captured)
        ends_s: NDArray[np.float64] = np.load(work / f"{part}-times.npy")
        window = _window_of(rows.record, ends_s, of_beats.record, beats.t_s + DELAY_S)
        found = np.flatnonzero(window >= 0)
        at = (beats.t_s[found] + DELAY_S - ends_s[window[found]] + WINDOW_S) * NETWORK_FS_HZ
        return of_beats.take(found), _around(answered, window[found], np.round(at).astype(np.int64)), missed


def sample_labels(
    centres: NDArray[np.int64], label: NDArray[np.int64], n_samples: int, reach: int
) -> NDArray[np.int64]:
    """The class of each sample: that of the beat within ``reach`` samples, of the later of two, else background (0).

    Parameters
    ----------
    centres, label : ndarray, shape (beats,)
        Sample of each R peak, and the class of the beat as index of ``CLASSES``.
    n_samples, reach : int
    """
    labels = np.zeros(n_samples, np.int64)
    for centre, one in zip(centres, label, strict=True):
        labels[max(0, centre - reach) : max(0, centre + reach + 1)] = one
    return labels


def with_margins(windows: NDArray[np.float32], margin: int) -> NDArray[np.float32]:
    """Consecutive windows, each with the end of the window before and the beginning of the next; zeros at the ends."""
    padded = np.pad(windows, ((1, 1), (0, 0), (0, 0)))
    rows: NDArray[np.float32] = np.concatenate([padded[:-2, -margin:], padded[1:-1], padded[2:, :margin]], axis=1)
    return rows


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _rarest(labels: NDArray[np.float32]) -> NDArray[np.int64]:
    """The class of each window: F, V or S if it has any such sample, in this order, else N."""
    present = labels[:, :, 1:].any(axis=1)
    rarest: NDArray[np.int64] = np.where(present, np.arange(1, len(CLASSES)), 0).max(axis=1)
    return rarest


def _window_rows(captured: WardRecords, paths: dict[str, Path], part: Part) -> tuple[Rows, NDArray[np.float64]]:
    """The windows of a part and their ends in s."""
    windows = captured.captured.windows
    signals, labels, kept = [], [], []
    for index, name in enumerate(captured.names):
        of_record = windows.record == index
        signals.append(with_margins(windows.inputs["signal"][of_record], MARGIN))
        one, clear = _labels_of(paths[name], windows.t_s[of_record])
        labels.append(one)
        scored = captured.is_scored(windows.record[of_record], windows.t_s[of_record]) if part != "fit" else True
        kept.append(clear & scored)
    rows = np.concatenate(kept)
    one_hot = np.eye(len(CLASSES), dtype=np.float32)[np.concatenate(labels)[rows]]
    record = captured.record_of(windows.record)[rows]
    patient = captured.patient_of(windows.record)[rows]
    return Rows({"signal": np.concatenate(signals)[rows]}, one_hot, record, patient), windows.t_s[rows]


def _labels_of(path: Path, ends_s: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The class of each sample of the windows of a record, and which windows are without flutter and Q beats."""
    fs = open_record(path).fs
    beats, rhythms = read_beats(path), read_rhythms(path)
    centres = np.array([round((beat.sample / fs + DELAY_S) * NETWORK_FS_HZ) for beat in beats], np.int64)
    label = np.array([SYMBOLS.index(beat.symbol) + 1 for beat in beats], np.int64)
    n_samples = len(ends_s) * WINDOW_SAMPLES
    labels = sample_labels(centres, label, n_samples, round(QRS_S * NETWORK_FS_HZ)).reshape(-1, WINDOW_SAMPLES)
    clear: NDArray[np.bool_] = labels.max(axis=1) < len(CLASSES)
    for begin, end in _flutter(rhythms, fs):
        clear &= (ends_s <= begin) | (ends_s - WINDOW_S >= end)
    return labels, clear


def _flutter(rhythms: list[ReferenceRhythm], fs: float) -> list[tuple[float, float]]:
    """Begin and end of each stretch of ventricular flutter, in s."""
    ends = [*(rhythm.sample / fs for rhythm in rhythms), np.inf]
    return [
        (begin, end) for rhythm, (begin, end) in zip(rhythms, pairwise(ends), strict=True) if rhythm.rhythm == FLUTTER
    ]


def _window_of(
    window_record: NDArray[np.str_], ends_s: NDArray[np.float64], record: NDArray[np.str_], t_s: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The index of the window that holds each time of a record, −1 if none does."""
    index = {
        (str(name), round(end / WINDOW_S)): at
        for at, (name, end) in enumerate(zip(window_record, ends_s.tolist(), strict=True))
    }
    numbers = np.floor(t_s / WINDOW_S).astype(int) + 1
    return np.array(
        [index.get((str(name), int(number)), -1) for name, number in zip(record, numbers, strict=True)], np.int64
    )


def _around(answered: NDArray[np.float32], window: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.float32]:
    """The mean probabilities around samples of windows, over the classes of beats, shape (beats, 4)."""
    reach = round(READ_S * NETWORK_FS_HZ)
    samples = np.clip(at[:, None] + np.arange(-reach, reach + 1), 0, WINDOW_SAMPLES - 1)
    p = answered[window[:, None], samples, 1:].mean(axis=1)
    of_beats: NDArray[np.float32] = p / np.maximum(p.sum(axis=1, keepdims=True), 1e-9)
    return of_beats
