"""Fits the combined detector: the autoencoder on normal windows, then the head on patients it never saw."""

from collections.abc import Iterator, Sequence

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from models.window import KNOWN_FEATURES, Head, build_autoencoder, log_error
from training.augment import augment_windows
from training.capture import WindowRows
from training.progress import Progress
from training.seeds import seed_everything

BATCH = 128
LEARNING_RATE = 3e-3
PATIENCE = 6
RIDGE = 1.0
"""Penalty on the head's squared weights, in windows."""
FOLDS = 5
NOVEL_QUANTILE, USUAL_QUANTILE, USUAL_P = 0.995, 0.95, 0.05
"""Novel with probability ½ is an error that 0.5 % of normal windows exceed, with 5 % one that 5 % of them exceed."""
LEAST_WIDTH = 0.01

Batch = tuple[NDArray[np.float32], NDArray[np.float32]]


def fit_autoencoder(
    fit: WindowRows,
    validation: WindowRows,
    noise: Sequence[NDArray[np.float32]],
    *,
    seed: int,
    epochs: int,
    progress: Progress,
) -> keras.Model:
    """An autoencoder fitted on the normal windows of some patients, stopped on those of others."""
    seed_everything(seed)
    random = np.random.default_rng(seed)
    normal, unseen = fit.inputs["signal"][fit.normal], validation.inputs["signal"][validation.normal]
    network = build_autoencoder()
    steps = max(1, len(normal) // BATCH)
    network.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps * epochs), clipnorm=1.0),
        loss="mse",
    )
    batches = _batches(normal, noise, random)
    best_loss, best_epoch, best_weights = np.inf, 0, network.get_weights()
    for epoch in range(epochs):
        network.fit(batches, steps_per_epoch=steps, epochs=1, verbose=0, shuffle=False)
        loss = float(network.evaluate(unseen, unseen, batch_size=512, verbose=0)) if len(unseen) else 0.0
        progress("autoencoder", epoch + 1, epochs, f"validation {loss:.4f}")
        if loss < best_loss:
            best_loss, best_epoch, best_weights = loss, epoch, network.get_weights()
        if epoch - best_epoch >= PATIENCE:
            break
    network.set_weights(best_weights)
    return network


def neutral_head() -> Head:
    """A head that calls nothing abnormal; it serves until one is fitted."""
    n = len(KNOWN_FEATURES)
    return Head(np.zeros(n, np.float32), np.ones(n, np.float32), np.zeros(n, np.float32), -4.0, 4.0, 1.0)


def fit_head(
    features: NDArray[np.float32],
    error: NDArray[np.float32],
    abnormal: NDArray[np.bool_],
) -> Head:
    """Logistic regression of abnormal windows on ``KNOWN_FEATURES``, and from where on an error is novel.

    The first learns from labels. The second must not: labels hold only what is known, so it looks at the errors of
    normal windows alone, and begins where they end.
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

    found = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B").x
    usual, novel = np.quantile(log_error(error[~abnormal]), (USUAL_QUANTILE, NOVEL_QUANTILE))
    width = max(float(novel - usual) / float(logit(0.5) - logit(USUAL_P)), LEAST_WIDTH)
    return Head(mean, scale, found[:-1].astype(np.float32), float(found[-1]), float(novel), width)


def cross_fitted_probability(
    features: NDArray[np.float32],
    error: NDArray[np.float32],
    abnormal: NDArray[np.bool_],
    record: NDArray[np.int32],
) -> NDArray[np.float64]:
    """What heads say of each patient's windows that were fitted on other patients only."""
    patients = np.unique(record)
    probability = np.full(len(record), abnormal.mean())
    for fold in range(min(FOLDS, len(patients))):
        out = np.isin(record, patients[fold::FOLDS])
        if not abnormal[~out].all():
            head = fit_head(features[~out], error[~out], abnormal[~out])
            probability[out] = head.probability(features[out], error[out])
    return probability


def reconstruction_error(signal: NDArray[np.float32], autoencoder: keras.Model) -> NDArray[np.float32]:
    """Root mean square of what the autoencoder can't rebuild, for each window."""
    difference = signal - autoencoder.predict(signal, batch_size=512, verbose=0)
    error: NDArray[np.float32] = np.sqrt(np.mean(difference**2, axis=(1, 2)))
    return error


def _batches(
    signal: NDArray[np.float32], noise: Sequence[NDArray[np.float32]], random: np.random.Generator
) -> Iterator[Batch]:
    while True:
        order = random.permutation(len(signal))
        for start in range(0, max(1, len(signal) - BATCH + 1), BATCH):
            augmented = augment_windows(signal[order[start : start + BATCH]], noise, random)
            yield augmented, augmented
