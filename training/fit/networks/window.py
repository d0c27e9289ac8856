"""Fits the combined detector: the autoencoder on normal windows, the scale of its normal errors, and the head.

The autoencoder and the scale do not use labels of abnormal windows, so they can react to abnormalities without a label.
The head uses them: it combines the outputs of the classifier and of the autoencoder, on patients whom neither was
fitted on.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from models.window import (
    DEFAULT_SETTINGS,
    Arrays,
    Head,
    NormalErrorScale,
    WindowSettings,
    build_autoencoder,
    known_features,
    log_errors,
    patients_view,
)
from training.data.augment import augment_windows
from training.data.capture import WindowRows
from training.fit.loop import EpochIterator, fit_epochs
from training.fit.seeds import seed_everything
from training.progress import Progress

RIDGE = 1.0
"""Penalty on the head's squared weights, in windows."""
UNUSUAL = 0.999
"""Each part of the error is 1 at this quantile of the normal windows; it limits the effect of heavy tails (noise)."""
LEAST_WIDTH = 0.01


def fit_autoencoder(
    fit: WindowRows,
    validation: WindowRows | None,
    noise: Sequence[NDArray[np.float32]],
    *,
    settings: WindowSettings = DEFAULT_SETTINGS,
    seed: int,
    progress: Progress,
    backup: Path | None = None,
) -> keras.Model:
    """Fit the autoencoder on the normal windows of some patients.

    Parameters
    ----------
    fit : WindowRows
        Only the normal ones are used.
    validation : WindowRows or None
        Windows of other patients; progress reports the error on their normal windows.
    noise : sequence of ndarray
        From :func:`training.data.noise.noise_signals`.
    settings : WindowSettings, optional
    seed : int
    progress : Progress
    backup : Path or None
        Folder for the state after each epoch; an interrupted fit resumes from it and gets the same result.
    """
    seed_everything(seed)
    normal = fit.take(fit.normal).inputs
    unseen = _view(validation.take(validation.normal).inputs) if validation and validation.normal.any() else None
    n = len(normal["signal"])
    steps = max(1, n // settings.batch)
    network = build_autoencoder(settings)
    schedule = keras.optimizers.schedules.CosineDecay(settings.learning_rate, steps * settings.epochs)
    network.compile(keras.optimizers.Adam(schedule, clipnorm=1.0), loss="mse")

    def report(done: int, note: str) -> None:
        if unseen is not None:
            note += f", validation {network.evaluate(unseen, unseen, batch_size=512, verbose=0):.5f}"
        progress("autoencoder", done, settings.epochs, note)

    batches = EpochIterator(
        lambda epoch: _batches(normal, settings.batch, noise, np.random.default_rng([seed, epoch])), steps
    )
    fit_epochs(network, batches, settings.epochs, progress=report, backup=backup)
    return network


def suggest(trial: Any) -> WindowSettings:
    """Settings for a trial of the search; ``trial`` has the interface of an Optuna trial."""
    return WindowSettings(
        code=trial.suggest_int("code", 1, 8),
        width=trial.suggest_categorical("width", [16, 24, 32]),
        learning_rate=trial.suggest_float("learning_rate", 1e-3, 1e-2, log=True),
        batch=trial.suggest_categorical("batch", [32, 64, 128]),
    )


def window_log_errors(inputs: Arrays, autoencoder: keras.Model) -> NDArray[np.float32]:
    """The logarithms of the two errors of each window, in the order of ``PARTS``."""
    view = keras.Input(autoencoder.input_shape[1:])
    network = keras.Model(view, log_errors(view, autoencoder(view)))
    errors: NDArray[np.float32] = network.predict(_view(inputs), batch_size=512, verbose=0)
    return errors


def fit_error_scale(errors: NDArray[np.float32], normal: NDArray[np.bool_]) -> NormalErrorScale:
    """The scale of the two log errors, from normal windows of patients whom the autoencoder was not fitted on."""
    median, unusual = np.quantile(errors[normal], (0.5, UNUSUAL), axis=0).astype(np.float32)
    return NormalErrorScale(median, np.maximum(unusual - median, LEAST_WIDTH).astype(np.float32))


def head_features(context: NDArray[np.float32], parts: NDArray[np.float32]) -> NDArray[np.float32]:
    """``HEAD_FEATURES`` of windows."""
    return np.concatenate([known_features(context), parts], axis=1)


def fit_head(features: NDArray[np.float32], abnormal: NDArray[np.bool_]) -> Head:
    """Fit a logistic regression of abnormal windows on ``HEAD_FEATURES``, or on some of them.

    No weight may be negative: a larger error must never make a window more normal. Without this bound a weight could
    become negative if the classifier detects all labelled abnormalities, because noise has the largest errors among the
    other windows.
    """
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 1e-6, scale, 1.0).astype(np.float32)
    x = ((features - mean) / scale).astype(np.float64)
    y = abnormal.astype(np.float64)

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        log_odds = x @ parameters[:-1] + parameters[-1]
        value = float(np.sum(np.logaddexp(0.0, log_odds) - y * log_odds) + RIDGE / 2 * np.sum(parameters[:-1] ** 2))
        residual = expit(log_odds) - y
        return value, np.append(x.T @ residual + RIDGE * parameters[:-1], residual.sum())

    bounds = [(0.0, None)] * x.shape[1] + [(None, None)]
    weights = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    return Head(mean, scale, weights[:-1].astype(np.float32), float(weights[-1]))


def _view(inputs: Arrays) -> NDArray[np.float32]:
    view: NDArray[np.float32] = keras.ops.convert_to_numpy(
        patients_view(inputs["signal"], inputs["dominant"], inputs["log_rr"])
    )
    return view


def _batches(
    normal: Arrays, size: int, noise: Sequence[NDArray[np.float32]], random: np.random.Generator
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Endless batches, epoch after epoch; an incomplete last batch is left out, unless it is the only one."""
    n = len(normal["signal"])
    while True:
        order = random.permutation(n)
        for start in range(0, max(1, n - size + 1), size):
            at = order[start : start + size]
            view = _view(augment_windows({name: array[at] for name, array in normal.items()}, noise, random))
            yield view, view
