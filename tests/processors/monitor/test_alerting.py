"""From conditions to alerts: one alert an episode, urgent ones hide others, and ectopy does not repeat immediately."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.monitor.alerting import (
    ECTOPY,
    LAST_RANK,
    TECHNICAL,
    TECHNICAL_PRIORITIES,
    URGENCY_RANK,
    WHILE_LEARNING,
    AlertEnded,
    Alerting,
    AlertRaised,
    PriorityRaised,
)
from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmLimits
from tests.support.scripted_hearts import ScriptedHeart, run_rules, scripted_heart
from wardbeat.contracts.alert_codes import CODES

LIMITS = RhythmLimits()
LEARNT = 31 * FS_HZ


def condition(code: str, onset: int = LEARNT) -> Condition:
    return Condition(code, onset, "a rule", 1, 1, "")


def holding(*codes: str, onset: int = LEARNT) -> dict[str, Condition]:
    return {code: condition(code, onset) for code in codes}


NOT_FROM_RULES = {"no_data", "source_conflict", "escalation_failed"}
"""Alert codes that no rhythm rule gives."""


def raised(changes: list[AlertRaised | PriorityRaised | AlertEnded]) -> list[str]:
    return [change.condition.code for change in changes if isinstance(change, AlertRaised)]


def test_every_code_of_the_rules_is_an_alert_code() -> None:
    assert {*URGENCY_RANK, *TECHNICAL, *WHILE_LEARNING, *ECTOPY} <= set(CODES)
    assert all(CODES[code].priority == "high" for code in URGENCY_RANK)
    assert all(CODES[code].kind == "technical" for code in TECHNICAL)
    about_the_patient = {code for code in CODES if CODES[code].kind != "technical"}
    assert {code for code in about_the_patient if CODES[code].priority == "high"} == set(URGENCY_RANK)
    assert list(URGENCY_RANK.values()) == sorted(URGENCY_RANK.values())
    assert max(URGENCY_RANK.values()) < LAST_RANK


def test_one_episode_is_one_alert() -> None:
    alerting = Alerting()
    changes = []
    for second in range(60):
        changes += alerting.update(LEARNT + second * FS_HZ, holding("bradycardia"), LIMITS)
    changes += alerting.update(LEARNT + 60 * FS_HZ, {}, LIMITS)
    begun = condition("bradycardia")
    assert changes == [AlertRaised(begun, LEARNT, "medium"), AlertEnded("bradycardia", LEARNT, LEARNT + 60 * FS_HZ)]


def test_another_onset_is_another_episode() -> None:
    alerting = Alerting()
    alerting.update(LEARNT, holding("pause"), LIMITS)
    changes = alerting.update(2 * LEARNT, holding("pause", onset=2 * LEARNT), LIMITS)
    again = condition("pause", 2 * LEARNT)
    assert changes == [AlertEnded("pause", LEARNT, 2 * LEARNT), AlertRaised(again, 2 * LEARNT, "medium")]


def test_an_episode_gets_only_one_alert() -> None:
    """Its alert id would be the same, and a store ignores an alert id that it has."""
    alerting = Alerting()
    for code in ("ventricular_tachycardia", "lead_off", "bradycardia"):
        assert raised(alerting.update(LEARNT, holding(code), LIMITS)) == [code]
        alerting.update(LEARNT + 1, {}, LIMITS)
        assert alerting.update(LEARNT + 100 * FS_HZ, holding(code), LIMITS) == []


@pytest.mark.parametrize("code", [code for code in CODES if code not in NOT_FROM_RULES])
def test_in_the_learning_time_only_some_conditions_raise_alerts(code: str) -> None:
    alerting = Alerting()
    expected = [code] if code in (*WHILE_LEARNING, *TECHNICAL) else []
    assert raised(alerting.update(29 * FS_HZ, holding(code, onset=0), LIMITS)) == expected
    later = alerting.update(31 * FS_HZ, holding(code, onset=0), LIMITS)
    assert raised(later) == ([] if expected else [code])


PAIRS = [
    (higher, lower)
    for higher in URGENCY_RANK
    for lower in CODES
    if lower not in TECHNICAL
    and lower not in NOT_FROM_RULES
    and URGENCY_RANK.get(lower, LAST_RANK) > URGENCY_RANK[higher]
]


@pytest.mark.parametrize(("higher", "lower"), PAIRS)
def test_an_urgent_alert_hides_a_less_urgent_one(higher: str, lower: str) -> None:
    alerting = Alerting()
    assert raised(alerting.update(LEARNT, holding(lower, higher), LIMITS)) == [higher]
    afterwards = alerting.update(LEARNT + FS_HZ, holding(lower), LIMITS)
    assert raised(afterwards) == [lower], "the condition holds and is not hidden any more"


def test_alerts_of_one_rank_and_technical_ones_do_not_hide_each_other() -> None:
    both = ("extreme_bradycardia", "extreme_tachycardia", *TECHNICAL)
    assert raised(Alerting().update(LEARNT, holding(*both), LIMITS)) == list(both)


def test_an_open_alert_stays_open_when_a_more_urgent_one_comes() -> None:
    alerting = Alerting()
    alerting.update(LEARNT, holding("bradycardia"), LIMITS)
    changes = alerting.update(LEARNT + 1, holding("bradycardia", "asystole"), LIMITS)
    assert raised(changes) == ["asystole"]
    assert len(changes) == 1


@pytest.mark.parametrize("code", ECTOPY)
def test_ectopy_repeats_after_30_s_at_the_earliest(code: str) -> None:
    alerting = Alerting()
    times = []
    for k in range(LEARNT, LEARNT + 120 * FS_HZ, 5 * FS_HZ):
        times += [k for _ in raised(alerting.update(k, holding(code, onset=k), LIMITS))]
        alerting.update(k + FS_HZ, {}, LIMITS)
    assert times == [LEARNT + n * 30 * FS_HZ for n in range(4)]


def test_tachycardia_repeats_immediately() -> None:
    fast = scripted_heart("N" * 50, 0.8, first_s=2)
    for _ in range(4):
        fast = fast.then("V" * 8, 0.4).then("N" * 4, 0.8)
    assert len(run_rules(fast).raised("ventricular_tachycardia")) == 4


@pytest.mark.parametrize("code", TECHNICAL_PRIORITIES)
def test_a_technical_fault_that_lasts_becomes_more_urgent_once(code: str) -> None:
    alerting = Alerting()
    changes = []
    for second in range(150):
        changes += alerting.update(LEARNT + second * FS_HZ, holding(code), LIMITS)
    first, later = TECHNICAL_PRIORITIES[code]
    assert changes == [
        AlertRaised(condition(code), LEARNT, first),
        PriorityRaised(code, LEARNT, LEARNT + 60 * FS_HZ, later),
    ]


def test_electrodes_that_were_never_on_are_less_urgent_than_those_that_came_off() -> None:
    alerting = Alerting()
    changes = alerting.update(FS_HZ, holding("lead_off", onset=0), LIMITS)
    changes += alerting.update(60 * FS_HZ, holding("lead_off", onset=0), LIMITS)
    assert [getattr(change, "priority", None) for change in changes] == ["low", "medium"]


OFF = RhythmLimits(off=("extreme_bradycardia",))


def test_a_code_that_is_switched_off_raises_no_alert_and_hides_none() -> None:
    alerting = Alerting()
    assert raised(alerting.update(LEARNT, holding("extreme_bradycardia", "bradycardia"), OFF)) == ["bradycardia"]


def test_switching_off_ends_the_alert_and_switching_on_begins_a_new_episode() -> None:
    alerting = Alerting()
    held = holding("extreme_bradycardia")
    alerting.update(LEARNT, held, LIMITS)
    off, on = LEARNT + 10 * FS_HZ, LEARNT + 70 * FS_HZ
    assert alerting.update(off, held, OFF) == [AlertEnded("extreme_bradycardia", LEARNT, off)]
    assert alerting.update(off + 1, held, OFF) == []
    assert alerting.update(on, held, LIMITS) == [AlertRaised(condition("extreme_bradycardia", on), on, "high")]
    assert alerting.update(on + 1, held, LIMITS) == []
    assert alerting.update(on + 2, {}, LIMITS) == [AlertEnded("extreme_bradycardia", on, on + 2)]


def test_all_open_alerts_end_with_the_session() -> None:
    alerting = Alerting()
    alerting.update(LEARNT, holding("asystole", "lead_off"), LIMITS)
    k = LEARNT + 5
    assert alerting.end_all(k) == [AlertEnded("asystole", LEARNT, k), AlertEnded("lead_off", LEARNT, k)]
    assert alerting.end_all(k) == []


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3000), st.dictionaries(st.sampled_from(list(CODES)), st.integers(0, 20)), st.booleans()
        ),
        max_size=60,
    )
)
def test_any_conditions_give_consistent_alerts(steps: list[tuple[int, dict[str, int], bool]]) -> None:
    """Nothing ends that was not raised, no code is open twice, and no episode is raised twice."""
    alerting = Alerting()
    open_: dict[str, int] = {}
    ids = set()
    k = 0
    for pause, onsets, off in steps:
        k += pause
        conditions = {code: condition(code, min(onset * 500, k)) for code, onset in onsets.items()}
        for change in alerting.update(k, conditions, OFF if off else LIMITS):
            match change:
                case AlertEnded():
                    assert open_.pop(change.code) == change.onset
                    assert change.k == k >= change.onset
                case AlertRaised():
                    code, onset = change.condition.code, change.condition.onset
                    assert code not in open_
                    assert not off or code not in OFF.off
                    assert (code, onset) not in ids
                    ids.add((code, onset))
                    open_[code] = onset
                case PriorityRaised():
                    assert open_[change.code] == change.onset
                    assert change.code in TECHNICAL_PRIORITIES
    assert {code: held.onset for code, held in alerting.open.items()} == open_
    assert {ended.code for ended in alerting.end_all(k)} == set(open_)


@given(st.lists(st.tuples(st.sampled_from("NNNSVVFQ"), st.floats(0.2, 5)), min_size=1, max_size=150))
def test_no_heart_causes_a_storm_of_alerts(beats: list[tuple[str, float]]) -> None:
    """At most thirty alerts a minute with any heart; all but those on the standstill end when the heart stops."""
    played = scripted_heart("".join(symbol for symbol, _ in beats), [rr_s for _, rr_s in beats], first_s=31)
    run = run_rules(ScriptedHeart(played.beats), to_s=played.end_s + 70)
    times = [change.k for change in run.raised()]
    for first, another in zip(times, times[30:], strict=False):
        assert another - first > 60 * FS_HZ
    still_open = {c.condition.code for c in run.raised()} - {c.code for c in run.ended()}
    assert still_open <= {"asystole", "pause"}
