"""Fits the QRS network: patients drawn evenly, changed in every way that electrodes and hearts do."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np
from keras import ops
from numpy.typing import NDArray

from models.qrs import build_qrs_network, served_weights
from training.data.augment_qrs import Stretch, draw_stretch
from training.data.qrs_records import QrsRecord
from training.evaluation.qrs_score import score_records, total
from training.fit.backup import back_up, restore
from training.fit.seeds import seed_everything
from training.progress import Progress
from wardbeat.contracts.messages import DISPLAY_FS_HZ
from wardbeat.ecg.qrs.network import LOOK_AHEAD, STEP_SAMPLES, normalise

AROUND_R = 12
"""Steps that end within ±48 ms of an R peak (and the look-ahead) are labelled as one."""
SETTLES = 2 * DISPLAY_FS_HZ
"""A stretch's first two seconds are not learnt from: its size is still being found."""
NOT_KNOWN = -1.0
STAGE = "QRS network"


class QrsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be tuned.

    Attributes
    ----------
    epochs, steps : int
        How often a backup is made, and batches between.
    batch : int
        Stretches a batch.
    stretch_s : float
        Length of one.
    learning_rate, weight_decay : float
        Of AdamW; the rate rises over the first fifth to this and falls to 0.
    """

    epochs: int = 10
    steps: int = 100
    batch: int = 24
    stretch_s: float = 12.0
    learning_rate: float = 8e-3
    weight_decay: float = 1e-2


def suggest(trial: Any) -> QrsSettings:
    """Settings to try, from an Optuna trial or whatever draws as one does."""
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
    """A fitted QRS network: the weights of the last epoch, as the learning rate has fallen to nothing by then.

    Parameters
    ----------
    fit : sequence of QrsRecord
    noise : sequence of ndarray
        At 250 Hz, from :func:`training.data.noise.noise_signals`.
    settings : QrsSettings
    seed : int
    progress : Progress
    backup : Path, optional
        Folder for the state after each epoch: a fit that was interrupted goes on there, to the same result.
    """
    seed_everything(seed)
    network = build_qrs_network()
    steps = settings.epochs * settings.steps
    schedule = keras.optimizers.schedules.CosineDecay(
        settings.learning_rate / 25, steps - steps // 5, warmup_target=settings.learning_rate, warmup_steps=steps // 5
    )
    optimizer = keras.optimizers.AdamW(schedule, settings.weight_decay, clipnorm=1.0)
    network.compile(optimizer, loss=loss_where_known)
    done = restore(network, backup) if backup else 0
    for epoch in range(done, settings.epochs):
        batches = _batches(fit, noise, settings, np.random.default_rng((seed, epoch)))
        history = network.fit(batches, steps_per_epoch=settings.steps, epochs=1, verbose=0, shuffle=False)
        if backup:
            back_up(network, backup, epoch + 1)
        progress(STAGE, epoch + 1, settings.epochs, f"loss {history.history['loss'][0]:.4f}")
    fitted = build_qrs_network()  # with nothing that only fitting needs
    fitted.set_weights(network.get_weights())
    return fitted


def qrs_score(network: keras.Model, paths: Sequence[Path]) -> float:
    """F1 of the live detector with this network, all beats of some records together.

    Raises
    ------
    RecordError
        If a record or its annotations can't be read.
    """
    return total(list(score_records(served_weights(network), paths).values())).f1


def loss_where_known(target: Any, log_odds: Any) -> Any:
    """Cross entropy over the steps whose truth is known."""
    known = ops.cast(target >= 0.0, log_odds.dtype)
    entropy = ops.softplus(log_odds) - ops.maximum(target, 0.0) * log_odds
    return ops.sum(entropy * known) / ops.maximum(ops.sum(known), 1.0)


def targets(stretch: Stretch) -> NDArray[np.float32]:
    """1 at the steps that should tell of an R peak, 0 at others, ``NOT_KNOWN`` where nobody knows; (steps, 1)."""
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
        stretches = [draw_stretch(records[int(index)], n_samples, noise, random) for index in chosen]
        signals = np.stack([normalise(stretch.signal) for stretch in stretches])
        yield signals, np.stack([targets(stretch) for stretch in stretches])
