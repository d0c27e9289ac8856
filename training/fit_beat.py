"""Fits the beat classifier: weighted, augmented, stopped where patients not fitted on are told best."""

from collections.abc import Iterator, Sequence

import keras
import numpy as np
from numpy.typing import NDArray

from models.beat import build_beat_network
from models.export import answers
from training.augment import augment_beats
from training.capture import BeatRows, Captured
from training.labels import NOT_SCORED
from training.progress import Progress
from training.scores import LEARNING_S, tally
from training.seeds import seed_everything
from wardbeat.messages import SYMBOLS, Symbol

BATCH = 256
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 1e-2
WARM_UP_STEPS = 200
AVERAGED, MOST_AVERAGED = 0.1, 200
"""Weights are averaged over about this share of all steps, at most so many: single steps differ by 0.1 of S F1."""
PATIENCE = 4
"""Epochs without a better score on validation before fitting stops."""
WEIGHT_POWER = -0.5
"""A row of a class that has n rows in its record weighs n to this power.

Equal weights (0) leave S unlearned, as 94 % of the beats are N; equal classes (−1) call too much S, and a record
with one S beat would weigh as much as one with a thousand. Half way, no patient owns a class and none is drowned.
"""

RARE: tuple[Symbol, ...] = ("S", "V", "F")

Batch = tuple[dict[str, NDArray[np.float32]], NDArray[np.int8], NDArray[np.float32]]


def fit_beat_network(
    fit: BeatRows,
    validation: Captured | None,
    noise: Sequence[NDArray[np.float32]],
    *,
    seed: int,
    epochs: int,
    progress: Progress,
) -> keras.Model:
    """A fitted beat classifier: the weights of the epoch with the best score on validation, of the last without any.

    Parameters
    ----------
    fit : BeatRows
        False detections are left out.
    validation : Captured or None
        Of other patients.
    noise : sequence of ndarray
        From :func:`training.noise.noise_signals`.
    seed : int
    epochs : int
        At most.
    progress : Progress
    """
    seed_everything(seed)
    random = np.random.default_rng(seed)
    fit = fit.take(fit.label >= 0)
    network = build_beat_network()
    steps = max(1, len(fit.label) // BATCH)
    schedule = keras.optimizers.schedules.CosineDecay(
        LEARNING_RATE / 20, steps * epochs, warmup_target=LEARNING_RATE, warmup_steps=min(WARM_UP_STEPS, steps)
    )
    momentum = 1.0 - 1.0 / np.clip(AVERAGED * steps * epochs, 1.0, MOST_AVERAGED)
    optimizer = keras.optimizers.AdamW(schedule, WEIGHT_DECAY, clipnorm=1.0, use_ema=True, ema_momentum=momentum)
    network.compile(optimizer, loss="sparse_categorical_crossentropy")
    stage = "beat network" if validation else "beat network, all patients"
    batches = _batches(fit, noise, random)
    best_score, best_epoch, best_weights = -np.inf, 0, network.get_weights()
    for epoch in range(epochs):
        history = network.fit(batches, steps_per_epoch=steps, epochs=1, verbose=0, shuffle=False)
        loss = history.history["loss"][0]
        score = validation_score(network, validation) if validation else -loss
        words = f"loss {loss:.3f}, validation {score:.3f}" if validation else f"loss {loss:.3f}"
        progress(stage, epoch + 1, epochs, words)
        if score >= best_score:  # without a rare beat to score all epochs are alike, and the last is best
            best_score, best_epoch, best_weights = score, epoch, network.get_weights()
        if epoch - best_epoch >= PATIENCE:
            break
    network.set_weights(best_weights)
    return network


def validation_score(network: keras.Model, validation: Captured) -> float:
    """Mean F1 of S and V."""
    metrics = beat_metrics(network, validation)
    return (metrics["s_f1"] + metrics["v_f1"]) / 2


def beat_metrics(network: keras.Model, captured: Captured) -> dict[str, float]:
    """F1 of the rare classes after the learning time; what the monitor missed or found in noise counts as well."""
    truth, called = scored_calls(network, captured)
    return {f"{symbol.lower()}_f1": tally(truth, called, symbol).f1 for symbol in RARE}


def scored_calls(network: keras.Model, captured: Captured) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Class and called class of every scored beat, −1 where there is none (false detections; missed beats)."""
    beats = captured.beats.take((captured.beats.label > NOT_SCORED) & (captured.beats.t_s >= LEARNING_S))
    missed = captured.missed.take(captured.missed.t_s >= LEARNING_S)
    called = np.full(0, -1, np.int8)
    if len(beats.label):
        called = answers(network, beats.inputs)["probabilities"].argmax(axis=1).astype(np.int8)
    return np.append(beats.label, missed.label), np.append(called, np.full(len(missed.label), -1, np.int8))


def row_weights(rows: BeatRows) -> NDArray[np.float32]:
    """What each row weighs, 1 on average."""
    group = rows.record.astype(np.int64) * len(SYMBOLS) + rows.label
    weights = np.bincount(group)[group].astype(np.float64) ** WEIGHT_POWER
    relative: NDArray[np.float32] = (weights / weights.mean()).astype(np.float32)
    return relative


def _batches(rows: BeatRows, noise: Sequence[NDArray[np.float32]], random: np.random.Generator) -> Iterator[Batch]:
    weights = row_weights(rows)
    n = len(rows.label)
    while True:
        order = random.permutation(n)
        for start in range(0, max(1, n - BATCH + 1), BATCH):
            at = order[start : start + BATCH]
            batch = {name: array[at] for name, array in rows.inputs.items()}
            yield augment_beats(batch, noise, random), rows.label[at], weights[at]
