"""The running QRS and noise levels of the leads, and the weights that follow from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from wardbeat.ecg.qrs import levels as qrs_levels
from wardbeat.ecg.qrs.levels import (
    ENERGY_SAMPLES,
    FLAT_AFTER_SAMPLES,
    MAX_BEAT_RATIO,
    MIN_LEVEL_MV,
    N_LEVELS,
    N_RUNS,
    NOISE_LEVEL,
    PEAK_ENERGY,
    QRS_LEVEL,
    SILENT_AFTER_SAMPLES,
    SINCE_PEAK,
    UNCHANGED,
    VALID,
)

millivolts = st.floats(0.0, 1e4)


def levels_of(qrs: float = 1.0, noise: float = 0.1, energy: float = 0.0) -> NDArray[np.float64]:
    """The levels of one lead."""
    levels = np.zeros((1, N_LEVELS))
    levels[0, [QRS_LEVEL, NOISE_LEVEL, PEAK_ENERGY]] = qrs, noise, energy
    return levels


def runs_of(valid: int = 1000, unchanged: int = 0, since_peak: int = 0) -> NDArray[np.int64]:
    """The runs of one lead."""
    runs = np.zeros((1, N_RUNS), np.int64)
    runs[0, [VALID, UNCHANGED, SINCE_PEAK]] = valid, unchanged, since_peak
    return runs


@given(millivolts, st.lists(millivolts, min_size=2, max_size=2))
def test_more_noise_never_makes_a_lead_more_reliable(qrs: float, noise: list[float]) -> None:
    low, high = (qrs_levels.reliability(0, levels_of(qrs, value)) for value in sorted(noise))
    assert 0.001 <= high <= low <= 1.0


@pytest.mark.parametrize(
    ("runs", "factor"),
    [
        (runs_of(), 1.0),
        (runs_of(valid=ENERGY_SAMPLES), 1.0),
        (runs_of(valid=ENERGY_SAMPLES - 1), 0.0),
        (runs_of(unchanged=FLAT_AFTER_SAMPLES - 1), 1.0),
        (runs_of(unchanged=FLAT_AFTER_SAMPLES), 0.0),
        (runs_of(since_peak=SILENT_AFTER_SAMPLES), 1.0),
        (runs_of(since_peak=SILENT_AFTER_SAMPLES + 1), 0.01),
    ],
)
def test_a_flat_or_new_lead_has_no_weight_and_a_silent_lead_little(runs: NDArray[np.int64], factor: float) -> None:
    levels = levels_of()
    assert qrs_levels.weight(0, levels, runs) == pytest.approx(factor * qrs_levels.reliability(0, levels))


@given(millivolts)
def test_the_first_levels_come_from_the_largest_energy(energy: float) -> None:
    levels = levels_of(0.0, 0.0, energy)
    qrs_levels.learn(levels)
    assert levels[0, QRS_LEVEL] == max(0.7 * energy, MIN_LEVEL_MV)
    assert levels[0, NOISE_LEVEL] == pytest.approx(0.2 * levels[0, QRS_LEVEL])
    assert levels[0, PEAK_ENERGY] == 0.0


@given(st.floats(MIN_LEVEL_MV, 100.0), millivolts, st.integers(1, 10_000))
def test_a_beat_moves_the_level_towards_its_energy_and_at_most_by_half(level: float, energy: float, beats: int) -> None:
    levels = levels_of(level, energy=energy)
    qrs_levels.follow_beat(beats, levels, runs_of())
    moved = levels[0, QRS_LEVEL]
    low, high = sorted((level, energy))
    assert low * (1 - 1e-9) - 1e-12 <= moved <= high * (1 + 1e-9)  # 1 mV less 1 mV loses what is below 1e-16 mV
    assert moved <= MAX_BEAT_RATIO * level * (1 + 1e-9)


def test_a_beat_does_not_move_the_level_of_a_lead_that_was_invalid_in_it() -> None:
    levels = levels_of(1.0, energy=5.0)
    qrs_levels.follow_beat(1, levels, runs_of(valid=ENERGY_SAMPLES - 1))
    assert levels[0, QRS_LEVEL] == 1.0


@given(millivolts, millivolts)
def test_noise_moves_the_noise_level_only(noise: float, energy: float) -> None:
    levels = levels_of(1.0, noise, energy)
    qrs_levels.follow_noise(levels)
    low, high = sorted((noise, energy))
    assert low * (1 - 1e-9) - 1e-12 <= levels[0, NOISE_LEVEL] <= high * (1 + 1e-9)
    assert levels[0, QRS_LEVEL] == 1.0


@given(st.floats(MIN_LEVEL_MV, 1e4))
def test_a_level_decays_towards_the_minimum_and_not_below(level: float) -> None:
    levels = levels_of(level)
    for _ in range(50):
        before = levels[0, QRS_LEVEL]
        qrs_levels.decay(levels)
        assert MIN_LEVEL_MV * (1 - 1e-9) <= levels[0, QRS_LEVEL] <= before
