"""What happened where nobody could read the signal counts nowhere, also afterwards.

The cases of the second half are kinds of disturbance, added to a heart with 78 beats a minute and two premature ones
(the excerpt of record 100), run through the monitor with the shipped networks.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from models.runtime import Runtime
from processors.monitor.patient_monitor import config_of
from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmLimits, SecondSummary
from processors.monitor.rhythm.unreadable import (
    BLIND_S,
    RECOVERS_S,
    TOGETHER_S,
    UNTRUSTED_S,
    Unreadable,
    is_untrusted,
    is_void_second,
    kept_v_peaks,
)
from processors.offline.annotate import annotate
from tests.support.scripted_hearts import run_rules, scripted_heart
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.io.records import open_record, read_mv
from wardbeat.ecg.synthetic import SyntheticRecord

Signal = NDArray[np.float64]
LIMITS = RhythmLimits()
FS, SECONDS = 360, 110


def s(seconds: float) -> int:
    return round(seconds * FS_HZ)


# --- the state


def second_at(t_s: float, *, high_frequency_noise: bool = False) -> SecondSummary:
    return SecondSummary(s(t_s), 0, 0, 0.9, 0.9, 0.3, 0.5, high_frequency_noise)


def test_void_seconds_in_a_row_are_one_stretch() -> None:
    unreadable = Unreadable()
    for t_s in (11, 12, 20, 21, 22):
        unreadable.add_second(second_at(t_s))
    assert (unreadable.void_since, unreadable.void_until) == (s(19), s(22))


def test_unreadable_beats_near_each_other_are_one_stretch_and_long_ones_are_blind() -> None:
    unreadable = Unreadable()
    assert unreadable.blind_s(s(0)) == 0
    for t_s in (3, *range(20, 33, TOGETHER_S - 2)):
        unreadable.add_beat(s(t_s))
    assert unreadable.first_r == s(20)
    assert unreadable.blind_s(s(32)) == 12
    assert BLIND_S < 12
    assert unreadable.blind_s(s(32 + TOGETHER_S + 0.1)) == 0, "the stretch has ended"


def test_ventricular_beats_in_and_near_a_stretch_do_not_count() -> None:
    unreadable = Unreadable()
    unreadable.add_second(second_at(31))
    unreadable.add_beat(s(60))
    kept = kept_v_peaks([s(t_s) for t_s in (20, 30.5, 40, 49, 51, 60)], unreadable)
    assert kept == [s(20), s(40), s(49)]
    assert unreadable.is_recent(s(60 + UNTRUSTED_S - 1))
    assert not unreadable.is_recent(s(60 + UNTRUSTED_S + 1))


def test_a_condition_from_before_the_end_of_noise_is_untrusted_but_counts_with_their_own_memory_are_not() -> None:
    unreadable = Unreadable()
    unreadable.add_second(second_at(31))

    def untrusted(code: str, onset_s: float, at_s: float) -> bool:
        return is_untrusted(Condition(code, s(onset_s), "", 1, 1, ""), unreadable, s(at_s))

    assert untrusted("extreme_tachycardia", 30.5, 50)
    assert not untrusted("extreme_tachycardia", 31, 50)
    assert untrusted("couplet", 36, 37)
    assert not untrusted("couplet", 42, 43)
    assert not untrusted("anomaly", 10, 50)
    assert not untrusted("pvc_rate", 10, 50)


@pytest.mark.parametrize(
    ("noisy", "activity_mv", "high_frequency_noise", "usable_since", "void"),
    [
        (True, 0.5, False, 0, True),
        (True, 0.05, False, 0, False),
        (True, 0.05, True, 0, True),
        (False, 0.5, False, 0, False),
        (False, 0.0, False, 2 * FS_HZ, True),
    ],
    ids=["noise", "a still signal shows a standstill", "hum", "clean", "leads off"],
)
def test_a_second_is_void_if_noise_moves_it_or_no_lead_is_usable(
    noisy: bool, activity_mv: float, high_frequency_noise: bool, usable_since: int, void: bool
) -> None:
    second = SecondSummary(FS_HZ, 0, usable_since, 0.9, 0.5, 0.3, activity_mv, high_frequency_noise)
    assert is_void_second(second, noisy=noisy, limits=LIMITS) == void


def test_only_noise_that_hides_beats_makes_a_silence_begin_later() -> None:
    unreadable = Unreadable()
    unreadable.add_second(second_at(31))
    assert unreadable.silence_from < 0
    unreadable.add_second(second_at(32, high_frequency_noise=True))
    assert unreadable.silence_from == s(32 + RECOVERS_S)


# --- the rules


def test_beats_of_noise_make_no_alert_after_it() -> None:
    """Case C1: false beats at 186/min in noise, V among them."""
    heart = scripted_heart("N" * 65, 0.8, first_s=2).then("NVVNVVNVVNVVNVVNVVN", 0.32).then("N" * 60, 0.8)
    assert {"extreme_tachycardia", "tachycardia", "pvc_rate"} <= run_rules(heart).codes()
    noise = (53, 61)
    assert run_rules(heart, noisy=[noise]).codes() == {"noisy_signal"}


def test_unreadable_beats_are_no_part_of_a_rate_run_or_pattern() -> None:
    heart = scripted_heart("N" * 25, 0.8, first_s=2).then("Q" * 19, 0.32).then("N" * 60, 0.8)
    assert run_rules(heart).codes() == set()
    bigeminy = scripted_heart("N" * 10 + "NV" * 10, 0.8)
    assert "bigeminy" in run_rules(bigeminy).codes()
    assert "bigeminy" not in run_rules(scripted_heart("N" * 10 + "NVNVNQ" * 5, 0.8)).codes()
    run = scripted_heart("N" * 20 + "VVV" + "N" * 20, 0.8)
    assert "ventricular_run" in run_rules(run).codes()
    assert "ventricular_run" not in run_rules(scripted_heart("N" * 18 + "QNVVV" + "N" * 20, 0.8)).codes()


def test_one_unreadable_beat_hides_no_tachycardia_and_many_do() -> None:
    slow = scripted_heart("N" * 20, 0.8, first_s=2)
    assert "extreme_tachycardia" in run_rules(slow.then("N" * 9 + "Q" + "N" * 8, 0.4)).codes()
    assert "extreme_tachycardia" not in run_rules(slow.then("NNQNN" * 4, 0.4)).codes()


def test_no_readable_beat_for_more_than_ten_seconds_is_noise() -> None:
    short = scripted_heart("N" * 25, 0.8, first_s=2).then("Q" * 12, 0.8).then("N" * 20, 0.8)
    assert run_rules(short).codes() == set()
    long = scripted_heart("N" * 25, 0.8, first_s=2).then("Q" * 30, 0.8).then("N" * 20, 0.8)
    (stretch,) = run_rules(long).holds_s("noisy_signal")
    first_s, last_s = long.beats[25][0], long.beats[54][0]
    assert BLIND_S < stretch[0] - first_s <= BLIND_S + 4
    assert last_s < stretch[1] <= last_s + TOGETHER_S + 1


def test_a_silence_after_motion_counts_from_its_last_false_beat() -> None:
    heart = scripted_heart("N" * 30, 0.8, first_s=2).then("Q" * 10, 0.6)
    noise = (heart.end_s - 6, heart.end_s + 1)
    (asystole,) = run_rules(heart, to_s=60, noisy=[noise]).raised("asystole")
    assert asystole.condition.onset == pytest.approx(s(heart.end_s), abs=1)


def test_no_pause_reaches_across_a_gap() -> None:
    """Case C3: the beats before and after electrodes that were off."""
    heart = scripted_heart("N" * 30, 0.8, first_s=2).then("N" * 30, 0.8, after_s=9.7)
    assert run_rules(heart, off=[(27, 35)]).codes() == {"lead_off"}


def test_a_standstill_that_was_there_goes_on_in_noise() -> None:
    heart = scripted_heart("N" * 30, 0.8, first_s=2)
    (stretch,) = run_rules(heart, to_s=50, noisy=[(40, 43)]).holds_s("asystole")
    assert stretch[1] == 50


def test_many_ventricular_beats_go_on_counting_through_noise() -> None:
    """The minute is not all readable, so that too few V beats in it end nothing."""
    heart = scripted_heart("NNNV" * 60, 0.8)
    quiet, noisy = run_rules(heart), run_rules(heart, noisy=[(100, 120)])
    assert len(quiet.raised("pvc_rate")) == len(noisy.raised("pvc_rate")) == 1
    assert not noisy.ended("pvc_rate")


def test_a_rate_that_was_too_high_stays_so_through_noise() -> None:
    heart = scripted_heart("N" * 60, 0.8, first_s=2).then("N" * 200, 0.4)
    run = run_rules(heart, noisy=[(80, 100)])
    assert len(run.raised("tachycardia")) == 1
    assert not run.ended("tachycardia")


def test_alerts_do_not_outlast_a_minute_without_a_readable_signal() -> None:
    fast = scripted_heart("N" * 60, 0.8, first_s=2).then("NNNV" * 50, 0.46)
    run = run_rules(fast, to_s=fast.end_s + 150, off=[(fast.end_s, fast.end_s + 150)])
    for code in ("tachycardia", "pvc_rate"):
        (ended,) = run.ended(code)
        assert fast.end_s + 50 < ended.k / FS_HZ < fast.end_s + 100, code


# --- whole disturbances, through the monitor


def white(begin_s: float, end_s: float, sd_mv: float, leads: tuple[int, ...] = (0, 1)) -> Callable[[Signal], None]:
    def disturb(p_signal: Signal) -> None:
        begin, end = round(begin_s * FS), round(end_s * FS)
        for lead in leads:
            p_signal[lead, begin:end] += np.random.default_rng(lead).normal(0.0, sd_mv, end - begin)

    return disturb


def constant(begin_s: float, end_s: float, mv: float, leads: tuple[int, ...] = (0, 1)) -> Callable[[Signal], None]:
    def disturb(p_signal: Signal) -> None:
        p_signal[list(leads), round(begin_s * FS) : round(end_s * FS)] = mv

    return disturb


def steps(mv: float, *at_s: float) -> Callable[[Signal], None]:
    def disturb(p_signal: Signal) -> None:
        for index, t_s in enumerate(at_s):
            p_signal[:, round(t_s * FS) :] += mv * (-1) ** index

    return disturb


def chunks_missing(p_signal: Signal) -> None:
    for t_s in range(40, 64, 3):
        p_signal[:, t_s * FS : round((t_s + 0.6) * FS)] = np.nan


def pace_pulses(p_signal: Signal) -> None:
    for t_s in np.arange(40, 80, 1.0):
        p_signal[:, round(t_s * FS)] += 3.0


KINDS: dict[str, tuple[Callable[[Signal], None], set[str]]] = {
    "white noise, case C1": (white(50, 56, 0.8), {"noisy_signal"}),
    "stronger noise": (white(50, 56, 2.0), {"noisy_signal"}),
    "weaker noise": (white(50, 56, 0.3), {"noisy_signal"}),
    "a burst of one second": (white(50, 51, 0.8), set()),
    "a burst of 2.5 s": (white(50, 52.5, 0.8), {"noisy_signal"}),
    "a burst of 4 s": (white(50, 54, 1.5), {"noisy_signal"}),
    "25 s of noise": (white(50, 75, 0.8), {"noisy_signal"}),
    "noise on the limb lead": (white(50, 70, 0.8, (0,)), {"noisy_signal"}),
    "noise on the precordial lead": (white(50, 70, 0.8, (1,)), {"noisy_signal"}),
    "rail, case C3": (constant(30, 40, 5.0), {"lead_off"}),
    "the other rail": (constant(40, 55, -5.0), {"lead_off"}),
    "a short rail": (constant(50, 53.5, 5.0), set()),
    "rail on one lead": (constant(40, 70, 5.0, (0,)), set()),
    "six seconds missing": (constant(50, 56, np.nan), {"lead_off"}),
    "a second missing": (constant(50, 51, np.nan), {"lead_off"}),
    "0.1 s missing": (constant(50, 50.1, np.nan), set()),
    "many short gaps": (chunks_missing, set()),
    "a step of the baseline": (steps(2.0, 50), set()),
    "a large step down": (steps(-5.0, 50), set()),
    "eight steps": (steps(2.0, *np.arange(50, 62, 1.7)), {"noisy_signal"}),
    "pace pulses without capture": (pace_pulses, set()),
}


@cache
def disturbed() -> dict[str, tuple[set[str], list[float], int]]:
    """By kind: the codes of the alerts, the heart rates shown, and how many seconds show none."""
    with excerpts_folder() as folder:
        clean = read_mv(open_record(folder / "100"), 0, SECONDS * FS)
    sources = []
    for kind, (disturb, _) in KINDS.items():
        p_signal = clean.copy()
        disturb(p_signal)
        sources.append(SyntheticRecord(kind, float(FS), p_signal, (), (), ("MLII", "V5")))
    networks = Runtime.load()
    found = annotate(sources, networks, config=config_of(networks.manifest.thresholds))
    return {
        kind: (
            {alert.code for alert in annotations.alerts.values()},
            [status.hr_bpm for status in annotations.status if status.hr_bpm is not None],
            sum(status.hr_bpm is None for status in annotations.status),
        )
        for kind, annotations in found
    }


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_disturbance_makes_at_most_its_technical_alert(kind: str) -> None:
    codes, rates, _ = disturbed()[kind]
    assert codes <= KINDS[kind][1]
    assert all(65 <= rate <= 90 for rate in rates), "the heart rate is right, or not shown"


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in KINDS if "noise" in kind and "lead" not in kind])
def test_noise_on_all_leads_is_told(kind: str) -> None:
    assert disturbed()[kind][0] == {"noisy_signal"}
