"""Asystole and pause: after how long, from which sample on, and where they do not hold."""

import msgspec
import pytest

from models.runtime import Runtime
from processors.monitor.patient_monitor import MonitorConfig
from processors.monitor.rhythm.conditions import FS_HZ, RhythmLimits, SecondSummary
from processors.monitor.rhythm.rhythm import Rhythm
from processors.monitor.rhythm.standstill import DETECTED_AFTER, time_without_qrs
from processors.offline.annotate import Annotations, annotate
from tests.support.paced_hearts import Pulse, paced_heart
from tests.support.scripted_hearts import run_rules, scripted_heart
from wardbeat.ecg.synthetic import SyntheticRecord

RATES = {"bradycardia", "tachycardia", "extreme_bradycardia", "extreme_tachycardia"}


@pytest.mark.parametrize(
    ("silence_s", "codes"),
    [(2.8, set()), (3.4, {"pause"}), (3.9, {"pause"}), (5.2, {"pause", "asystole"}), (30.0, {"pause", "asystole"})],
)
def test_a_pause_takes_3_s_and_asystole_4_s(silence_s: float, codes: set[str]) -> None:
    beats = scripted_heart("N" * 60, 0.8, first_s=2)
    run = run_rules(beats.then("N" * 60, 0.8, after_s=silence_s))
    assert run.codes() - RATES == codes
    for code in codes:
        (stretch,) = run.holds_s(code)
        assert run.first(code).onset == round(beats.end_s * FS_HZ)
        assert stretch[1] == pytest.approx(beats.end_s + silence_s, abs=2.5)
        assert len(run.raised(code)) == 1
    if "asystole" in codes:
        assert run.holds_s("asystole")[0][0] == pytest.approx(beats.end_s + 4.5, abs=0.51)


def test_a_standstill_counts_immediately_where_the_signal_holds_no_possible_qrs() -> None:
    for possible_qrs, codes in ((True, {"pause"}), (False, {"pause", "asystole"})):
        state = Rhythm()
        state.add_second(SecondSummary(10 * FS_HZ, last_r=6 * FS_HZ, leads_usable_since=0, quality=1.0), RhythmLimits())
        state.note_no_qrs(10 * FS_HZ, possible_qrs)
        assert state.conditions(10 * FS_HZ, RhythmLimits()).keys() == codes


def test_each_pause_is_its_own_episode() -> None:
    beats = scripted_heart("N" * 60, 0.8, first_s=2)
    for silence_s in (3.2, 3.4, 3.6):
        beats = beats.then("N" * 8, 0.8, after_s=silence_s)
    run = run_rules(beats)
    before = [round(beats.beats[59 + 8 * n][0] * FS_HZ) for n in range(3)]
    assert [change.condition.onset for change in run.raised("pause")] == before


def test_without_a_lead_there_is_lead_off_and_no_asystole() -> None:
    beats = scripted_heart("N" * 60, 0.8, first_s=2)
    off = (beats.end_s + 0.5, beats.end_s + 30)
    run = run_rules(beats.then("N" * 60, 0.8, after_s=30.5), off=[off])
    assert run.codes() == {"lead_off"}
    (stretch,) = run.holds_s("lead_off")
    assert stretch == (pytest.approx(off[0] + 0.5, abs=0.51), pytest.approx(off[1] + 5, abs=1.5))


def test_asystole_counts_from_the_return_of_a_lead() -> None:
    beats = scripted_heart("N" * 60, 0.8, first_s=2)
    run = run_rules(beats, to_s=90, off=[(beats.end_s + 0.5, 60)])
    assert run.first("asystole").onset == 60 * FS_HZ
    assert run.holds_s("asystole")[0][0] == 64


def test_a_standstill_takes_longer_where_the_signal_moves_and_does_not_hold_in_noise() -> None:
    beats = scripted_heart("N" * 60, 0.8, first_s=2)
    end_s = beats.end_s
    flat, moves = run_rules(beats, to_s=80), run_rules(beats, to_s=80, moving=[(end_s, 80)])
    assert flat.holds_s("asystole")[0][0] == pytest.approx(end_s + 4.5, abs=0.51)
    assert moves.holds_s("asystole")[0][0] == pytest.approx(end_s + 8.5, abs=0.51)
    assert run_rules(beats, to_s=80, noisy=[(end_s, 80)]).codes() == {"noisy_signal"}
    goes_on = run_rules(beats, to_s=80, moving=[(end_s + 10, 80)]).holds_s("asystole")
    assert goes_on == [(flat.holds_s("asystole")[0][0], 80.0)], "movement does not end it"


def test_the_time_without_a_qrs_complex_counts_from_the_last_beat_or_the_first_usable_lead() -> None:
    rhythm = Rhythm()
    assert time_without_qrs(rhythm) == (0, 0.0)
    rhythm.second = SecondSummary(2000, last_r=1000, leads_usable_since=0, quality=1.0)
    assert time_without_qrs(rhythm) == (1000, (1000 - DETECTED_AFTER) / FS_HZ)
    rhythm.second = SecondSummary(2000, last_r=1000, leads_usable_since=0, quality=1.0, possible_qrs=False)
    assert time_without_qrs(rhythm) == (1000, 1000 / FS_HZ)
    rhythm.second = SecondSummary(2000, last_r=1000, leads_usable_since=1500, quality=1.0)
    assert time_without_qrs(rhythm) == (1500, 500 / FS_HZ)


def test_a_flat_signal_is_no_standstill() -> None:
    rhythm = Rhythm()
    rhythm.add_second(SecondSummary(10_000, last_r=1000, leads_usable_since=0, quality=0.9, flat=True), RhythmLimits())
    assert rhythm.conditions(10_000, RhythmLimits()) == {}


@pytest.mark.slow
@pytest.mark.parametrize("fs", [250, 1000])
@pytest.mark.parametrize(
    "pulse",
    [Pulse(2.0, 0.0005), Pulse(-9.0, 0.002, 0.9, atrial=True), Pulse(700.0, 0.002, 2.0), Pulse(20.0, 0.001, 2.0)],
)
def test_no_capture_is_asystole_whatever_the_pulses_do(fs: float, pulse: Pulse) -> None:
    """The last answer peaks at 59.6 s."""
    found = annotated(paced_heart(pulse, fs=fs), paced=True)
    assert {beat.symbol for beat in found.beats} <= {"N", "Q"}
    assert max(beat.sample / fs for beat in found.beats) < 59.8
    (alert,) = [one for one in found.alerts.values() if one.code == "asystole"]
    assert 63.5 < alert.raised_s < 65.0
    assert {one.code for one in found.alerts.values()} <= {"asystole", "pause", "noisy_signal"}


@pytest.mark.slow
@pytest.mark.parametrize("paced", [False, True])
def test_a_pulse_without_a_tail_hides_no_asystole_of_an_unknown_pacemaker(paced: bool) -> None:
    found = annotated(paced_heart(Pulse(), fs=500), paced=paced)
    assert [one.raised_s < 65.0 for one in found.alerts.values() if one.code == "asystole"] == [True]


@pytest.mark.slow
@pytest.mark.parametrize("pulse", [Pulse(), Pulse(9.0, 0.001, 2.0)])
def test_an_escape_rhythm_between_pulses_is_no_asystole_and_has_its_rate(pulse: Pulse) -> None:
    found = annotated(paced_heart(pulse, escape_bpm=40, duration_s=90), paced=True)
    assert "asystole" not in {one.code for one in found.alerts.values()}
    assert found.status[-3].hr_bpm == pytest.approx(40, abs=4)


def annotated(record: SyntheticRecord, *, paced: bool) -> Annotations:
    config = MonitorConfig(msgspec.structs.replace(RhythmLimits(), paced=paced))
    ((_, found),) = annotate([record], Runtime.load(), config=config)
    return found
