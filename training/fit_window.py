"""Fits the combined detector: the autoencoder on normal windows, then the head on patients it never saw."""

from collections.abc import Iterator, Sequence

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from models.window import HEAD_FEATURES, Head, build_autoencoder, head_features
from training.augment import augment_windows
from training.capture import WindowRows
from training.progress import Progress

BATCH = 128
LEARNING_RATE = 3e-3
PATIENCE = 6
RIDGE = 1.0
"""Penalty on the head's squared weights, in windows."""
FOLDS = 5

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
    keras.utils.set_random_seed(seed)
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
    n = len(HEAD_FEATURES)
    return Head(np.zeros(n, np.float32), np.ones(n, np.float32), np.zeros(n, np.float32), -4.0)


def fit_head(features: NDArray[np.float32], abnormal: NDArray[np.bool_]) -> Head:
    """Logistic regression of abnormal windows on ``HEAD_FEATURES``; its probabilities are calibrated as they come."""
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 1e-6, scale, 1.0).astype(np.float32)
    x = ((features - mean) / scale).astype(np.float64)
    y = abnormal.astype(np.float64)

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logit = x @ parameters[:-1] + parameters[-1]
        value = float(np.sum(np.logaddexp(0.0, logit) - y * logit) + RIDGE / 2 * np.sum(parameters[:-1] ** 2))
        residual = expit(logit) - y
        return value, np.append(x.T @ residual + RIDGE * parameters[:-1], residual.sum())

    found = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B").x
    return Head(mean, scale, found[:-1].astype(np.float32), float(found[-1]))


def head_probability(head: Head, features: NDArray[np.float32]) -> NDArray[np.float64]:
    """What a head says of windows."""
    logit = ((features - head.mean) / head.scale) @ head.weights + head.bias
    return np.asarray(expit(logit.astype(np.float64)))


def cross_fitted_probability(
    features: NDArray[np.float32], abnormal: NDArray[np.bool_], record: NDArray[np.int32]
) -> NDArray[np.float64]:
    """What heads say of each patient's windows that were fitted on other patients only."""
    patients = np.unique(record)
    probability = np.full(len(record), abnormal.mean())
    for fold in range(min(FOLDS, len(patients))):
        out = np.isin(record, patients[fold::FOLDS])
        if 0 < out.sum() < len(out):
            probability[out] = head_probability(fit_head(features[~out], abnormal[~out]), features[out])
    return probability


def window_features(rows: WindowRows, autoencoder: keras.Model) -> NDArray[np.float32]:
    """``HEAD_FEATURES`` of each window."""
    signal = rows.inputs["signal"]
    difference = signal - autoencoder.predict(signal, batch_size=512, verbose=0)
    error = np.sqrt(np.mean(difference**2, axis=(1, 2)))
    return head_features(error, rows.inputs["context"])


def _batches(
    signal: NDArray[np.float32], noise: Sequence[NDArray[np.float32]], random: np.random.Generator
) -> Iterator[Batch]:
    while True:
        order = random.permutation(len(signal))
        for start in range(0, max(1, len(signal) - BATCH + 1), BATCH):
            augmented = augment_windows(signal[order[start : start + BATCH]], noise, random)
            yield augmented, augmented
