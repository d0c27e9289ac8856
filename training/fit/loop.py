"""The one loop that fits every Keras network: epochs of random batches, early stopping, a backup after each epoch."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import keras
import numpy as np

from training.fit.backup import BACKUP, back_up, restore
from training.progress import Progress
from wardbeat.atomic_files import atomic_file

BEST = "best.npz"
HISTORY = "history.json"


class Batches(Protocol):
    """The random batches of an epoch. They depend on the seed and the epoch only, so that a fit can resume."""

    def begin(self, epoch: int) -> None:
        """Sample the rows of an epoch."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        """The arguments of Keras' ``train_on_batch``."""


class EpochIterator:
    """Batches from an iterator that is made anew for each epoch; they are taken in their order.

    Parameters
    ----------
    make : callable
        From the epoch to its batches, at least ``batches`` of them.
    batches : int
        In an epoch.
    """

    def __init__(self, make: Callable[[int], Iterator[tuple[Any, ...]]], batches: int) -> None:
        self._make, self._batches = make, batches

    def begin(self, epoch: int) -> None:
        """Begin an epoch."""
        self._rest = self._make(epoch)

    def __len__(self) -> int:
        return self._batches

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        return next(self._rest)


class Epoch(NamedTuple):
    """The mean loss of an epoch, and the validation score after it; None without a validation."""

    loss: float
    score: float | None


def fit_epochs(
    network: keras.Model,
    batches: Batches,
    epochs: int,
    *,
    progress: Callable[[int, str], None],
    backup: Path | None = None,
    validate: Callable[[], float] | None = None,
    patience: int | None = None,
) -> list[Epoch]:
    """Fit a compiled network; with ``validate`` it ends with the weights of the best epoch, else with the last.

    Parameters
    ----------
    network : keras.Model
        Compiled. It may have a backup of an earlier, interrupted call.
    batches : Batches
    epochs : int
    progress : callable
        Called after each epoch with the finished epochs and a note.
    backup : Path, optional
        Folder for the state after each epoch; an interrupted fit resumes from it and gets the same result.
    validate : callable, optional
        The score of the present network on validation patients; higher is better.
    patience : int, optional
        The fit stops when this many epochs in a row were not better than the best one.

    Returns
    -------
    list of Epoch
        The history, also of the epochs before an interruption.
    """
    history = _history(backup) if backup else []
    best = _best_weights(backup) if backup else None
    done = restore(network, backup) if backup else 0
    del history[done:]
    for epoch in range(done, epochs):
        if _is_over(history, patience):
            break
        # Keras' own loop fetches batches ahead, before it announces the next epoch, so we loop over the batches here.
        batches.begin(epoch)
        loss = float(np.mean([float(network.train_on_batch(*batches[index])) for index in range(len(batches))]))
        score = validate() if validate else None
        history.append(Epoch(loss, score))
        if score is not None and _best_epoch(history) == epoch:
            best = network.get_weights()
        if backup:
            _save(backup, history, best)
            back_up(network, backup, epoch + 1)
        progress(epoch + 1, f"loss {loss:.4g}" + ("" if score is None else f", validation {score:.4f}"))
    if best is not None:
        network.set_weights(best)
    return history


def fit_progress(progress: Progress, stage: str, epochs: int) -> Callable[[int, str], None]:
    """The progress of one fit as a function of its finished epochs."""
    return lambda done, note: progress(stage, done, epochs, note)


def _best_epoch(history: list[Epoch]) -> int:
    """The first epoch with the highest score; NaN, of a network that diverged, is the lowest."""
    scores = [-np.inf if one.score is None or np.isnan(one.score) else one.score for one in history]
    return int(np.argmax(scores))


def _is_over(history: list[Epoch], patience: int | None) -> bool:
    if patience is None or not history or history[0].score is None:
        return False
    return len(history) - 1 - _best_epoch(history) >= patience


def _history(backup: Path) -> list[Epoch]:
    file = backup / HISTORY
    return [Epoch(*one) for one in json.loads(file.read_text(encoding="utf-8"))] if file.is_file() else []


def _best_weights(backup: Path) -> list[Any] | None:
    if not (backup / BEST).is_file() or not (backup / BACKUP).is_file():
        return None
    with np.load(backup / BEST) as stored:
        return [stored[f"arr_{index}"] for index in range(len(stored.files))]


def _save(backup: Path, history: list[Epoch], best: list[Any] | None) -> None:
    backup.mkdir(parents=True, exist_ok=True)
    with atomic_file(backup / HISTORY) as temporary:
        temporary.write_text(json.dumps(history), encoding="utf-8")
    if best is not None and _best_epoch(history) == len(history) - 1:
        with atomic_file(backup / BEST) as temporary, temporary.open("wb") as stream:
            np.savez(stream, *best)
