"""Which errors are shown."""

from hypothesis import given
from hypothesis import strategies as st

from tests.support.monitor_findings import alert, findings, rhythm
from training.evaluation.alerts.error_cases import (
    CASES_PER_KIND,
    AlertError,
    alarm_cases,
    choose_errors,
    episode_cases,
    false_lethal_cases,
)
from training.evaluation.alerts.scores.challenge_2015 import AlarmRow
from training.evaluation.alerts.scores.episodes import ScoredEpisode
from training.evaluation.alerts.scores.intervals import TimeInterval


@given(st.lists(st.tuples(st.sampled_from("xy"), st.sampled_from("abcdefgh")), max_size=40))
def test_one_of_each_record_before_a_second_of_any(found: list[tuple[str, str]]) -> None:
    every = [AlertError(kind, record, record, float(at), "") for at, (kind, record) in enumerate(found)]
    chosen = choose_errors(every)
    for kind in "xy":
        own = [case.record for case in chosen if case.kind == kind]
        there = [record for of, record in found if of == kind]
        assert len(own) == min(CASES_PER_KIND, len(there))
        assert len(set(own)) == min(CASES_PER_KIND, len(set(there)))


def test_only_wrong_calls_are_errors() -> None:
    rows = [
        AlarmRow(name, "Asystole", true, called, ["asystole"] if called else [], ["pause"], "unseen", None)
        for name, true, called in (("a", True, True), ("b", True, False), ("c", False, True), ("d", False, False))
    ]
    assert [(case.kind, case.record, case.words) for case in alarm_cases(rows)] == [
        ("missed Asystole", "b", "pause"), ("false Asystole", "c", "asystole, pause")
    ]  # fmt: skip


def test_late_episodes_are_shown_at_their_time_in_the_signal() -> None:
    late = ScoredEpisode("rec", "VF", 45.0, 20.0, 16.0, "ventricular_fibrillation", 16.0)
    early = ScoredEpisode("rec", "VF", 80.0, 20.0, 3.0, "ventricular_fibrillation", 3.0)
    (whole,) = episode_cases("late", [("rec", late), ("rec", early)], 10.0)
    (joined,) = episode_cases("late", [("rec from 45 s", late)], 15.0)
    assert (whole.at_s, joined.at_s) == (45.0, 0.0)


def test_said_where_the_reference_has_another_rhythm_throughout() -> None:
    found = findings(alert("ventricular_tachycardia", 1.0, 2.0))
    reference = [rhythm("(N", 0, 20), rhythm("(VT", 20, 40), rhythm("(NOISE", 40, 60)]
    cases = false_lethal_cases(
        found, [TimeInterval(5.0, 10.0), TimeInterval(15.0, 30.0), TimeInterval(45.0, 50.0)], reference
    )
    assert [case.at_s for case in cases] == [5.0]
