"""Augmented inputs are inputs that the monitor could give."""

import numpy as np
import pytest

from models.inputs import BEAT_FEATURES, INPUT_SHAPES
from training.data import augment
from training.data.augment import CORRELATIONS, augment_beats, augment_windows
from training.data.noise import noise_signals

ROWS = 200


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(5)


def beat_inputs(random: np.random.Generator) -> dict[str, np.ndarray]:
    return {name: random.normal(size=(ROWS, *shape)).astype(np.float32) for name, shape in INPUT_SHAPES["beat"].items()}


def alone(monkeypatch: pytest.MonkeyPatch, **kept: float) -> None:
    """Switch every augmentation off but those given."""
    off = {
        "SWAP": 0.0,
        "ONE_LEAD": 0.0,
        "FLIP": 0.0,
        "NOISY": 0.0,
        "JITTER": 0,
        "CONTEXT_NOISE": 0.0,
        "GAIN": (1.0, 1.0),
    }
    for name, value in (off | kept).items():
        monkeypatch.setattr(augment, name, value)


def test_without_augmentation_nothing_changes(monkeypatch: pytest.MonkeyPatch, random: np.random.Generator) -> None:
    alone(monkeypatch)
    inputs = beat_inputs(random)
    changed = augment_beats(inputs, noise_signals(None, random), random)
    assert all(np.array_equal(changed[name], inputs[name]) for name in inputs)


def test_the_original_inputs_do_not_change(random: np.random.Generator) -> None:
    inputs = beat_inputs(random)
    before = {name: array.copy() for name, array in inputs.items()}
    changed = augment_beats(inputs, noise_signals(None, random), random)
    assert all(np.array_equal(inputs[name], before[name]) for name in inputs)
    assert all(changed[name].shape == inputs[name].shape and changed[name].dtype == np.float32 for name in inputs)


def test_swapped_leads_take_their_differences_and_features_along(
    monkeypatch: pytest.MonkeyPatch, random: np.random.Generator
) -> None:
    alone(monkeypatch, SWAP=1.0)
    inputs = beat_inputs(random)
    changed = augment_beats(inputs, noise_signals(None, random), random)
    assert np.array_equal(changed["waveform"], inputs["waveform"][:, :, [1, 0, 3, 2]])
    first, second = CORRELATIONS
    assert np.array_equal(changed["context"][:, :, first], inputs["context"][:, :, second])
    untouched = [index for index in range(len(BEAT_FEATURES)) if index not in CORRELATIONS]
    assert np.array_equal(changed["context"][:, :, untouched], inputs["context"][:, :, untouched])


def test_a_silent_lead_is_silent_everywhere(monkeypatch: pytest.MonkeyPatch, random: np.random.Generator) -> None:
    alone(monkeypatch, ONE_LEAD=1.0)
    changed = augment_beats(beat_inputs(random), noise_signals(None, random), random)
    silent = (changed["waveform"] == 0.0).all(axis=1)
    assert (silent[:, 0] ^ silent[:, 1]).all()
    assert np.array_equal(silent[:, :2], silent[:, 2:])
    for lead in (0, 1):
        assert ((changed["context"][:, :, CORRELATIONS[lead]] == 0.0).all(axis=1) == silent[:, lead]).all()


@pytest.mark.parametrize("kept", [{"NOISY": 1.0}, {"GAIN": (0.5, 2.0)}, {"FLIP": 1.0}])
def test_the_dominant_beat_is_what_lead_and_difference_leave(
    monkeypatch: pytest.MonkeyPatch, random: np.random.Generator, kept: dict[str, float]
) -> None:
    """Lead − difference is the patient's dominant beat: noise leaves it, gain and polarity scale it."""
    alone(monkeypatch, **kept)
    inputs = beat_inputs(random)
    changed = augment_beats(inputs, noise_signals(None, random), random)
    before = inputs["waveform"][:, :, :2] - inputs["waveform"][:, :, 2:]
    after = changed["waveform"][:, :, :2] - changed["waveform"][:, :, 2:]
    ratio = (after * before).sum(axis=(1, 2)) / (before**2).sum(axis=(1, 2))
    assert np.allclose(after, ratio[:, None, None] * before, atol=1e-4)
    assert not np.array_equal(changed["waveform"], inputs["waveform"])


def test_a_jittered_beat_moves_as_a_whole(monkeypatch: pytest.MonkeyPatch, random: np.random.Generator) -> None:
    alone(monkeypatch, JITTER=2)
    inputs = beat_inputs(random)
    changed = augment_beats(inputs, noise_signals(None, random), random)["waveform"]
    inner = slice(5, -5)
    moved = [np.roll(inputs["waveform"], -shift, axis=1)[:, inner] for shift in range(-2, 3)]
    assert all(any(np.array_equal(changed[row, inner], options[row]) for options in moved) for row in range(ROWS))


def window_inputs(random: np.random.Generator) -> dict[str, np.ndarray]:
    shapes = INPUT_SHAPES["window"]
    return {
        name: random.normal(size=(ROWS, *shapes[name])).astype(np.float32) for name in ("signal", "dominant", "log_rr")
    }


def test_windows_keep_their_shape_and_rhythm_and_the_originals_do_not_change(random: np.random.Generator) -> None:
    inputs = window_inputs(random)
    before = {name: array.copy() for name, array in inputs.items()}
    changed = augment_windows(inputs, noise_signals(None, random), random)
    assert all(np.array_equal(inputs[name], before[name]) for name in inputs)
    assert all(changed[name].shape == inputs[name].shape and changed[name].dtype == np.float32 for name in inputs)
    assert np.array_equal(changed["log_rr"], inputs["log_rr"])
    assert all(np.isfinite(array).all() for array in changed.values())


@pytest.mark.parametrize("kept", [{"SWAP": 1.0}, {"ONE_LEAD": 1.0}, {"FLIP": 1.0}, {"GAIN": (0.5, 2.0)}])
def test_a_change_of_the_signal_also_changes_the_dominant_beat(
    monkeypatch: pytest.MonkeyPatch, random: np.random.Generator, kept: dict[str, float]
) -> None:
    alone(monkeypatch, **kept)
    inputs = window_inputs(random)
    inputs["dominant"] = 2.0 * inputs["signal"]
    changed = augment_windows(inputs, noise_signals(None, random), random)
    assert np.allclose(changed["dominant"], 2.0 * changed["signal"], atol=1e-6)
    assert not np.array_equal(changed["signal"], inputs["signal"])
