"""The state that all rules read: onsets of conditions, and whether the beats are current."""

from processors.monitor.patient_monitor import PatientMonitor
from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmBeat, RhythmLimits
from processors.monitor.rhythm.rhythm_state import CLASSIFIED_AFTER_S, RhythmState
from processors.monitor.signal_path import BeatReady
from tests.support.shipped_qrs import shipped_qrs
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.synthetic import synthetic_scenario


def test_the_signal_path_gives_beats_as_early_as_the_rules_need_them() -> None:
    scenario = synthetic_scenario([("brady", 20), ("bigeminy", 20), ("asystole", 10)])
    monitor = PatientMonitor("bed", shipped_qrs())
    for chunk in record_chunks(scenario, stream_id="bed", session_id="s", origin="synthetic"):
        monitor.take_chunk(chunk)
    session = monitor._state.current
    assert session is not None
    late = [w.event.k - w.event.r for w in session.queue if isinstance(w.event, BeatReady)]
    assert len(late) > 20
    assert max(late) <= CLASSIFIED_AFTER_S * FS_HZ


def test_a_condition_keeps_its_onset_while_it_holds() -> None:
    state = RhythmState(holding={"pause": Condition("pause", 100, "a rule", 1, 1, "s")})
    assert state.onset_of("pause", 900) == 100
    assert state.onset_of("asystole", 900) == 900


def test_beats_are_current_until_the_next_one_is_overdue() -> None:
    limits = RhythmLimits()
    last = 10_000 + int((limits.asystole_s + CLASSIFIED_AFTER_S) * FS_HZ)
    state = RhythmState(beats=[RhythmBeat(10_000, "N", 200)])
    assert state.beats_are_current(last, limits)
    assert not state.beats_are_current(last + 1, limits)
    assert not RhythmState().beats_are_current(0, limits)
