"""Which beats of drawn ECG can be read: with noise on all leads, on one, at a step, in a patient that nobody knows."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from processors.monitor.signal_path import BeatReady, new_signal_path, take_samples
from tests.support.shipped_qrs import shipped_qrs
from wardbeat.ecg.features.readability import HIDDEN_LOG_ODDS, UNREADABLE_ABOVE, is_readable, is_readable_as_v
from wardbeat.ecg.synthetic import Rhythm, synthetic_record

FS = 250
LEADS = ("II", "V5")
log_odds = st.floats(-20, 20)
probability = st.floats(0, 1)


def signal_of(rhythm: Rhythm = "sinus", seconds: float = 40) -> NDArray[np.float64]:
    return synthetic_record(rhythm, seconds, seed=3).p_signal.copy()


def beats_of(p_signal: NDArray[np.float64], leads: tuple[str, ...] = LEADS) -> list[tuple[float, float]]:
    """Seconds and log odds of the beats."""
    events = take_samples(new_signal_path(FS, leads), shipped_qrs(), p_signal, 10**18, FS)
    return [(event.r / FS, event.unreadable_log_odds) for event in events if isinstance(event, BeatReady)]


def with_noise(begin_s: float, end_s: float, sd_mv: float, leads: tuple[int, ...] = (0, 1)) -> NDArray[np.float64]:
    p_signal, stretch = signal_of(), slice(int(begin_s * FS), int(end_s * FS))
    for lead in leads:
        p_signal[lead, stretch] += np.random.default_rng(lead).normal(0.0, sd_mv, stretch.stop - stretch.start)
    return p_signal


@pytest.mark.parametrize("rhythm", ["sinus", "pvc", "bigeminy", "af", "brady", "tachy"])
def test_every_beat_of_a_clean_signal_can_be_read_from_the_first_on(rhythm: Rhythm) -> None:
    assert all(is_readable(odds) for _, odds in beats_of(signal_of(rhythm)))


def test_no_beat_in_strong_noise_can_be_read_and_those_after_it_can() -> None:
    beats = beats_of(with_noise(20, 26, 1.5))
    within = [is_readable(odds) for t_s, odds in beats if 20.5 <= t_s < 25.5]
    assert within
    assert not any(within)
    assert all(is_readable(odds) for t_s, odds in beats if t_s < 19 or t_s > 28)


@pytest.mark.parametrize("noisy", [0, 1])
def test_noise_on_one_lead_hides_no_beat(noisy: int) -> None:
    beats = beats_of(with_noise(20, 30, 0.4, (noisy,)))
    assert all(is_readable(odds) for _, odds in beats)


def test_one_lead_is_enough() -> None:
    assert all(is_readable(odds) for _, odds in beats_of(signal_of()[:1], ("II",)))


def test_a_step_of_the_level_hides_the_beat_at_it_and_no_other() -> None:
    p_signal = signal_of()
    p_signal[:, 20 * FS :] += 5.0
    hidden = [t_s for t_s, odds in beats_of(p_signal) if not is_readable(odds)]
    assert hidden
    assert all(19.5 < t_s < 22 for t_s in hidden)


def test_a_beat_in_a_break_or_directly_after_it_is_hidden() -> None:
    p_signal = signal_of()
    p_signal[:, 20 * FS : 22 * FS] = np.nan
    beats = beats_of(p_signal)
    at_end = [odds for t_s, odds in beats if 20 < t_s <= 22.3]
    assert set(at_end) <= {HIDDEN_LOG_ODDS}
    assert all(is_readable(odds) for t_s, odds in beats if t_s < 19.5 or t_s > 23)


@given(log_odds, probability, probability)
def test_a_likelier_v_beat_is_never_less_readable(odds: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert is_readable_as_v(odds, low) <= is_readable_as_v(odds, high)


@given(st.lists(log_odds, min_size=2, max_size=2), probability)
def test_more_noise_never_makes_a_beat_readable(odds: list[float], p_v: float) -> None:
    for clear, noisy in pairwise(sorted(odds)):
        assert is_readable(noisy) <= is_readable(clear)
        assert is_readable_as_v(noisy, p_v) <= is_readable_as_v(clear, p_v)
        assert is_readable_as_v(noisy, p_v) <= is_readable(noisy)


def test_the_limit_belongs_to_the_readable_ones() -> None:
    assert is_readable(UNREADABLE_ABOVE)
    assert not is_readable(UNREADABLE_ABOVE + 0.001)
