"""The one fit loop: the best epoch, patience, and an interrupted fit that gets the same result; needs TensorFlow."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.slow

BATCHES, BATCH = 3, 8


def network() -> Any:
    """With dropout, whose random state a resumed fit needs, too."""
    import keras

    keras.utils.set_random_seed(3)
    layers = [keras.Input((4,)), keras.layers.Dense(5), keras.layers.Dropout(0.3), keras.layers.Dense(1)]
    built = keras.Sequential(layers)
    built.compile(keras.optimizers.AdamW(0.05), loss="mse")
    return built


def batches_of(epoch: int) -> Iterator[tuple[Any, ...]]:
    random = np.random.default_rng([1, epoch])
    while True:
        rows = random.normal(size=(BATCH, 4)).astype(np.float32)
        yield rows, rows.sum(axis=1, keepdims=True)


class Scores:
    """A validation whose scores are given in advance; it keeps the weights of each epoch."""

    def __init__(self, fitted: Any, scores: list[float], raise_at: int | None = None) -> None:
        self.fitted, self.scores, self.raise_at = fitted, scores, raise_at
        self.weights: list[list[np.ndarray]] = []

    def __call__(self) -> float:
        epoch = int(self.fitted.optimizer.iterations.numpy()) // BATCHES - 1
        if epoch == self.raise_at:
            raise KeyboardInterrupt
        self.weights.append(self.fitted.get_weights())
        return self.scores[epoch]


def fit(
    scores: list[float] | None = None,
    *,
    epochs: int = 6,
    patience: int | None = None,
    backup: Path | None = None,
    raise_at: int | None = None,
    progress: Callable[[int, str], None] = lambda _done, _note: None,
) -> tuple[list[np.ndarray], list[Any], Scores | None]:
    """The final weights, the history, and the validation of a fit."""
    from training.fit.loop import EpochIterator, fit_epochs

    fitted = network()
    validate = Scores(fitted, scores, raise_at) if scores else None
    history = fit_epochs(
        fitted,
        EpochIterator(batches_of, BATCHES),
        epochs,
        progress=progress,
        backup=backup,
        validate=validate,
        patience=patience,
    )
    return fitted.get_weights(), history, validate


def same(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_without_a_validation_the_last_weights_stay_and_the_loss_falls() -> None:
    notes: list[tuple[int, str]] = []
    _, history, _ = fit(patience=1, progress=lambda done, note: notes.append((done, note)))
    assert [done for done, _ in notes] == [1, 2, 3, 4, 5, 6], "patience needs a score"
    assert history[-1].loss < history[0].loss
    assert all(one.score is None for one in history)
    assert notes[0][1] == f"loss {history[0].loss:.4g}"


def test_the_weights_of_the_best_epoch_stay() -> None:
    weights, history, validate = fit([0.1, 0.5, 0.4, 0.5, 0.2, 0.3])
    assert [one.score for one in history] == [0.1, 0.5, 0.4, 0.5, 0.2, 0.3]
    assert validate is not None
    assert same(weights, validate.weights[1]), "the first of two equal ones"
    assert not same(weights, validate.weights[5])


@pytest.mark.parametrize(
    ("scores", "epochs"), [([0.1, 0.5, 0.4, 0.5, 0.2, 0.9], 4), ([0.5, 0.4, 0.6, 0.5, 0.7, 0.1], 6)]
)
def test_a_fit_stops_after_so_many_epochs_that_are_not_better(scores: list[float], epochs: int) -> None:
    _, history, _ = fit(scores, patience=2)
    assert len(history) == epochs


def test_a_score_that_is_nan_is_never_the_best() -> None:
    weights, history, validate = fit([np.nan, 0.2, np.nan, 0.1, np.nan, np.nan])
    assert validate is not None
    assert len(history) == 6
    assert same(weights, validate.weights[1])


@pytest.mark.parametrize("raise_at", [0, 2, 4])
def test_an_interrupted_fit_resumes_to_the_same_weights(tmp_path: Path, raise_at: int) -> None:
    """Its best epoch, 1, may lie before the interruption."""
    scores = [0.1, 0.5, 0.4, 0.3, 0.45, 0.2]
    whole, history, _ = fit(scores, patience=3)
    with pytest.raises(KeyboardInterrupt):
        fit(scores, patience=3, backup=tmp_path, raise_at=raise_at)
    done: list[int] = []
    resumed, resumed_history, _ = fit(
        scores, patience=3, backup=tmp_path, progress=lambda epoch, _note: done.append(epoch)
    )
    assert done == list(range(raise_at + 1, 6))
    assert same(resumed, whole)
    assert resumed_history == history


def test_a_fit_interrupted_in_its_progress_does_not_repeat_the_epoch(tmp_path: Path) -> None:
    def stop(done: int, note: str) -> None:
        if done == 3:
            raise KeyboardInterrupt

    whole, _, _ = fit()
    with pytest.raises(KeyboardInterrupt):
        fit(backup=tmp_path, progress=stop)
    done: list[int] = []
    resumed, _, _ = fit(backup=tmp_path, progress=lambda epoch, _note: done.append(epoch))
    assert done == [4, 5, 6]
    assert same(resumed, whole)


def test_a_finished_fit_is_not_repeated(tmp_path: Path) -> None:
    scores = [0.1, 0.5, 0.4, 0.3, 0.2, 0.1]
    whole, history, _ = fit(scores, patience=2, backup=tmp_path)
    again, again_history, validate = fit(scores, patience=2, backup=tmp_path)
    assert validate is not None
    assert validate.weights == []
    assert same(whole, again)
    assert again_history == history


def test_progress_of_a_fit_names_its_stage() -> None:
    from training.fit.loop import fit_progress

    calls: list[tuple[object, ...]] = []
    fit_progress(lambda *call: calls.append(call), "beats: cnn", 9)(4, "loss 0.5")
    assert calls == [("beats: cnn", 4, 9, "loss 0.5")]
