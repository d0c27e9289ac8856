"""Fits the QRS network on random stretches of all records, augmented with other electrodes, rates and artefacts."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np
from keras import ops
from numpy.typing import NDArray

from models.qrs import build_qrs_network, served_weights
from training.data.augment_qrs import Stretch, random_stretch
from training.data.qrs_records import QrsRecord
from training.evaluation.qrs_score import score_records, total
from training.fit.backup import back_up, restore
from training.fit.seeds import seed_everything
from training.progress import Progress
from wardbeat.contracts.messages import DISPLAY_FS_HZ
from wardbeat.ecg.qrs.network import LOOK_AHEAD, STEP_SAMPLES, normalise

AROUND_R = 12
"""Steps that end within ±48 ms of an R peak (plus the look-ahead) have the label 1."""
SETTLES = 2 * DISPLAY_FS_HZ
"""The loss leaves out the first 2 s of a stretch, in which the normalisation adapts to the amplitude."""
NOT_KNOWN = -1.0
STAGE = "QRS network"


class QrsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of the QRS network.

    Attributes
    ----------
    epochs, steps : int
        Number of epochs, each with a backup at its end, and batches in an epoch.
    batch : int
        Stretches in a batch.
    stretch_s : float
        Length of a stretch.
    learning_rate, weight_decay : float
        Parameters of AdamW; the learning rate rises to this value over the first fifth of the steps and falls to 0.
    """

    epochs: int = 10
    steps: int = 100
    batch: int = 24
    stretch_s: float = 12.0
    learning_rate: float = 8e-3
    weight_decay: float = 1e-2


def suggest(trial: Any) -> QrsSettings:
    """Settings for a trial of the search; ``trial`` has the interface of an Optuna trial."""
    return QrsSettings(
        learning_rate=trial.suggest_float("learning_rate", 2e-3, 2e-2, log=True),
        weight_decay=trial.suggest_float("weight_decay", 1e-4, 3e-2, log=True),
        batch=trial.suggest_categorical("batch", [16, 24, 32]),
        stretch_s=trial.suggest_float("stretch_s", 8.0, 16.0, step=2.0),
    )


def fit_qrs_network(
    fit: Sequence[QrsRecord],
    noise: Sequence[NDArray[np.float32]],
    *,
    settings: QrsSettings,
    seed: int,
    progress: Progress,
    backup: Path | None = None,
) -> keras.Model:
    """Fit the QRS network; gives the weights of the last epoch, because the learning rate falls to 0 until then.

    Parameters
    ----------
    fit : sequence of QrsRecord
    noise : sequence of ndarray
        At 250 Hz, from :func:`training.data.noise.noise_signals`.
    settings : QrsSettings
    seed : int
    progress : Progress
    backup : Path, optional
        Folder for the state after each epoch; an interrupted fit resumes from it and gets the same result.
    """
    seed_everything(seed)
    network = build_qrs_network()
    steps = settings.epochs * settings.steps
    schedule = keras.optimizers.schedules.CosineDecay(
        settings.learning_rate / 25, steps - steps // 5, warmup_target=settings.learning_rate, warmup_steps=steps // 5
    )
    optimizer = keras.optimizers.AdamW(schedule, settings.weight_decay, clipnorm=1.0)
    network.compile(optimizer, loss=loss_where_known)
    # Not by training.fit.loop: Keras' fit compiles for any batch size, which adds in another order, and a fit of the
    # same records must give the same bits as before.
    done = restore(network, backup) if backup else 0
    for epoch in range(done, settings.epochs):
        batches = _batches(fit, noise, settings, np.random.default_rng((seed, epoch)))
        history = network.fit(batches, steps_per_epoch=settings.steps, epochs=1, verbose=0, shuffle=False)
        if backup:
            back_up(network, backup, epoch + 1)
        progress(STAGE, epoch + 1, settings.epochs, f"loss {history.history['loss'][0]:.4f}")
    fitted = build_qrs_network()  # without optimizer and loss
    fitted.set_weights(network.get_weights())
    return fitted


def qrs_score(network: keras.Model, paths: Sequence[Path]) -> float:
    """F1 of the live detector with this network, over all beats of some records together.

    Raises
    ------
    RecordError
        If a record or its annotations can't be read.
    """
    return total(list(score_records(served_weights(network), paths).values())).f1


def loss_where_known(target: Any, log_odds: Any) -> Any:
    """Mean cross entropy over the steps with a known label."""
    known = ops.cast(target >= 0.0, log_odds.dtype)
    entropy = ops.softplus(log_odds) - ops.maximum(target, 0.0) * log_odds
    return ops.sum(entropy * known) / ops.maximum(ops.sum(known), 1.0)


def targets(stretch: Stretch) -> NDArray[np.float32]:
    """Labels, shape (steps, 1): 1 at the steps of an R peak, ``NOT_KNOWN`` without annotations, 0 at all others."""
    ends = np.arange(len(stretch.signal) // STEP_SAMPLES) * STEP_SAMPLES + STEP_SAMPLES - 1 - LOOK_AHEAD
    target = np.zeros(len(ends), np.float32)
    if len(stretch.beats):
        target[np.abs(ends[:, None] - stretch.beats).min(axis=1) <= AROUND_R] = 1.0
    target[(ends < SETTLES) | ~stretch.known[np.maximum(ends, 0)]] = NOT_KNOWN
    return target[:, None]


def _batches(
    records: Sequence[QrsRecord],
    noise: Sequence[NDArray[np.float32]],
    settings: QrsSettings,
    random: np.random.Generator,
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    n_samples = round(settings.stretch_s * DISPLAY_FS_HZ)
    while True:
        chosen = random.integers(len(records), size=settings.batch)
        stretches = [random_stretch(records[int(index)], n_samples, noise, random) for index in chosen]
        signals = np.stack([normalise(stretch.signal) for stretch in stretches])
        yield signals, np.stack([targets(stretch) for stretch in stretches])
