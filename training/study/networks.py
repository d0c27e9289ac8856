"""Fits a Keras network of the study on a task, with the same loop as the ward's networks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from models.class_probabilities import probabilities_of
from models.export import ignore_numpy_deprecations
from models.registry import STUDY_NETWORKS
from training.fit.loop import fit_epochs, fit_progress
from training.fit.seeds import seed_everything
from training.study.model import FitPart, Fitted
from training.study.scores import figure_of
from training.study.task import Arrays, FitSettings, Predict, Rows, Task

WARM_UP = 0.25
"""Share of the steps in which the learning rate rises (one cycle, Smith 2018, arXiv:1803.09820)."""
CLIP_NORM = 5.0
PREDICT_ROWS = 256
FILE = "model.keras"


class NetworkModel(NamedTuple):
    """A network of ``STUDY_NETWORKS`` as a model of the study."""

    name: str

    @property
    def purpose(self) -> str:
        """What the network does, in words."""
        return STUDY_NETWORKS[self.name].purpose

    @property
    def source(self) -> str:
        """Where the architecture was published."""
        return STUDY_NETWORKS[self.name].source

    @property
    def whole_rows(self) -> bool:
        """A network takes rows as the task cuts them."""
        return False

    def fit(self, part: FitPart) -> Fitted:
        """Fit with early stopping on the validation rows; an interrupted fit resumes from its backup."""
        task, settings = part.task, part.settings
        seed_everything(part.seed)
        batches = EpochBatches(
            len(part.fit),
            task.weights(part.fit) if settings.rows else None,
            settings,
            part.seed,
            lambda chosen, random: task.batch(part.fit, chosen, random),
        )
        network = build_network(self.name, task, part.fit, settings)
        compile_network(network, task, settings, settings.epochs * len(batches))
        predict = predict_with(network, task)

        def validate() -> float:
            return figure_of(task, part.validation, task.checked(predict, part.validation))

        history = fit_epochs(
            network,
            batches,
            settings.epochs,
            progress=fit_progress(part.progress, f"{task.name}: {self.name}, seed {part.seed}", settings.epochs),
            backup=part.backup,
            validate=validate,
            patience=settings.patience,
        )
        return Fitted(predict, network.count_params(), lambda folder: save_network(network, folder / FILE), history)

    def load(self, folder: Path, task: Task) -> Predict:
        """Read a saved network."""
        return predict_with(keras.models.load_model(folder / FILE, compile=False), task)


def save_network(network: keras.Model, file: Path) -> None:
    """Write a network in the format of Keras."""
    with ignore_numpy_deprecations():
        network.save(file)


def build_network(name: str, task: Task, rows: Rows, settings: FitSettings) -> keras.Model:
    """A network with random weights for the rows of a task; its output ``logits`` has one number a class."""
    build: Callable[..., keras.Model] = STUDY_NETWORKS[name].build
    return build(task.shapes(rows), len(task.classes), width=settings.width, dropout=settings.dropout)


def compile_network(network: keras.Model, task: Task, settings: FitSettings, steps: int) -> None:
    """Compile with AdamW, a one-cycle learning rate, and the loss of the task."""
    schedule = keras.optimizers.schedules.CosineDecay(
        settings.learning_rate / 25,
        max(1, round((1 - WARM_UP) * steps)),
        warmup_target=settings.learning_rate,
        warmup_steps=max(1, round(WARM_UP * steps)),
    )
    optimizer = keras.optimizers.AdamW(schedule, settings.weight_decay, clipnorm=CLIP_NORM)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    loss = keras.losses.CategoricalCrossentropy if task.exclusive else keras.losses.BinaryCrossentropy
    network.compile(optimizer, loss=loss(from_logits=True))


def predict_with(network: keras.Model, task: Task) -> Predict:
    """A function from inputs to probabilities."""
    names = [one.name for one in network.inputs]

    def predict(inputs: Arrays) -> NDArray[np.float32]:
        taken = {name: inputs[name] for name in names}
        return class_probabilities(run_network(network, taken, PREDICT_ROWS), task)

    return predict


def run_network(network: keras.Model, inputs: Arrays, at_once: int) -> NDArray[np.float32]:
    """The output of a network for rows, so many at a time.

    Keras' own ``predict`` costs 30 ms a call, which is much where a task asks for one row.
    """
    n = len(next(iter(inputs.values())))
    parts = [
        network.predict_on_batch({name: array[at : at + at_once] for name, array in inputs.items()})
        for at in range(0, n, at_once)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, *network.output_shape[1:]), np.float32)


def class_probabilities(logits: NDArray[np.floating], task: Task) -> NDArray[np.float32]:
    """The probabilities of the classes of a task from one logit each."""
    return np.asarray(probabilities_of(logits, exclusive=task.exclusive), np.float32)


class EpochBatches:
    """The random batches of an epoch. They depend on the seed and the epoch only, so that a fit can resume.

    Parameters
    ----------
    n : int
        Rows of the fit.
    weights : ndarray, shape (n,), optional
        The probability of each row to be sampled; an epoch then has ``settings.rows`` rows, or ``n`` if that is 0.
        Without weights an epoch takes each row once.
    settings : FitSettings
    seed : int
    take : callable
        From the indexes of the rows of a batch, and random numbers, to the inputs and labels.
    """

    def __init__(
        self,
        n: int,
        weights: NDArray[np.float64] | None,
        settings: FitSettings,
        seed: int,
        take: Callable[[NDArray[np.int64], np.random.Generator], tuple[Any, ...]],
    ) -> None:
        self._n, self._weights, self._seed, self._take = n, weights, seed, take
        self._rows = n if weights is None else settings.rows or n
        self._batch = settings.batch
        self.begin(0)

    def begin(self, epoch: int) -> None:
        """Sample the rows of an epoch."""
        self._epoch = epoch
        random = np.random.default_rng([self._seed, epoch])
        if self._weights is None:
            self._chosen = random.permutation(self._n)
        else:
            self._chosen = random.choice(self._n, self._rows, p=self._weights)

    def __len__(self) -> int:
        return max(1, self._rows // self._batch)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        random = np.random.default_rng([self._seed, self._epoch, index])
        return self._take(self._chosen[index * self._batch : (index + 1) * self._batch], random)
