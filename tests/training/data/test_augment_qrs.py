"""Stretches to fit on: beats stay where they are labelled, and what is labelled as none is there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.data import augment_qrs
from training.data.augment_qrs import random_stretch
from training.data.noise import noise_signals
from training.data.qrs_records import QrsRecord
from wardbeat.ecg.synthetic import synthetic_record

SYNTHETIC = synthetic_record("sinus", 60, seed=1)
RECORD = QrsRecord(
    "sinus",
    SYNTHETIC.p_signal.T.astype(np.float32),
    np.array([beat.sample for beat in SYNTHETIC.beats]),
    np.ones(SYNTHETIC.n_samples, np.bool_),
)
NOISE = noise_signals(None, np.random.default_rng(0), 250)
N = 2500
HAPPENINGS = ("ERASE", "PASTE", "BURST", "NOISY", "MAINS", "POPS", "PACED", "STEP_IN_GAIN", "ONE_LEAD")


def only(monkeypatch: pytest.MonkeyPatch, *happening: str) -> None:
    for name in HAPPENINGS:
        monkeypatch.setattr(augment_qrs, name, float(name in happening))


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_a_stretch_is_whole(seed: int) -> None:
    stretch = random_stretch(RECORD, N, NOISE, np.random.default_rng(seed))
    assert stretch.signal.shape == (N, 2)
    assert stretch.signal.dtype == np.float32
    assert np.isfinite(stretch.signal).all()
    assert stretch.known.shape == (N,)
    assert (np.diff(stretch.beats) > 0).all()
    assert ((stretch.beats >= 0) & (stretch.beats < N)).all()


def test_the_same_seed_draws_the_same() -> None:
    a, b = (random_stretch(RECORD, N, NOISE, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(a.signal, b.signal)
    np.testing.assert_array_equal(a.beats, b.beats)


def r_peaks(signal: np.ndarray) -> np.ndarray:
    """Of the clean synthetic sinus rhythm, whatever its gain: where it stands out."""
    height = np.abs(signal - np.median(signal, axis=0)).max(axis=1)
    high = np.flatnonzero(height > 0.6 * np.sort(height)[-20:].mean())
    return np.array([run[np.argmax(height[run])] for run in np.split(high, np.flatnonzero(np.diff(high) > 50) + 1)])


def test_beats_stand_where_they_are_labelled_however_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch)
    lengths = []
    for seed in range(20):
        stretch = random_stretch(RECORD, N, NOISE, np.random.default_rng(seed))
        inner = stretch.beats[(stretch.beats > 10) & (stretch.beats < N - 10)]
        distance = np.abs(r_peaks(stretch.signal)[:, None] - inner).min(axis=0)
        assert distance.max() <= 3
        lengths.append(np.diff(stretch.beats).mean())
    assert min(lengths) < 0.9 * np.mean(lengths)
    assert max(lengths) > 1.1 * np.mean(lengths)


def test_an_erased_beat_leaves_no_qrs_and_no_label(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, erased = [], []
    for seed in range(20):
        only(monkeypatch)
        whole = random_stretch(RECORD, N, NOISE, np.random.default_rng(seed))
        only(monkeypatch, "ERASE")
        stretch = random_stretch(RECORD, N, NOISE, np.random.default_rng(seed))
        plain.append(len(whole.beats))
        erased.append(len(stretch.beats))
        inner = stretch.beats[(stretch.beats > 10) & (stretch.beats < N - 10)]
        peaks = r_peaks(stretch.signal)
        peaks = peaks[(peaks > 25) & (peaks < N - 25)]
        assert np.abs(peaks[:, None] - stretch.beats).min(axis=1).max() <= 3, "no QRS without a label"
        assert np.abs(inner[:, None] - r_peaks(stretch.signal)).min(axis=1).max() <= 3, "no label without a QRS"
    assert sum(erased) < 0.9 * sum(plain)


def test_what_is_pasted_is_in_one_lead_and_no_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = 0
    for seed in range(20):
        only(monkeypatch)
        whole = random_stretch(RECORD, N, NOISE, np.random.default_rng(seed))
        stretch = augment_qrs.Stretch(whole.signal.copy(), whole.beats, whole.known)
        augment_qrs._paste_into_one_lead(stretch.signal, stretch.beats, np.random.default_rng(seed))
        changed = np.abs(stretch.signal - whole.signal).max(axis=0) > 0
        seen += changed.any()
        assert changed.sum() <= 1
        at = np.flatnonzero(np.abs(stretch.signal - whole.signal).max(axis=1) > 0.2 * np.ptp(whole.signal))
        if len(at):
            assert np.abs(at[:, None] - stretch.beats).min() > 10
    assert seen > 10


def test_a_dead_lead_is_flat(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "ONE_LEAD")
    stretches = [random_stretch(RECORD, N, NOISE, np.random.default_rng(seed)) for seed in range(10)]
    dead = [tuple(np.ptp(stretch.signal, axis=0) == 0.0) for stretch in stretches]
    assert set(dead) == {(True, False), (False, True)}
