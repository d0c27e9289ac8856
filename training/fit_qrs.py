"""Fits the QRS network: patients drawn evenly, changed in every way that electrodes and hearts do."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np
from keras import ops
from numpy.typing import NDArray

from models.qrs import build_qrs_network
from training.augment_qrs import Stretch, draw_stretch
from training.progress import Progress
from training.qrs_records import QrsRecord
from training.seeds import seed_everything
from wardbeat.ecg.qrs_network import LOOK_AHEAD, STEP_SAMPLES, normalise
from wardbeat.messages import DISPLAY_FS_HZ

AROUND_R = 12
"""Steps that end within ±48 ms of an R peak (and the look-ahead) are labelled as one."""
SETTLES = 2 * DISPLAY_FS_HZ
"""A stretch's first two seconds are not learnt from: its size is still being found."""
NOT_KNOWN = -1.0
STAGE = "QRS network"
BACKUP = "qrs_epoch_{}.keras"


class QrsSettings(msgspec.Struct, frozen=True):
    """What may be tuned.

    Attributes
    ----------
    epochs, steps : int
        How often a backup may be made, and batches between.
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


def fit_qrs_network(
    fit: Sequence[QrsRecord],
    noise: Sequence[NDArray[np.float32]],
    *,
    settings: QrsSettings,
    seed: int,
    progress: Progress,
    backup: Path | None = None,
) -> keras.Model:
    seed_everything(seed)
    network, done = _last_backup(backup) if backup else (None, 0)
    if network is None:
        network = build_qrs_network()
        total = settings.epochs * settings.steps
        schedule = keras.optimizers.schedules.CosineDecay(
            settings.learning_rate / 25, total - total // 5, warmup_target=settings.learning_rate,
            warmup_steps=total // 5,
        )  # fmt: skip
        optimizer = keras.optimizers.AdamW(schedule, settings.weight_decay, clipnorm=1.0)
        network.compile(optimizer, loss=loss_where_known, jit_compile=True)
    for epoch in range(done, settings.epochs):
        batches = _batches(fit, noise, settings, np.random.default_rng((seed, epoch)))
        history = network.fit(batches, steps_per_epoch=settings.steps, epochs=1, verbose=0, shuffle=False)
        if backup:
            _write_backup(network, backup, epoch)
        progress(STAGE, epoch + 1, settings.epochs, f"loss {history.history['loss'][0]:.4f}")
    return network


@keras.saving.register_keras_serializable("wardbeat")
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


def _write_backup(network: keras.Model, folder: Path, epoch: int) -> None:
    """The newest finished epoch takes the place of the one before it."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / "draft.keras"
    network.save(draft)
    draft.replace(folder / BACKUP.format(epoch + 1))
    (folder / BACKUP.format(epoch)).unlink(missing_ok=True)


def _last_backup(folder: Path) -> tuple[keras.Model | None, int]:
    """The network of the last epoch finished, and how many have been."""
    epochs = sorted(int(path.stem.rsplit("_", 1)[1]) for path in folder.glob(BACKUP.format("*")))
    if not epochs:
        return None, 0
    return keras.saving.load_model(folder / BACKUP.format(epochs[-1])), epochs[-1]
