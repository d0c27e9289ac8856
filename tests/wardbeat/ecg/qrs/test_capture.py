"""Pulses of a known pacemaker: all are found, and a complex at a pulse counts only if the heart answers it."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.paced_hearts import Pulse, paced_heart
from wardbeat.ecg.features.beat_state import CORRELATION_0, CORRELATION_1, N_FEATURES, PREV_DOMINANT
from wardbeat.ecg.qrs import capture
from wardbeat.ecg.qrs.capture import Pacing
from wardbeat.ecg.resample import new_resampler, resample

PULSES = [
    (fs, Pulse(mv, width_s, tail_mv, atrial))
    for fs in (250, 360, 500, 1000)
    for mv, width_s, tail_mv, atrial in (
        (2.0, 0.0005, 0.0, False),
        (-9.0, 0.002, 0.9, False),
        (9.0, 0.001, 2.0, True),
        (700.0, 0.002, 2.0, False),
    )
]


def at_250(p_signal: NDArray[np.float64], fs: float) -> NDArray[np.float64]:
    resampled: NDArray[np.float64] = resample(new_resampler(fs, len(p_signal)), p_signal)[0]
    return resampled


def found_in(signal: NDArray[np.float64], chunk: int = 1250) -> list[int]:
    """All pulses, although the state forgets those of more than six seconds ago."""
    pacing, pulses = Pacing(on=True), set()
    for k in range(0, signal.shape[1], chunk):
        capture.find_pulses(pacing, signal[:, k : k + chunk], k)
        pulses |= {pulse for pulse in pacing.pulses if pulse <= k + chunk - capture.SETTLED}
    return sorted(pulses)


@pytest.mark.parametrize(("fs", "pulse"), PULSES)
def test_each_pulse_is_found_and_no_complex_is_one(fs: float, pulse: Pulse) -> None:
    record = paced_heart(pulse, fs=fs, lost_s=20, duration_s=30)
    found = np.array(found_in(at_250(record.p_signal, fs))) / 250
    expected = np.arange(0.5, 29.5, 60 / 70)
    expected = np.sort(np.concatenate([expected, expected - 0.16])) if pulse.atrial else expected
    nearest = np.abs(found[:, None] - expected)
    assert nearest.min(axis=0).max() < 0.02
    assert nearest.min(axis=1).max() < 0.05  # a large pulse rings


@pytest.mark.parametrize("chunk", [1, 7, 50, 333])
def test_the_lengths_of_chunks_change_nothing(chunk: int) -> None:
    signal = paced_heart(Pulse(), duration_s=8).p_signal
    assert found_in(signal, chunk) == found_in(signal)


def test_nothing_is_looked_for_in_other_patients() -> None:
    pacing, signal = Pacing(), paced_heart(Pulse(), duration_s=8).p_signal
    capture.find_pulses(pacing, signal, 0)
    assert (pacing.pulses, capture.is_pulse_alone(pacing, 1250, 2000)) == ([], False)
    row = np.zeros(N_FEATURES, np.float32)
    assert not capture.is_paced(pacing, 1250, 250, row)


@pytest.mark.parametrize("tail_mv", [0.0, -2.0, 2.0])
@pytest.mark.parametrize(
    ("wave_mv", "after_s", "width_s", "counts"),
    [
        (0.0, 0.0, 0.02, False),
        (0.15, 0.15, 0.02, False),  # a P wave
        (0.7, 0.09, 0.02, True),
        (-1.0, 0.12, 0.03, True),
        (2.0, 0.06, 0.015, True),
        (1.0, -0.06, 0.012, True),  # the heart's own, which the pacemaker did not sense
    ],
)
def test_an_answer_is_a_wave_and_no_decay(
    tail_mv: float, wave_mv: float, after_s: float, width_s: float, counts: bool
) -> None:
    since_s = (np.arange(750) - 400) / 250
    signal = wave_mv * np.exp(-0.5 * ((since_s - after_s) / width_s) ** 2)
    signal += tail_mv * np.exp(-np.maximum(since_s, 0) / 0.05) * (since_s >= 0)
    pacing = known(signal, [400])
    assert capture.has_complex(pacing, 400, 700) == counts
    assert capture.is_pulse_alone(pacing, 400 + capture.AFTER_R, 700) != counts
    assert not capture.is_pulse_alone(pacing, 300, 700)  # no pulse near it


@pytest.mark.parametrize(
    ("similar", "prematurity", "rr", "paced"),
    [(0.95, 0.0, 250, True), (0.5, 0.0, 250, False), (0.95, -0.3, 250, False), (0.95, 0.0, 90, False),
     (0.95, 0.0, None, False)],
)  # fmt: skip
def test_without_a_pulse_the_dominant_shape_is_paced(
    similar: float, prematurity: float, rr: int | None, paced: bool
) -> None:
    row = np.zeros(N_FEATURES, np.float32)
    row[[CORRELATION_0, CORRELATION_1]], row[PREV_DOMINANT] = similar, prematurity
    assert capture.is_paced(Pacing(on=True), 1000, rr, row) == paced
    assert capture.is_paced(Pacing(on=True, pulses=[980]), 1000, rr, row)


def test_pulses_and_tails_are_no_activity() -> None:
    record = paced_heart(Pulse(9.0, 0.002, 2.0), lost_s=0, duration_s=20)
    pacing = Pacing(on=True)
    capture.find_pulses(pacing, record.p_signal, 0)
    ring = record.p_signal[:, :3750].astype(np.float32)
    pacing.pulses = [pulse for pulse in pacing.pulses if pulse < 3750]
    assert max(capture.activity_mv(pacing, ring, 3750)) < 0.15
    t_s = np.arange(3750) / 250
    fibrillation = ring + (0.4 * np.sin(10 * np.pi * t_s)).astype(np.float32)
    assert min(capture.activity_mv(pacing, fibrillation, 3750)) > 0.3
    assert capture.activity_mv(Pacing(on=True), ring, 3750) == []
    every = Pacing(on=True, pulses=list(range(2700, 3750, 40)))
    assert capture.activity_mv(every, ring, 3750) == [0.0, 0.0]


@pytest.mark.parametrize("k", [0, 1, 398, 405, 409, 410, 415])
def test_a_pulse_in_the_newest_samples_has_no_answer_yet(k: int) -> None:
    assert capture.is_pulse_alone(known(np.zeros(750), [400]), 400, k) == (k >= 400 + capture.SETTLED)


def known(signal: NDArray[np.float64], pulses: list[int]) -> Pacing:
    """One lead with these pulses."""
    pacing = Pacing(on=True)
    capture.find_pulses(pacing, signal[None], 0)
    pacing.pulses = pulses
    return pacing
