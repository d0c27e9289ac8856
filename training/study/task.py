"""A task of the study: what is classified, by which patients it is split, and how a network takes its rows.

A task prepares its data once, into the work folder. Its rows lie in three parts, and no patient is in two of them:
networks are fitted on ``fit``, every choice is made on ``validation``, and ``test`` is scored once.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.progress import Progress
from training.study.results import ExtraPlot, ExtraTable

Arrays = dict[str, NDArray[np.float32]]
Predict = Callable[[Arrays], NDArray[np.float32]]
"""Inputs by name to probabilities, shape (rows, …, classes)."""
Part = Literal["fit", "validation", "test"]
PARTS: tuple[Part, ...] = ("fit", "validation", "test")


class Rows(NamedTuple):
    """Labelled inputs of networks.

    Attributes
    ----------
    inputs : dict of str to ndarray
        Inputs by name, rows first: ``signal`` (rows, samples, leads), ``features`` (rows, n) for convolutional networks
        beside the signal, ``sequence`` (rows, beats, n) for recurrent ones. A task has those that it needs.
    labels : ndarray, shape (rows, classes) or (rows, steps, classes)
        Probability of each class in the reference: 0 or 1, or between if the reference is uncertain.
    record, patient : ndarray of str, shape (rows,)
    """

    inputs: Arrays
    labels: NDArray[np.float32]
    record: NDArray[np.str_]
    patient: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: NDArray[Any]) -> "Rows":
        """The rows that a mask or an index array selects."""
        inputs = {name: array[rows] for name, array in self.inputs.items()}
        return Rows(inputs, self.labels[rows], self.record[rows], self.patient[rows])


class Extras(NamedTuple):
    """What a task adds to its result."""

    tables: Sequence[ExtraTable] = ()
    plots: Sequence[ExtraPlot] = ()
    notes: Sequence[str] = ()


class FitSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of a fit that all networks have.

    Attributes
    ----------
    epochs, patience : int
        Most epochs; the fit stops after ``patience`` epochs without a better validation score.
    rows : int
        Rows an epoch, sampled by the weights of the task; 0 takes each row once.
    batch : int
    learning_rate, weight_decay : float
        Largest learning rate of one cycle (a quarter of the steps up, then a cosine down); AdamW.
    dropout : float
    width : float
        Factor on the number of channels of each layer.
    """

    epochs: int = 12
    patience: int = 4
    rows: int = 0
    batch: int = 64
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    dropout: float = 0.3
    width: float = 1.0


class Task(ABC):
    """One task. Its methods that are not abstract suit rows that a network takes as they are."""

    name: ClassVar[str]
    """As the command line takes it."""
    title: ClassVar[str]
    classes: ClassVar[tuple[str, ...]]
    exclusive: ClassVar[bool]
    """Whether a row has one class (softmax), or each class by itself (sigmoid)."""
    figure: ClassVar[str]
    """The figure of :mod:`training.study.scores` that names the best model; it is fixed before any fit."""
    models: ClassVar[tuple[str, ...]]
    """The models that are compared, by their names in :mod:`training.study.models`."""
    question: ClassVar[str] = ""
    """What the comparison answers, in a sentence or two."""
    seeds: ClassVar[int] = 1
    """Fits of each model; the figures are their mean."""
    service_model: ClassVar[str | None] = None
    """The model of the list that is in service."""
    data_sets: ClassVar[tuple[str, ...]] = ()
    """Folders of the data, as ``mitdb``."""
    scored_sets: ClassVar[tuple[str, ...]] = ()
    """Folders of data that are scored too, where they are there."""
    notes: ClassVar[tuple[str, ...]] = ()
    """What the result can't tell."""
    fs_hz: ClassVar[float | None] = None
    """Sampling rate of the input ``signal``, for drawings."""
    leads: ClassVar[tuple[str, ...]] = ()
    """Names of the first columns of ``signal``; drawings show these only."""
    margin: ClassVar[int] = 0
    """Samples at both ends of ``signal`` that have no label of their own, where each sample has a label."""
    answered_by: ClassVar["Task | None"] = None
    """Another task with the same rows, whose fitted models answer this one: nothing is fitted again."""

    @abstractmethod
    def prepare(self, data: Path, work: Path, progress: Progress) -> None:
        """Write everything that :meth:`rows` reads to the work folder; what is finished is not repeated.

        Parameters
        ----------
        data : Path
            A folder with one folder for each data set (mitdb, svdb, ptb-xl, …).
        work : Path
            The task's own work folder.
        progress : Progress
        """

    @abstractmethod
    def rows(self, work: Path, part: Part) -> Rows:
        """The rows of one part."""

    def settings(self, model: str) -> FitSettings:
        """The settings of the fit of a model, chosen on validation patients."""
        del model
        return FitSettings()

    def weights(self, rows: Rows) -> NDArray[np.float64]:
        """The probability of each row to be sampled in an epoch, shape (rows,); the sum is 1."""
        return np.full(len(rows), 1.0 / max(1, len(rows)))

    def batch(
        self, rows: Rows, chosen: NDArray[np.int64], random: np.random.Generator
    ) -> tuple[Arrays, NDArray[np.float32]]:
        """Inputs and labels of a batch of the fit: cut and augmented at random where the task does so."""
        del random
        return {name: array[chosen] for name, array in rows.inputs.items()}, rows.labels[chosen]

    def answer(self, predict: Predict, rows: Rows) -> NDArray[np.float32]:
        """The probabilities of rows, shape as their labels; where rows are cut, the mean over all cuts."""
        return predict(rows.inputs)

    def checked(self, predict: Predict, rows: Rows) -> NDArray[np.float32]:
        """The probabilities after each epoch of a fit, for early stopping; where rows are cut, of fewer cuts."""
        return self.answer(predict, rows)

    def derived(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """The probabilities of this task from those of the task that answers it."""
        return probabilities

    def missed(self, work: Path, part: Part) -> Rows | None:
        """References that no row stands for, as beats that the monitor did not detect; their ``inputs`` are empty."""
        del work, part
        return None

    def extras(self, data: Path, work: Path, progress: Progress) -> Extras:
        """Tables, plots and notes that only this task has; long work is kept in ``work`` and not repeated."""
        del data, work, progress
        return Extras()

    def shapes(self, rows: Rows) -> dict[str, tuple[int, ...]]:
        """The shape of one row of each input as a network takes it."""
        return {name: array.shape[1:] for name, array in rows.inputs.items()}
