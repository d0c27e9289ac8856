"""Fits the beat classifier: rare beats drawn more often, rhythms put together anew, every input augmented."""

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
from training.fit.backup import back_up, restore
from training.fit.seeds import seed_everything
from training.progress import Progress
from wardbeat.contracts.messages import SYMBOLS, Symbol

WARM_UP_STEPS = 200
AVERAGED, MOST_AVERAGED = 0.1, 200
"""Weights are averaged over about this share of all steps, at most so many: single steps differ by 0.1 of S F1."""
N = SYMBOLS.index("N")
RARE: tuple[Symbol, ...] = ("S", "V", "F")
SETTLED_S = 60.0
"""The first minute of a made record is left out: no patient begins with twenty premature beats."""


class BeatSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the beat classifier is fitted; found by ``wardbeat tune beat``.

    Attributes
    ----------
    epochs : int
    rows : int
        Beats drawn in each epoch.
    made_share : float
        How many of them come from made records.
    batch : int
    learning_rate, weight_decay, dropout : float
    rarity : float
        A beat of a class that has n beats in its record is drawn in proportion to n to this power. With 0 S stays
        unlearned, as 94 % of the beats are N; with −1 a record with one S beat would weigh as much as one with a
        thousand. Half way, no patient owns a class and none is drowned.
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
    """What is used of an Optuna trial."""

    def suggest_int(self, name: str, low: int, high: int) -> int: ...
    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float: ...


def suggest(trial: OptunaTrial) -> BeatSettings:
    """Settings to try."""
    return BeatSettings(
        epochs=trial.suggest_int("epochs", 3, 10),
        made_share=trial.suggest_float("made_share", 0.1, 0.7),
        learning_rate=trial.suggest_float("learning_rate", 5e-4, 5e-3, log=True),
        weight_decay=trial.suggest_float("weight_decay", 1e-3, 1e-1, log=True),
        dropout=trial.suggest_float("dropout", 0.0, 0.4),
        rarity=trial.suggest_float("rarity", -0.8, -0.2),
    )


def fit_beat_network(
    fit: BeatRows,
    made: BeatRows | None,
    noise: Sequence[NDArray[np.float32]],
    *,
    settings: BeatSettings,
    seed: int,
    progress: Progress,
    backup: Path | None = None,
) -> keras.Model:
    """A fitted beat classifier.

    Parameters
    ----------
    fit : BeatRows
        False detections are fitted on as N: what is no beat must raise no alert.
    made : BeatRows or None
        Of records made of the same patients' cycles (:mod:`training.data.resampling`).
    noise : sequence of ndarray
        From :func:`training.data.noise.noise_signals`.
    settings : BeatSettings
    seed : int
    progress : Progress
    backup : Path or None
        Folder where each finished epoch is kept until the fit is done: begun again, it goes on from there.
    """
    seed_everything(seed)
    drawn = _Drawn(fit, made, noise, settings, seed)
    network = _new(settings, len(drawn))
    for epoch in range(restore(network, backup) if backup else 0, settings.epochs):
        # Batch by batch: Keras' own loop asks for batches ahead, before it has told which epoch begins.
        drawn.begin(epoch)
        losses = [float(network.train_on_batch(*drawn[index])) for index in range(len(drawn))]
        progress("beat network", epoch + 1, settings.epochs, f"loss {np.mean(losses):.3f}")
        if backup:
            back_up(network, backup, epoch + 1)
    network.optimizer.finalize_variable_values(network.trainable_variables)  # the averages take the weights' place
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


def drawing_weights(rows: BeatRows, rarity: float) -> NDArray[np.float64]:
    """How often each row is drawn, sums to 1."""
    group = rows.record.astype(np.int64) * len(SYMBOLS) + rows.label
    weights: NDArray[np.float64] = np.bincount(group)[group].astype(np.float64) ** rarity
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def fitted_rows(rows: BeatRows, from_s: float = 0.0) -> BeatRows:
    """The rows to fit on, false detections as N."""
    rows = rows.take((rows.label > NOT_SCORED) & (rows.t_s >= from_s))
    return rows._replace(label=np.where(rows.label == FALSE_DETECTION, N, rows.label).astype(np.int8))


class _Drawn:
    """Batches drawn anew in each epoch; what is drawn depends on seed and epoch alone, so that a fit can go on."""

    def __init__(
        self,
        fit: BeatRows,
        made: BeatRows | None,
        noise: Sequence[NDArray[np.float32]],
        settings: BeatSettings,
        seed: int,
    ) -> None:
        self._parts = [fitted_rows(fit)]
        self._shares = [1.0]
        if made is not None:
            self._parts.append(fitted_rows(made, SETTLED_S))
            self._shares = [1.0 - settings.made_share, settings.made_share]
        self._weights = [drawing_weights(part, settings.rarity) for part in self._parts]
        self._noise, self._settings, self._seed = noise, settings, seed
        self._batches = max(1, min(settings.rows, sum(len(part.label) for part in self._parts)) // settings.batch)
        self.begin(0)

    def begin(self, epoch: int) -> None:
        """Draw the rows of an epoch."""
        self._epoch = epoch
        random = np.random.default_rng([self._seed, epoch])
        counts = np.round(np.array(self._shares) * self._settings.batch).astype(int)
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
    """F1 of the rare classes after the learning time; what the monitor missed or found in noise counts as well."""
    truth, called = scored_calls(captured, probabilities)
    return {f"{symbol.lower()}_f1": tally(truth, called, symbol).f1 for symbol in RARE}


def beat_score(captured: Captured, probabilities: NDArray[np.float32]) -> float:
    """Mean F1 of S and V."""
    metrics = beat_metrics(captured, probabilities)
    return (metrics["s_f1"] + metrics["v_f1"]) / 2


def scored_calls(captured: Captured, probabilities: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Class and called class of every scored beat, −1 where there is none (false detections; missed beats)."""
    scored = (captured.beats.label > NOT_SCORED) & (captured.beats.t_s >= LEARNING_S)
    missed = captured.missed.label[captured.missed.t_s >= LEARNING_S]
    called = probabilities[scored].argmax(axis=1).astype(np.int8)
    return np.append(captured.beats.label[scored], missed), np.append(called, np.full(len(missed), -1, np.int8))
