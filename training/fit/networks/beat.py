"""Fits the beat classifier: samples rare beats more often, adds beats of resampled records, augments every input."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import keras
import msgspec
import numpy as np
from numpy.typing import NDArray

from models.beat import build_beat_network
from training.data.augment import augment_beats
from training.data.capture import BeatRows, Captured
from training.data.labels import FALSE_DETECTION, NOT_SCORED
from training.evaluation.scores import LEARNING_S, tally
from training.fit.loop import fit_epochs, fit_progress
from training.fit.seeds import seed_everything
from training.progress import Progress
from wardbeat.contracts.messages import SYMBOLS, Symbol

WARM_UP_STEPS = 200
AVERAGED, MOST_AVERAGED = 0.1, 200
"""The weights are averaged over about 10 % of all steps, at most 200: the S F1 of single steps varies by 0.1."""
N = SYMBOLS.index("N")
RARE: tuple[Symbol, ...] = ("S", "V", "F")
SETTLED_S = 60.0
"""The first minute of a resampled record is left out: no patient begins with twenty premature beats."""


class BeatSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of the beat classifier; ``wardbeat tune beat`` searches them.

    Attributes
    ----------
    epochs : int
    rows : int
        Beats in each epoch.
    made_share : float
        Proportion of the beats from resampled records.
    batch : int
    learning_rate, weight_decay, dropout : float
    rarity : float
        The sampling weight of a beat is n to this power if its class has n beats in its record. With 0 the network does
        not learn S, because 94 % of the beats are N. With −1 a record with one S beat has the same weight as one with a
        thousand. With −0.5 no patient dominates a class, and no patient is ignored.
    """

    epochs: int = 5
    rows: int = 80_000
    made_share: float = 0.4
    batch: int = 256
    learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    dropout: float = 0.2
    rarity: float = -0.5


class OptunaTrial(Protocol):
    """The part of an Optuna trial that we use."""

    def suggest_int(self, name: str, low: int, high: int) -> int: ...
    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float: ...


def suggest(trial: OptunaTrial) -> BeatSettings:
    """Settings for a trial of the search."""
    return BeatSettings(
        epochs=trial.suggest_int("epochs", 3, 10),
        made_share=trial.suggest_float("made_share", 0.1, 0.7),
        learning_rate=trial.suggest_float("learning_rate", 5e-4, 5e-3, log=True),
        weight_decay=trial.suggest_float("weight_decay", 1e-3, 1e-1, log=True),
        dropout=trial.suggest_float("dropout", 0.0, 0.4),
        rarity=trial.suggest_float("rarity", -0.8, -0.2),
    )


def fit_beat_network(
    recorded: BeatRows,
    resampled: BeatRows | None,
    noise: Sequence[NDArray[np.float32]],
    *,
    settings: BeatSettings,
    seed: int,
    progress: Progress,
    backup: Path | None = None,
) -> keras.Model:
    """Fit the beat classifier.

    Parameters
    ----------
    recorded : BeatRows
        Beats of records. False detections are fitted on as N, so that they raise no alert.
    resampled : BeatRows or None
        Beats of resampled records of the same patients (:mod:`training.data.resampling`).
    noise : sequence of ndarray
        From :func:`training.data.noise.noise_signals`.
    settings : BeatSettings
    seed : int
    progress : Progress
    backup : Path or None
        Folder for the state after each epoch; an interrupted fit resumes from it.
    """
    seed_everything(seed)
    batches = _EpochBatches(recorded, resampled, noise, settings, seed)
    network = _new(settings, len(batches))
    report = fit_progress(progress, "beat network", settings.epochs)
    fit_epochs(network, batches, settings.epochs, progress=report, backup=backup)
    network.optimizer.finalize_variable_values(network.trainable_variables)  # replaces the weights by their averages
    return network


def _new(settings: BeatSettings, steps_per_epoch: int) -> keras.Model:
    steps = settings.epochs * steps_per_epoch
    schedule = keras.optimizers.schedules.CosineDecay(
        settings.learning_rate / 20,
        steps,
        warmup_target=settings.learning_rate,
        warmup_steps=min(WARM_UP_STEPS, max(1, steps // 2)),
    )
    momentum = 1.0 - 1.0 / np.clip(AVERAGED * steps, 1.0, MOST_AVERAGED)
    optimizer = keras.optimizers.AdamW(
        schedule, settings.weight_decay, clipnorm=1.0, use_ema=True, ema_momentum=float(momentum)
    )
    network = build_beat_network(settings.dropout)
    network.compile(optimizer, loss="sparse_categorical_crossentropy")
    return network


def sampling_weights(rows: BeatRows, rarity: float) -> NDArray[np.float64]:
    """The sampling probability of each row; the sum is 1."""
    group = rows.record.astype(np.int64) * len(SYMBOLS) + rows.label
    weights: NDArray[np.float64] = np.bincount(group)[group].astype(np.float64) ** rarity
    probabilities: NDArray[np.float64] = weights / weights.sum()
    return probabilities


def training_rows(rows: BeatRows, from_s: float = 0.0) -> BeatRows:
    """The rows for the fit from ``from_s`` on; false detections have the class N."""
    rows = rows.take((rows.label > NOT_SCORED) & (rows.t_s >= from_s))
    return rows._replace(label=np.where(rows.label == FALSE_DETECTION, N, rows.label).astype(np.int8))


class _EpochBatches:
    """The random batches of an epoch. They depend on the seed and the epoch only, so that a fit can resume."""

    def __init__(
        self,
        recorded: BeatRows,
        resampled: BeatRows | None,
        noise: Sequence[NDArray[np.float32]],
        settings: BeatSettings,
        seed: int,
    ) -> None:
        self._parts = [training_rows(recorded)]
        self._proportions = [1.0]
        if resampled is not None:
            self._parts.append(training_rows(resampled, SETTLED_S))
            self._proportions = [1.0 - settings.made_share, settings.made_share]
        self._weights = [sampling_weights(part, settings.rarity) for part in self._parts]
        self._noise, self._settings, self._seed = noise, settings, seed
        self._batches = max(1, min(settings.rows, sum(len(part.label) for part in self._parts)) // settings.batch)
        self.begin(0)

    def begin(self, epoch: int) -> None:
        """Sample the rows of an epoch."""
        self._epoch = epoch
        random = np.random.default_rng([self._seed, epoch])
        counts = np.round(np.array(self._proportions) * self._settings.batch).astype(int)
        self._rows = [
            random.choice(len(part.label), (self._batches, count), p=weights)
            for part, weights, count in zip(self._parts, self._weights, counts, strict=True)
        ]

    def __len__(self) -> int:
        return self._batches

    def __getitem__(self, index: int) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.int8]]:
        random = np.random.default_rng([self._seed, self._epoch, index])
        taken = [part.take(rows[index]) for part, rows in zip(self._parts, self._rows, strict=True)]
        inputs = {name: np.concatenate([one.inputs[name] for one in taken]) for name in taken[0].inputs}
        return augment_beats(inputs, self._noise, random), np.concatenate([one.label for one in taken])


def beat_metrics(captured: Captured, probabilities: NDArray[np.float32]) -> dict[str, float]:
    """F1 of the rare classes after the learning time; missed beats and false detections count as errors."""
    reference, predicted = scored_predictions(captured, probabilities)
    return {f"{symbol.lower()}_f1": tally(reference, predicted, symbol).f1 for symbol in RARE}


def beat_score(captured: Captured, probabilities: NDArray[np.float32]) -> float:
    """Mean F1 of S and V."""
    metrics = beat_metrics(captured, probabilities)
    return (metrics["s_f1"] + metrics["v_f1"]) / 2


def scored_predictions(
    captured: Captured, probabilities: NDArray[np.float32]
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Reference and predicted class of every scored beat; −1 for a false detection or a missed beat."""
    scored = (captured.beats.label > NOT_SCORED) & (captured.beats.t_s >= LEARNING_S)
    missed = captured.missed.label[captured.missed.t_s >= LEARNING_S]
    predicted = probabilities[scored].argmax(axis=1).astype(np.int8)
    return np.append(captured.beats.label[scored], missed), np.append(predicted, np.full(len(missed), -1, np.int8))
