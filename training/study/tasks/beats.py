"""The classes of beats on ward leads: N, S, V or F by AAMI, fitted on DS1 and svdb, scored on DS2.

The beats are the monitor's own R peaks, with the inputs that the monitor gives to its beat network
(:mod:`training.study.ward.records`). Missed beats and false detections count as errors.
"""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.trees import tree_features
from training.data.augment import augment_beats
from training.data.capture import BeatRows
from training.data.labels import FALSE_DETECTION, NOT_SCORED
from training.data.noise import noise_signals
from training.evaluation.detector.tables import RecordRow
from training.progress import Progress
from training.study.fits import RECORD, fit_folder, probabilities
from training.study.task import Arrays, Extras, FitSettings, Part, Rows, Task
from training.study.ward import records
from training.study.ward.beat_tables import CLASSES, group_table, pooled, record_rows, record_table
from training.study.ward.records import WardRecords, ward_records
from training.study.ward.row_files import load_rows, save_rows
from wardbeat.contracts.messages import SYMBOLS

N, S, Q = SYMBOLS.index("N"), SYMBOLS.index("S"), SYMBOLS.index("Q")
RARITY = -0.5
"""The sampling weight of a beat is n to this power if its class has n beats in its record, as in the fit of the ward's
beat network: no patient dominates a class, and none is ignored."""
RESAMPLED_SHARE = 0.4
"""Proportion of the beats of an epoch that come from resampled records, as in the fit of the ward's beat network."""
KEPT = {N: 0.5}
KEPT_OF_RESAMPLED = {N: 0.2, S: 0.5}
"""Proportions of the beats that are kept, by class: the others add little and cost memory."""
SETTLED_S = 60.0
"""The first minute of a resampled record is left out: no patient begins with twenty premature beats."""
SEED = 0


class BeatsTask(Task):
    """Classes of beats."""

    name = "beats"
    title = "Classes of beats on ward leads"
    question = (
        "Which model classifies the beats of unseen patients best: normal (N), supraventricular (S), ventricular (V) "
        "or fusion (F)? Is it the one in service?"
    )
    classes = CLASSES
    exclusive = True
    figure = "ectopic_f1"
    models = ("cnn", "cnn-lstm", "resnet", "lstm", "average", "kernel", "trees", "in-service")
    service_model = "in-service"
    seeds = 3
    data_sets = ("mitdb", "svdb")
    fs_hz = 125.0
    leads = ("limb lead", "precordial lead")
    notes = (
        (
            "The figure is the mean F1 of S and V. The ward's beat network was chosen by it, too. F has no part in it: "
            "362 of the 388 F beats of DS2 are of one patient (213), and nearly all of the fit of one other (208)."
        ),
        (
            "R peaks are those of the shipped monitor. Its QRS network was fitted on the patients of DS1 and svdb, not "
            "of DS2."
        ),
        (
            "The model in service was fitted on the validation patients as well, so its validation figure is no honest "
            "one. Its test figure is."
        ),
        "Record 202 of DS2 and record 201 of DS1 are the same person.",
        (
            "All models take the features that the ward's monitor computes; the idea of resampled records comes from "
            "others, who had seen errors on DS2."
        ),
    )

    def prepare(self, data: Path, work: Path, progress: Progress) -> None:
        """Capture the ward's records into the folder beside ``work``, then write the rows of each part."""
        records.prepare(data, work.parent, progress)
        parts: tuple[Part, ...] = ("validation", "test")
        if not (work / "fit.npz").is_file():
            save_rows(work / "fit.npz", _fit_rows(work.parent))
        for part in parts:
            if not (work / f"{part}.npz").is_file():
                captured = ward_records(work.parent, part)
                save_rows(work / f"{part}-missed.npz", missed_rows(captured))
                np.save(work / f"{part}-times.npy", scored_beats(captured).t_s)
                save_rows(work / f"{part}.npz", scored_rows(captured))

    def rows(self, work: Path, part: Part) -> Rows:
        """The beats of a part; those of validation and test without the learning time."""
        return load_rows(work / f"{part}.npz")

    def missed(self, work: Path, part: Part) -> Rows | None:
        """The reference beats that the monitor missed."""
        return None if part == "fit" else load_rows(work / f"{part}-missed.npz")

    def times_s(self, work: Path, part: Part) -> NDArray[np.float64]:
        """The R peak of each row of validation or test, in seconds of its record."""
        times: NDArray[np.float64] = np.load(work / f"{part}-times.npy")
        return times

    def extras(self, data: Path, work: Path, progress: Progress) -> Extras:
        """Figures by EC57 for groups of records and by record, and the ablation of the preparation of the signal."""
        from training.study.ward.ablation import ablation_table, run_ablation

        fits = {name: self.record_rows(work, name) for name in self.models if fitted_seeds(work, name)}
        tables = [group_table("By ANSI/AAMI EC57, all seeds together", fits)]
        tables += [record_table(f"By record, all seeds together: {name}", of_model) for name, of_model in fits.items()]
        return Extras(tables=[*tables, ablation_table(run_ablation(data, work, progress))])

    def record_rows(self, work: Path, model: str) -> list[RecordRow]:
        """The counts of each test record, of all fits of a model together."""
        rows, missed = self.rows(work, "test"), load_rows(work / "test-missed.npz")
        return pooled(
            [
                record_rows(rows, probabilities(model, self, work, seed, "test"), missed)
                for seed in fitted_seeds(work, model)
            ]
        )

    def settings(self, model: str) -> FitSettings:
        """The same for all networks. A CNN was best on validation patients after 2 of 8 epochs: patients are few."""
        del model
        return FitSettings(epochs=5, patience=5, rows=40_000, batch=256, learning_rate=2e-3, dropout=0.4)

    def weights(self, rows: Rows) -> NDArray[np.float64]:
        """Beats of a class that is rare in its record are sampled more often; resampled records have their share."""
        weights = rare_first(rows.record, rows.labels.argmax(axis=1))
        resampled = np.char.endswith(rows.record, "m")
        if resampled.any():
            weights[resampled] *= RESAMPLED_SHARE / weights[resampled].sum()
            weights[~resampled] *= (1 - RESAMPLED_SHARE) / weights[~resampled].sum()
        return weights

    def batch(
        self, rows: Rows, chosen: NDArray[np.int64], random: np.random.Generator
    ) -> tuple[Arrays, NDArray[np.float32]]:
        """Beats augmented like those of the ward's beat network, with synthetic noise."""
        inputs = {"waveform": rows.inputs["signal"][chosen], "context": rows.inputs["sequence"][chosen]}
        return network_inputs(augment_beats(inputs, synthetic_noise(), random)), rows.labels[chosen]


def fitted_seeds(work: Path, model: str) -> list[int]:
    """The seeds of the finished fits of a model."""
    folders = fit_folder(work, model, SEED).parent.glob("[0-9]*")
    return sorted(int(folder.name) for folder in folders if (folder / RECORD).is_file())


def rare_first(record: NDArray[np.str_], label: NDArray[np.int64]) -> NDArray[np.float64]:
    """The sampling probability of rows by the number of rows of their class in their record; the sum is 1."""
    _, group = np.unique(np.char.add(np.char.add(record, " "), label.astype(np.str_)), return_inverse=True)
    weights = np.bincount(group)[group].astype(np.float64) ** RARITY
    probabilities: NDArray[np.float64] = weights / weights.sum()
    return probabilities


@cache
def synthetic_noise() -> list[NDArray[np.float32]]:
    """Noise for the augmentation; synthetic, so that no further data set is needed."""
    return noise_signals(None, np.random.default_rng(SEED))


def network_inputs(inputs: Arrays) -> Arrays:
    """Inputs of the study's models from those of the ward's beat network (:mod:`models.inputs`).

    ``signal`` (131, 4) is the waveform, ``sequence`` (24, 28) the features of the beats around it, and ``features``
    (284,) the features of the newest seven of them with every third sample of the waveform, as the ward's trees take
    them.
    """
    return {"signal": inputs["waveform"], "sequence": inputs["context"], "features": tree_features(inputs)}


def scored_beats(captured: WardRecords) -> BeatRows:
    """The captured beats that are scored: after the learning time, not Q, not in ventricular flutter."""
    beats = captured.captured.beats
    return beats.take(captured.is_scored(beats.record, beats.t_s) & (beats.label > NOT_SCORED) & (beats.label != Q))


def scored_rows(captured: WardRecords) -> Rows:
    """Rows of the scored beats; a false detection has no class."""
    beats = scored_beats(captured)
    labels = one_hot(beats.label) * (beats.label != FALSE_DETECTION)[:, None]
    return _rows(captured, beats, labels)


def missed_rows(captured: WardRecords) -> Rows:
    """The missed beats after the learning time, without inputs."""
    missed = captured.captured.missed
    kept = captured.is_scored(missed.record, missed.t_s) & (missed.label != Q)
    record = missed.record[kept]
    return Rows({}, one_hot(missed.label[kept]), captured.record_of(record), captured.patient_of(record))


def one_hot(label: NDArray[np.int8]) -> NDArray[np.float32]:
    """Labels of classes; of a false detection that of N, which raises no alert."""
    return np.eye(len(CLASSES), dtype=np.float32)[np.where(label == FALSE_DETECTION, N, label)]


def _fit_rows(work: Path) -> Rows:
    """Beats of the fit patients from the start of each record, and beats of their resampled records."""
    random = np.random.default_rng(SEED)
    parts = [_kept(ward_records(work, "fit"), KEPT, 0.0, random)]
    if records.has_resampled(work):
        parts.append(_kept(ward_records(work, records.RESAMPLED), KEPT_OF_RESAMPLED, SETTLED_S, random))
    return Rows(
        {name: np.concatenate([part.inputs[name] for part in parts]) for name in parts[0].inputs},
        *(np.concatenate(column) for column in zip(*(part[1:] for part in parts), strict=True)),
    )


def _kept(captured: WardRecords, kept: dict[int, float], from_s: float, random: np.random.Generator) -> Rows:
    beats = captured.captured.beats
    beats = beats.take((beats.label > NOT_SCORED) & (beats.label != Q) & (beats.t_s >= from_s))
    proportion = np.ones(len(beats.label))
    for label, value in kept.items():
        proportion[np.maximum(beats.label, N) == label] = value
    beats = beats.take(random.random(len(beats.label)) < proportion)
    return _rows(captured, beats, one_hot(beats.label))


def _rows(captured: WardRecords, beats: BeatRows, labels: NDArray[np.float32]) -> Rows:
    record = captured.record_of(beats.record)
    return Rows(network_inputs(beats.inputs), labels, record, captured.patient_of(beats.record))
