"""Each rule of rhythm against hearts made by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.monitor.patient_monitor import PatientMonitor
from processors.monitor.rhythm import rhythm
from processors.monitor.rhythm.conditions import FS_HZ, RhythmBeat, RhythmLimits, Second
from processors.monitor.signal_path import BeatReady
from tests.support.hearts import Heart, heart, watch
from tests.support.shipped_qrs import shipped_qrs
from wardbeat.contracts.alert_codes import CODES
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.synthetic import synthetic_scenario

RATES = {"bradycardia", "tachycardia", "extreme_bradycardia", "extreme_tachycardia"}


def test_a_healthy_heart_shows_nothing() -> None:
    assert watch(heart("N" * 200, 0.8)).codes() == {"asystole", "pause"}, "none beat in the first 35 s"
    assert watch(heart("N" * 200, 0.8, first_s=2)).codes() == set()


@pytest.mark.parametrize(
    ("symbols", "code"),
    [
        ("NNVVN", "couplet"),
        ("NNVVVN", "ventricular_run"),
        ("NNVVVVN", "ventricular_run"),
        ("NNVVVVVN", "ventricular_tachycardia"),
        ("NVNVNVN", "bigeminy"),
        ("VNVNVN", "bigeminy"),
        ("NNVNNVNNV", "trigeminy"),
        ("NSSSN", "supraventricular_run"),
    ],
)
def test_patterns(symbols: str, code: str) -> None:
    watched = watch(heart("N" * 50, 0.8, first_s=2).then(symbols, 0.5).then("N" * 10, 0.8))
    assert watched.codes() == {code} | ({"ventricular_run"} if code == "ventricular_tachycardia" else set())
    assert len(watched.raised(code)) == len(watched.ended(code)) == 1


@pytest.mark.parametrize(
    "symbols", ["NVN", "NNVNN", "NSSN", "NVNVN", "NNVNNVN", "NFFFFFN", "NQQQQQN", "NVNNVNNNVN", "SNSNSNS", "VSVN"]
)
def test_what_is_no_pattern(symbols: str) -> None:
    watched = watch(heart("N" * 50, 0.8, first_s=2).then(symbols, 0.6).then("N" * 10, 0.8))
    assert watched.codes() == set()


@pytest.mark.parametrize(
    ("bpm", "fast"), [(35, False), (60, False), (95, False), (110, True), (180, True), (240, True)]
)
def test_a_long_run_is_tachycardia_above_100(bpm: float, fast: bool) -> None:
    watched = watch(heart("N" * 50, 0.8, first_s=2).then("V" * 12, 60 / bpm).then("N" * 10, 0.8))
    code, other = "ventricular_tachycardia", "ventricular_rhythm"
    code, other = (code, other) if fast else (other, code)
    assert code in watched.codes()
    assert other not in watched.codes()
    assert watched.first(code).onset == round((2 + 49 * 0.8 + 60 / bpm) * FS_HZ)
    assert watched.first(code).value == pytest.approx(bpm, rel=0.01)
    (stretch,) = watched.holds_s(code)
    assert stretch[1] - stretch[0] == pytest.approx(7 * 60 / bpm + 2, abs=2)


def test_a_ventricular_rhythm_that_speeds_up_becomes_tachycardia() -> None:
    watched = watch(heart("N" * 50, 0.8, first_s=2).then("V" * 40, 0.8).then("V" * 10, 0.4))
    (slow,), (fast,) = watched.holds_s("ventricular_rhythm"), watched.holds_s("ventricular_tachycardia")
    assert fast[0] == pytest.approx(2 + 89 * 0.8 + 5 * 0.4, abs=1.5)
    assert slow[1] < fast[0]


def test_tachycardia_behind_a_gap_is_tachycardia() -> None:
    """The beats before the gap are no part of its run, and no interval is missing in it."""
    run = heart("N" * 50, 0.8, first_s=2).then("V" * 20, 0.4)
    watched = watch(run.then("V" * 20, 0.4, after_s=12), off=[(run.end_s + 0.1, run.end_s + 11.8)])
    assert len(watched.raised("ventricular_tachycardia")) == 2
    assert "ventricular_rhythm" not in watched.codes()


def test_two_beats_taken_for_something_else_do_not_end_a_tachycardia_and_bigeminy_does() -> None:
    fast = heart("N" * 50, 0.8, first_s=2).then("VVVVVVNNVVVVVVFVVVVV", 0.4)
    assert len(watch(fast).holds_s("ventricular_tachycardia")) == 1
    watched = watch(fast.then("NV" * 30, 0.6))
    assert watched.holds_s("ventricular_tachycardia")[0][1] < fast.end_s + 5
    assert "bigeminy" in watched.codes()


def test_patterns_do_not_outlast_the_signal() -> None:
    for symbols in ("NVNVNVNV", "NNVNNVNNV", "NSSSS", "NVVVVVVV", "NVVN"):
        beats = heart("N" * 50, 0.8, first_s=2).then(symbols, 0.6)
        watched = watch(beats, to_s=beats.end_s + 50, off=[(beats.end_s + 1, beats.end_s + 50)])
        assert not [code for code in watched.moments[-1][1] if code != "lead_off"], symbols


def test_patterns_are_not_counted_across_a_gap() -> None:
    for symbols in ("NVNVN", "NNVNNV", "NSS", "NVVVV", "NV"):
        beats = heart("N" * 50, 0.8, first_s=2).then(symbols, 0.6)
        watched = watch(beats.then(symbols, 0.6, after_s=6), off=[(beats.end_s + 0.4, beats.end_s + 5.8)])
        assert watched.codes() <= {"lead_off", "ventricular_run"}, symbols


@pytest.mark.parametrize("bpm", [60, 100, 180])
def test_more_than_ten_ventricular_beats_a_minute(bpm: int) -> None:
    """At any heart rate; the eleventh in a minute makes it, seven end it."""
    every = bpm // 12
    watched = watch(heart("N" * bpm, 60 / bpm, first_s=2).then(("N" * (every - 1) + "V") * 24 + "N" * bpm, 60 / bpm))
    (stretch,) = watched.holds_s("pvc_rate")
    assert watched.first("pvc_rate").value == 11
    assert stretch[0] == pytest.approx(2 + 60 + 55, abs=3)
    assert stretch[1] == pytest.approx(2 + 60 + 120 + 25, abs=5)
    few = watch(heart(("N" * (bpm // 10 - 1) + "V") * 30, 60 / bpm, first_s=2))
    assert "pvc_rate" not in few.codes()


def test_slow_supraventricular_beats_in_a_row_are_no_run_and_a_run_that_slows_down_goes_on() -> None:
    beats = heart("N" * 60, 0.8, first_s=2)
    assert watch(beats.then("SSSS" + "N" * 8, 0.7)).codes() == set()
    slows_down = watch(beats.then("SSSS", 0.5).then("SSSS", 0.7))
    (stretch,) = slows_down.holds_s("supraventricular_run")
    assert stretch[1] - stretch[0] > 3


def test_a_long_supraventricular_run_is_one() -> None:
    watched = watch(heart("N" * 60, 0.8, first_s=2).then("S" * 600, 0.4))
    assert len(watched.holds_s("supraventricular_run")) == 1
    assert len({c["supraventricular_run"].onset for _, c in watched.moments if "supraventricular_run" in c}) == 1
    assert len(watched.raised("supraventricular_run")) == 1


@pytest.mark.parametrize(
    ("bpm", "codes"),
    [
        (17, {"bradycardia", "extreme_bradycardia", "pause"}),
        (25, {"bradycardia", "extreme_bradycardia"}),
        (37, {"bradycardia", "extreme_bradycardia"}),
        (42, {"bradycardia"}),
        (48, {"bradycardia"}),
        (52, set()),
        (118, set()),
        (125, {"tachycardia"}),
        (138, {"tachycardia"}),
        (145, {"tachycardia", "extreme_tachycardia"}),
        (250, {"tachycardia", "extreme_tachycardia"}),
    ],
)
def test_rates_hold_once_and_do_not_flicker(bpm: float, codes: set[str]) -> None:
    watched = watch(heart("N" * 60, 0.8, first_s=2).then("N" * int(bpm * 3), 60 / bpm))
    assert watched.codes() == codes
    for code in codes & RATES:
        assert len(watched.holds_s(code)) == 1
        assert len({conditions[code].onset for _, conditions in watched.moments if code in conditions}) == 1
    assert len(watched.raised()) <= 4


def test_rates_wait_for_enough_beats() -> None:
    slow = watch(heart("N" * 60, 0.8, first_s=2).then("NNNN", 1.8).then("N" * 30, 0.8))
    assert slow.holds_s("bradycardia")[0][0] > 2 + 59 * 0.8 + 1.8
    fast = watch(heart("N" * 60, 0.8, first_s=2).then("N" * 8, 0.35).then("N" * 30, 0.8))
    assert "tachycardia" not in fast.codes()


@given(seed=st.integers(0, 2**32 - 1), code_bpm=st.sampled_from([("bradycardia", 50), ("tachycardia", 120)]))
def test_a_rate_about_its_limit_is_one_episode(seed: int, code_bpm: tuple[str, float]) -> None:
    """Heart rates of ±5 % about the limit, beat by beat: at most one alert in half a minute."""
    code, bpm = code_bpm
    intervals = 60 / bpm * np.random.default_rng(seed).normal(1, 0.05, size=150).clip(0.8, 1.2)
    watched = watch(heart("N" * 20, 0.8, first_s=2).then("N" * 150, list(intervals)))
    assert len(watched.raised(code)) <= 1 + 150 * 60 / bpm / 30


def test_a_rate_that_recovers_ends_half_a_minute_later() -> None:
    fast = heart("N" * 60, 0.8, first_s=2).then("N" * 60, 0.45)
    (stretch,) = watch(fast.then("N" * 100, 0.8)).holds_s("tachycardia")
    assert stretch[1] == pytest.approx(fast.end_s + 30, abs=5)


@pytest.mark.parametrize(("bpm", "above"), [(120.4, False), (120.6, True)])
def test_a_rate_is_above_its_limit_if_the_number_shown_is(bpm: float, above: bool) -> None:
    watched = watch(heart("N" * 60, 0.8, first_s=2).then("N" * 60, 60 / bpm))
    assert ("tachycardia" in watched.codes()) == above


def test_beats_that_come_before_the_patient_is_known_are_no_ectopy() -> None:
    pulses = heart("VN" * 28, 0.5, first_s=2)
    assert not {"bigeminy", "pvc_rate"} & watch(pulses.then("N" * 60, 0.8)).codes()
    assert watch(pulses.then("VN" * 20, 0.5)).codes() >= {"bigeminy", "pvc_rate"}, "it goes on"
    assert "ventricular_tachycardia" in watch(heart("V" * 80, 0.4, first_s=2)).codes()


@pytest.mark.parametrize(
    ("before", "run", "code"),
    [
        ([0.7, 0.64, 0.6, 0.57], [0.55, 0.54, 0.53], set()),
        ([0.7, 0.7, 0.7, 0.7], [0.55, 0.5, 0.5], {"supraventricular_run"}),
        ([0.7, 0.7, 0.7, 0.5], [0.5, 0.5, 0.5], {"supraventricular_run"}),
    ],
)
def test_a_supraventricular_run_sets_in_and_a_sinus_rhythm_speeds_up(
    before: list[float], run: list[float], code: set[str]
) -> None:
    beats = heart("N" * 50, 0.7, first_s=2).then("NNNN", before).then("SSS", run).then("N" * 5, 0.6)
    assert watch(beats).codes() == code


def test_limits_are_the_patients_own() -> None:
    limits = RhythmLimits(hr_low_bpm=40, hr_high_bpm=70, extreme_low_bpm=30, extreme_high_bpm=90)
    assert watch(heart("N" * 60, 1.4, first_s=2), limits=limits).codes() == set()
    assert watch(heart("N" * 60, 0.8, first_s=2), limits=limits).codes() == {"tachycardia"}


@pytest.mark.parametrize(
    ("silence_s", "codes"),
    [(2.8, set()), (3.4, {"pause"}), (3.9, {"pause"}), (5.2, {"pause", "asystole"}), (30.0, {"pause", "asystole"})],
)
def test_pause_and_asystole(silence_s: float, codes: set[str]) -> None:
    beats = heart("N" * 60, 0.8, first_s=2)
    watched = watch(beats.then("N" * 60, 0.8, after_s=silence_s))
    assert watched.codes() - RATES == codes
    for code in codes:
        (stretch,) = watched.holds_s(code)
        assert watched.first(code).onset == round(beats.end_s * FS_HZ)
        assert stretch[1] == pytest.approx(beats.end_s + silence_s, abs=2.5)
        assert len(watched.raised(code)) == 1
    if "asystole" in codes:
        assert watched.holds_s("asystole")[0][0] == pytest.approx(beats.end_s + 4.5, abs=0.51)


def test_a_standstill_in_which_nothing_stirs_is_not_waited_for() -> None:
    for possible_qrs, codes in ((True, {"pause"}), (False, {"pause", "asystole"})):
        state = rhythm.Rhythm()
        state.add_second(Second(10 * FS_HZ, last_r=6 * FS_HZ, leads_usable_since=0, quality=1.0), RhythmLimits())
        state.note_no_qrs(10 * FS_HZ, possible_qrs)
        assert state.conditions(10 * FS_HZ, RhythmLimits()).keys() == codes


def test_several_pauses_are_several() -> None:
    beats = heart("N" * 60, 0.8, first_s=2)
    for silence_s in (3.2, 3.4, 3.6):
        beats = beats.then("N" * 8, 0.8, after_s=silence_s)
    watched = watch(beats)
    before = [round(beats.beats[59 + 8 * n][0] * FS_HZ) for n in range(3)]
    assert [change.condition.onset for change in watched.raised("pause")] == before


def test_without_a_lead_there_is_no_asystole_but_lead_off_at_once() -> None:
    beats = heart("N" * 60, 0.8, first_s=2)
    off = (beats.end_s + 0.5, beats.end_s + 30)
    watched = watch(beats.then("N" * 60, 0.8, after_s=30.5), off=[off])
    assert watched.codes() == {"lead_off"}
    (stretch,) = watched.holds_s("lead_off")
    assert stretch == (pytest.approx(off[0] + 0.5, abs=0.51), pytest.approx(off[1] + 5, abs=1.5))


def test_asystole_is_counted_from_when_a_lead_is_back() -> None:
    beats = heart("N" * 60, 0.8, first_s=2)
    watched = watch(beats, to_s=90, off=[(beats.end_s + 0.5, 60)])
    assert watched.first("asystole").onset == 60 * FS_HZ
    assert watched.holds_s("asystole")[0][0] == 64


def test_a_loose_contact_is_one_episode() -> None:
    off = [(60 + 2.0 * n, 61.5 + 2.0 * n) for n in range(30)]
    assert len(watch(Heart([]), to_s=140, off=off).raised("lead_off")) == 1


def test_noise_is_reported_at_once_and_not_flickering() -> None:
    beats = heart("N" * 200, 0.8, first_s=2)
    assert "noisy_signal" not in watch(beats, noisy=[(50, 51)]).codes()
    watched = watch(beats, noisy=[(50, 70), (71, 80)])
    (stretch,) = watched.holds_s("noisy_signal")
    assert stretch[0] == pytest.approx(52)
    assert 80 <= stretch[1] <= 84
    assert watched.first("noisy_signal").onset == 50 * FS_HZ


def test_noise_makes_no_rhythm_and_ends_none() -> None:
    fast = heart("N" * 60, 0.8, first_s=2).then("NNVVNVNVNV", 0.4).then("SSS", 0.35).then("N" * 60, 0.4)
    alone = watch(fast).codes()
    assert {"tachycardia", "couplet", "bigeminy", "supraventricular_run"} <= alone
    assert watch(fast, noisy=[(45, 100)]).codes() == {"noisy_signal"}
    late = watch(fast, noisy=[(70, 100)]).holds_s("tachycardia")
    assert late == watch(fast).holds_s("tachycardia"), "it had begun before"


def test_where_something_moves_a_standstill_is_believed_later_and_behind_noise_not_at_all() -> None:
    beats = heart("N" * 60, 0.8, first_s=2)
    end_s = beats.end_s
    flat, moves = watch(beats, to_s=80), watch(beats, to_s=80, moving=[(end_s, 80)])
    assert flat.holds_s("asystole")[0][0] == pytest.approx(end_s + 4.5, abs=0.51)
    assert moves.holds_s("asystole")[0][0] == pytest.approx(end_s + 8.5, abs=0.51)
    assert watch(beats, to_s=80, noisy=[(end_s, 80)]).codes() == {"noisy_signal"}
    goes_on = watch(beats, to_s=80, moving=[(end_s + 10, 80)]).holds_s("asystole")
    assert goes_on == [(flat.holds_s("asystole")[0][0], 80.0)], "movement does not end it"


@pytest.mark.parametrize(
    ("qrs_uncertainty", "beat_similarity", "activity_mv", "high_frequency_noise", "quality", "noisy"),
    [
        (0.9, 0.3, 0.5, False, 0.9, True),
        (0.3, 0.3, 0.5, False, 0.9, False),
        (0.9, 0.95, 0.5, False, 0.9, False),
        (0.9, 0.0, 0.1, False, 0.9, False),
        (0.0, 0.95, 0.5, True, 0.9, True),
        (0.0, 0.95, 0.5, False, 0.1, True),
    ],
    ids=["noise", "a doubt or two", "odd but alike", "next to nothing", "hum", "no lead above its noise" ],
)  # fmt: skip
def test_what_noise_is(
    qrs_uncertainty: float,
    beat_similarity: float,
    activity_mv: float,
    high_frequency_noise: bool,
    quality: float,
    noisy: bool,
) -> None:
    state = rhythm.Rhythm()
    measured = (quality, qrs_uncertainty, beat_similarity, activity_mv, high_frequency_noise)
    state.add_second(Second(FS_HZ, 0, 0, *measured), RhythmLimits())
    assert (state.noisy_seconds > 0) == noisy
    state.add_second(Second(2 * FS_HZ, 0, 3 * FS_HZ, *measured), RhythmLimits())
    assert state.noisy_seconds == 0, "without a lead there is nothing to be noisy"


def windows(p: list[float], first_s: float = 5.0) -> list[tuple[float, float]]:
    return [(first_s + 5 * n, value) for n, value in enumerate(p)]


def test_anomaly_needs_four_of_six_windows() -> None:
    quiet = heart("N" * 300, 0.8, first_s=2)
    baseline = [0.1] * 20
    assert watch(quiet, windows=windows([*baseline, 0.9, 0.9, 0.9, *baseline])).codes() == set()
    watched = watch(quiet, windows=windows([*baseline, 0.9, 0.9, 0.1, 0.9, 0.9, *baseline]))
    assert watched.codes() == {"anomaly"}
    assert watched.first("anomaly").onset == 100 * FS_HZ
    assert len(watched.raised("anomaly")) == 1


def test_what_is_usual_for_a_patient_is_no_anomaly() -> None:
    assert watch(heart("N" * 300, 0.8, first_s=2), windows=windows([0.7] * 40)).codes() == set()


def test_what_a_rule_explains_is_no_anomaly() -> None:
    watched = watch(heart("N" * 60, 0.8, first_s=2).then("N" * 200, 0.4), windows=windows([0.1] * 10 + [0.9] * 8))
    assert "anomaly" not in watched.codes()


def test_an_anomaly_does_not_outlast_the_windows() -> None:
    watched = watch(heart("N" * 300, 0.8, first_s=2), windows=windows([0.1] * 20 + [0.9] * 6))
    (stretch,) = watched.holds_s("anomaly")
    assert stretch[1] < 130 + 20


@given(st.lists(st.tuples(st.sampled_from("NSVFQ"), st.floats(0.2, 6)), min_size=1, max_size=120), st.data())
def test_any_heart_gives_conditions_that_make_sense(beats: list[tuple[str, float]], data: st.DataObject) -> None:
    """Known codes, onsets not in the future and not moving back, everything over a minute after the last beat."""
    symbols, intervals = "".join(symbol for symbol, _ in beats), [rr_s for _, rr_s in beats]
    played = heart(symbols, intervals, first_s=3)
    off = [
        (begin, begin + data.draw(st.floats(0.5, 20))) for begin in data.draw(st.lists(st.floats(0, 100), max_size=4))
    ]
    kept = Heart([(t_s, s) for t_s, s in played.beats if not any(a <= t_s <= b for a, b in off)])
    watched = watch(kept, to_s=played.end_s + 70, off=sorted(off))
    newest: dict[str, int] = {}
    for k, conditions in watched.moments:
        for code, condition in conditions.items():
            assert code in CODES
            assert 0 <= condition.onset <= k
            assert condition.onset >= newest.get(code, 0)
            newest[code] = condition.onset
    assert set(watched.moments[-1][1]) <= {"asystole", "pause", "lead_off"}


def test_memory_is_bounded() -> None:
    state = rhythm.Rhythm()
    for n in range(2000):
        state.add_beat(RhythmBeat(200 * n, "V", 200), RhythmLimits())
        state.add_window(200 * n, 0.9)
        state.conditions(200 * n, RhythmLimits())
    assert len(state.beats) == rhythm.BEAT_MEMORY
    assert state.tail.ventricular == rhythm.BEAT_MEMORY
    assert len(state.ventricular) <= 75
    assert len(state.p_abnormal) <= 120


def test_classes_come_as_soon_as_the_rules_rely_on() -> None:
    scenario = synthetic_scenario([("brady", 20), ("bigeminy", 20), ("asystole", 10)])
    monitor = PatientMonitor("bed", shipped_qrs())
    for chunk in record_chunks(scenario, stream_id="bed", session_id="s", origin="synthetic"):
        monitor.take_chunk(chunk)
    session = monitor._state.current
    assert session is not None
    late = [w.event.k - w.event.r for w in session.queue if isinstance(w.event, BeatReady)]
    assert len(late) > 20
    assert max(late) <= rhythm.CLASSIFIED_AFTER_S * FS_HZ
