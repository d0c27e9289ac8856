"""The beat classifier's fit: it repeats with its seed, resumes after a stop, and learns."""

from pathlib import Path

import numpy as np
import pytest

from models.inputs import INPUT_SHAPES
from training.data.capture import BeatRows, Captured, MissedRows, WindowRows
from training.data.noise import noise_signals

pytestmark = pytest.mark.slow  # tests import TensorFlow themselves: 5 s, which a run without them saves


def rows(n: int, seed: int) -> BeatRows:
    """Beats of class V lie higher than those of class N."""
    random = np.random.default_rng(seed)
    label = random.choice([0, 2], n).astype(np.int8)
    inputs = {name: random.normal(size=(n, *shape)).astype(np.float32) for name, shape in INPUT_SHAPES["beat"].items()}
    inputs["waveform"] += label[:, None, None] / 2
    return BeatRows(inputs, label, np.zeros(n, np.int32), np.arange(n, dtype=np.float64) + 300)


def test_a_fit_repeats_with_its_seed_resumes_after_a_stop_and_learns(tmp_path: Path) -> None:
    from models.export import answers
    from training.fit.networks.beat import BeatSettings, beat_metrics, fit_beat_network

    beats, settings = rows(1024, seed=0), BeatSettings(epochs=8, rows=4096)
    noise = noise_signals(None, np.random.default_rng(0))
    notes_of_epochs: list[str] = []

    def keep(stage: str, done: int, total: int, note: str = "") -> None:
        notes_of_epochs.append(note)

    def stop_after_two(stage: str, done: int, total: int, note: str = "") -> None:
        if done == 2:
            raise KeyboardInterrupt

    whole = fit_beat_network(beats, None, noise, settings=settings, seed=1, progress=keep)
    backup = tmp_path / "backup"
    with pytest.raises(KeyboardInterrupt):
        fit_beat_network(beats, None, noise, settings=settings, seed=1, progress=stop_after_two, backup=backup)
    notes_of_epochs.clear()
    resumed = fit_beat_network(beats, None, noise, settings=settings, seed=1, progress=keep, backup=backup)
    assert len(notes_of_epochs) == 6, "the epochs done are not done again"
    for first, second in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        assert np.array_equal(first, second)
    unseen = rows(512, seed=2)
    empty = MissedRows(np.zeros(0, np.int8), np.zeros(0, np.int32), np.zeros(0))
    windows = WindowRows({}, *(np.zeros(0, np.bool_),) * 2, np.zeros(0, np.int32), np.zeros(0))
    probabilities = answers(whole, unseen.inputs)["probabilities"]
    assert beat_metrics(Captured(unseen, windows, empty), probabilities)["v_f1"] > 0.9


def test_rare_classes_are_drawn_more_but_not_as_much_as_all_others() -> None:
    from training.fit.networks.beat import sampling_weights

    label = np.array([0] * 900 + [1] * 100, np.int8)
    weights = sampling_weights(BeatRows({}, label, np.zeros(1000, np.int32), np.zeros(1000)), -0.5)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[label == 1].sum() == pytest.approx(0.25)
