"""Fits MiniRocket: its thresholds on some rows, then a logistic regression on its features.

The source adds a ridge regression. The logistic one takes labels that are probabilities, and gives probabilities; on
PTB-XL it was as good in a first study (macro AUC .901 and .902).
"""

from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from models.study.rocket import FEATURES, build_rocket, build_rocket_features, rocket_kernels, set_thresholds
from training.fit.loop import Epoch, fit_epochs, fit_progress
from training.fit.seeds import seed_everything
from training.progress import Progress
from training.study.machines.sampling import fit_rows, some_rows
from training.study.model import FitPart, Fitted
from training.study.networks import EpochBatches, class_probabilities, compile_network, run_network, save_network
from training.study.scores import figure_of
from training.study.task import Arrays, FitSettings, Predict, Rows, Task
from wardbeat.atomic_files import atomic_file

HEAD = FitSettings(epochs=30, patience=4, batch=128, learning_rate=3e-4, weight_decay=0.0)
"""Of the logistic regression. Chosen on a quarter of fold 9 of PTB-XL, fitted on 1,310 records: macro AUC .891, and
.882 with a learning rate of 1e-3; an L2 of 1e-2 changes it by .001."""
L2 = 1e-3
THRESHOLD_ROWS = 32
MOST_ROWS, MOST_VALIDATION_ROWS = 12_000, 4_000
"""Each row has 40 kB of features."""
LEAST_DEVIATION = 1e-3
"""A feature that varies less has no more weight than one that varies so much: a sample in a thousand."""
AT_ONCE = 32
"""Rows at a time; more need memory and are not faster."""
FILE = "model.keras"


class RocketModel(NamedTuple):
    """MiniRocket as a model of the study."""

    features: int = FEATURES
    purpose: str = "MiniRocket: 10,080 features from fixed convolutions, and a logistic regression"
    source: str = "Dempster et al. 2021, doi:10.1145/3447548.3467231"

    @property
    def whole_rows(self) -> bool:
        """The features are proportions of the whole signal."""
        return True

    def fit(self, part: FitPart) -> Fitted:
        """Fit with early stopping of the head on the validation rows; computed features are kept in the backup."""
        seed_everything(part.seed)
        sampled = fit_rows(part, MOST_ROWS)
        validation = some_rows(part.validation, MOST_VALIDATION_ROWS, part.seed)
        network = _features_network(sampled.rows, self.features, part.seed)
        x, x_validation = (
            _kept_features(network, rows, part.backup / f"features-{name}.npy", _stage(part, name), part.progress)
            for name, rows in (("fit", sampled.rows), ("validation", validation))
        )
        mean, deviation = x.mean(axis=0), np.maximum(x.std(axis=0), LEAST_DEVIATION)
        x, x_validation = (x - mean) / deviation, (x_validation - mean) / deviation
        weights = part.task.weights(sampled.rows) if part.settings.rows and not sampled.by_weight else None
        batches = EpochBatches(
            len(x), weights, HEAD, part.seed, lambda chosen, _random: (x[chosen], sampled.rows.labels[chosen])
        )
        head, history = _fit_head(part, batches, validation, x_validation)
        kernel, bias = head.get_weights()
        kernel /= deviation[:, None]
        whole = build_rocket(network, kernel, bias - mean @ kernel)
        return Fitted(
            predict_with_rocket(whole, part.task),
            kernel.size + bias.size,
            lambda folder: save_network(whole, folder / FILE),
            history,
        )

    def load(self, folder: Path, task: Task) -> Predict:
        """Read a saved network."""
        return predict_with_rocket(keras.models.load_model(folder / FILE, compile=False), task)


def predict_with_rocket(network: keras.Model, task: Task) -> Predict:
    """A function from inputs to probabilities."""

    def predict(inputs: Arrays) -> NDArray[np.float32]:
        return class_probabilities(_run(network, inputs["signal"]), task)

    return predict


def _run(network: keras.Model, signal: NDArray[np.float32]) -> NDArray[np.float32]:
    return run_network(network, {"signal": np.asarray(signal, np.float32)}, AT_ONCE)


def _features_network(rows: Rows, features: int, seed: int) -> keras.Model:
    random = np.random.default_rng(seed)
    signal = rows.inputs["signal"]
    some = np.sort(random.choice(len(signal), min(len(signal), THRESHOLD_ROWS), replace=False))
    shown = np.asarray(signal[some], np.float32)
    scale = np.maximum(shown.std(axis=(0, 1)), 1e-6)
    network = build_rocket_features(signal.shape[1:], rocket_kernels(signal.shape[1:], scale, random), features)
    set_thresholds(network, shown)
    return network


def _kept_features(network: keras.Model, rows: Rows, file: Path, stage: str, progress: Progress) -> NDArray[np.float32]:
    """The features of rows, from a file if an interrupted fit has written it."""
    if file.is_file():
        kept: NDArray[np.float32] = np.load(file)
        return kept
    signal = rows.inputs["signal"]
    features = np.empty((len(rows), network.output_shape[-1]), np.float32)
    for at in range(0, len(rows), 16 * AT_ONCE):
        features[at : at + 16 * AT_ONCE] = _run(network, signal[at : at + 16 * AT_ONCE])
        progress(stage, min(at + 16 * AT_ONCE, len(rows)), len(rows))
    file.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(file) as temporary, temporary.open("wb") as stream:
        np.save(stream, features)
    return features


def _fit_head(
    part: FitPart, batches: EpochBatches, validation: Rows, x_validation: NDArray[np.float32]
) -> tuple[keras.Model, list[Epoch]]:
    task = part.task
    inputs = keras.Input((x_validation.shape[1],), name="features")
    logits = layers.Dense(len(task.classes), kernel_initializer="zeros", kernel_regularizer=keras.regularizers.L2(L2))
    head = keras.Model([inputs], logits(inputs))
    compile_network(head, task, HEAD, HEAD.epochs * len(batches))

    def validate() -> float:
        answered = run_network(head, {"features": x_validation}, len(x_validation))
        return figure_of(task, validation, class_probabilities(answered, task))

    history = fit_epochs(
        head,
        batches,
        HEAD.epochs,
        progress=fit_progress(part.progress, _stage(part, "head"), HEAD.epochs),
        backup=part.backup,
        validate=validate,
        patience=HEAD.patience,
    )
    return head, history


def _stage(part: FitPart, what: str) -> str:
    return f"{part.task.name}: rocket, seed {part.seed}, {what}"
