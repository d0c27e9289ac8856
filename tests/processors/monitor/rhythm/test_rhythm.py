"""All rules together: a healthy heart has no condition, and any heart has plausible ones."""

from hypothesis import given
from hypothesis import strategies as st

from processors.monitor.rhythm import rhythm
from processors.monitor.rhythm.conditions import RhythmBeat, RhythmLimits, SecondSummary
from processors.monitor.rhythm.unreadable import KEPT_S
from tests.support.scripted_hearts import ScriptedHeart, run_rules, scripted_heart
from wardbeat.contracts.alert_codes import CODES

LIMITS = RhythmLimits()


def test_a_healthy_heart_has_no_condition() -> None:
    assert run_rules(scripted_heart("N" * 200, 0.8)).codes() == {"asystole", "pause"}, "its first beat is at 35 s"
    assert run_rules(scripted_heart("N" * 200, 0.8, first_s=2)).codes() == set()


@given(st.lists(st.tuples(st.sampled_from("NSVFQ"), st.floats(0.2, 6)), min_size=1, max_size=120), st.data())
def test_any_heart_gives_plausible_conditions(beats: list[tuple[str, float]], data: st.DataObject) -> None:
    """Known codes; onsets never in the future and never earlier than before; none but a standstill after a minute.

    What was found before an electrode was off is kept for ``KEPT_S`` more, as nobody could see it end.
    """
    symbols, intervals = "".join(symbol for symbol, _ in beats), [rr_s for _, rr_s in beats]
    played = scripted_heart(symbols, intervals, first_s=3)
    off = [
        (begin, begin + data.draw(st.floats(0.5, 20))) for begin in data.draw(st.lists(st.floats(0, 100), max_size=4))
    ]
    kept = ScriptedHeart([(t_s, s) for t_s, s in played.beats if not any(a <= t_s <= b for a, b in off)])
    run = run_rules(kept, to_s=played.end_s + 70 + (KEPT_S if off else 0), off=sorted(off))
    newest: dict[str, int] = {}
    for k, conditions in run.moments:
        for code, condition in conditions.items():
            assert code in CODES
            assert 0 <= condition.onset <= k
            assert condition.onset >= newest.get(code, 0)
            newest[code] = condition.onset
    assert set(run.moments[-1][1]) <= {"asystole", "pause", "lead_off"}


def test_memory_is_bounded() -> None:
    state = rhythm.Rhythm()
    for n in range(2000):
        state.add_beat(RhythmBeat(200 * n, "V", 200), RhythmLimits())
        state.add_window(200 * n, 0.9)
        state.conditions(200 * n, RhythmLimits())
    assert len(state.beats) == rhythm.BEAT_MEMORY
    assert state.beat_summary.ventricular_run == rhythm.BEAT_MEMORY
    assert len(state.v_peaks) <= 75
    assert len(state.p_abnormal) <= 120


def test_the_newest_beats_are_summarized_once_a_beat() -> None:
    state = rhythm.Rhythm()
    for n, symbol in enumerate("NVVSSS"):
        state.add_beat(
            RhythmBeat(10_000 + 100 * n, "V" if symbol == "V" else "S" if symbol == "S" else "N", 100), LIMITS
        )
        summary = state.beat_summary
        assert (summary.ventricular_run, summary.supraventricular_run) == [
            (0, 0),
            (1, 0),
            (2, 0),
            (0, 1),
            (0, 2),
            (0, 3),
        ][n]
    assert summary.low_bpm == 150.0
    assert summary.high_bpm == 0.0, "there are too few beats for it"
    state.add_beat(RhythmBeat(20_000, "S", None), LIMITS)
    assert state.beat_summary.supraventricular_run == 1, "a gap ends a run"
    assert state.beat_summary.low_bpm == 0.0


def test_a_late_sample_without_a_qrs_complex_extends_the_newest_second() -> None:
    state = rhythm.Rhythm()
    state.note_no_qrs(900, possible_qrs=False)
    assert state.second is None, "there is no second yet"
    state.add_second(SecondSummary(1000, last_r=500, leads_usable_since=0, quality=0.9), LIMITS)
    state.note_no_qrs(1050, possible_qrs=False)
    assert state.second is not None
    assert (state.second.k, state.second.last_r, state.second.possible_qrs) == (1050, 500, False)
