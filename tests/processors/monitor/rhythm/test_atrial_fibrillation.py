"""When atrial fibrillation begins and ends, what the rhythm is then called, and when it is an alert."""

from collections.abc import Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from processors.monitor.rhythm.atrial_fibrillation import (
    CODE,
    HIDDEN,
    RHYTHM,
    AtrialAnswer,
    AtrialFibrillation,
    Renamed,
)
from processors.monitor.rhythm.conditions import FS_HZ, RhythmLimits
from processors.monitor.rhythm.rhythm_names import Change, RhythmNames

LIMITS = RhythmLimits()
EVERY_S, LOOKS_BACK_S = 5, 40
SURE, HALF_SURE, NO = 0.95, 0.45, 0.05


def watched(
    chances: Sequence[float], limits: RhythmLimits = LIMITS
) -> tuple[AtrialFibrillation, list[tuple[int, Renamed]]]:
    """Answers every five seconds about the forty seconds before."""
    atria, renamed = AtrialFibrillation(), []
    for index, p in enumerate(chances, start=1):
        k = index * EVERY_S * FS_HZ
        news = atria.add_answer(AtrialAnswer(k, p, max(250, k - LOOKS_BACK_S * FS_HZ), k - 300), limits)
        if news:
            renamed.append((k, news))
    return atria, renamed


def alert_s(chances: Sequence[float], limits: RhythmLimits = LIMITS) -> list[int]:
    """Seconds at which the condition holds."""
    atria, holds = AtrialFibrillation(), []
    for index, p in enumerate(chances, start=1):
        k = index * EVERY_S * FS_HZ
        atria.add_answer(AtrialAnswer(k, p, max(250, k - LOOKS_BACK_S * FS_HZ), k - 300), limits)
        if CODE in atria.conditions(k, limits):
            holds.append(index * EVERY_S)
    return holds


def test_one_sure_answer_begins_it_from_the_first_beat() -> None:
    atria, renamed = watched([HALF_SURE, SURE])
    assert atria.on
    assert renamed == [(10 * FS_HZ, (250, dict.fromkeys(HIDDEN, RHYTHM)))]


def test_its_onset_is_about_when_the_network_last_said_no() -> None:
    atria, _ = watched([NO] * 20 + [SURE])
    assert atria.onset == 100 * FS_HZ - LIMITS.af_lag_s * FS_HZ


def test_half_sure_for_long_is_sure() -> None:
    n = LIMITS.af_steady_answers
    assert not watched([HALF_SURE] * (n - 1))[0].on
    assert watched([HALF_SURE] * n)[0].on
    assert not watched([0.2] * 60)[0].on


def test_an_answer_about_all_of_it_takes_it_back() -> None:
    _, renamed = watched([HALF_SURE, SURE, NO])
    assert renamed[-1][1] == (250, {RHYTHM: "(N"})


def test_it_ends_with_the_last_answer_that_was_half_sure() -> None:
    atria, renamed = watched([SURE] * 20 + [NO] * 40)
    assert not atria.on
    assert [since for _, (since, _) in renamed] == [250, 100 * FS_HZ]


def test_without_beats_nothing_is_known_of_the_atria() -> None:
    atria, _ = watched([SURE] * 3)
    k = 40 * FS_HZ
    assert atria.add_answer(AtrialAnswer(k, SURE, 250, 15 * FS_HZ), LIMITS) is None
    assert not atria.on


def test_a_minute_of_it_is_an_alert_until_two_minutes_without() -> None:
    holds = alert_s([SURE] * 20 + [NO] * 60)
    assert holds[0] == 65  # the first beat came after one second
    assert holds[-1] == 100 + LIMITS.af_recovery_s - EVERY_S
    assert holds == list(range(holds[0], holds[-1] + 1, EVERY_S))


def test_less_than_a_minute_is_no_alert() -> None:
    assert alert_s([NO] * 20 + [SURE] * 8 + [NO] * 40) == []


def test_a_short_break_does_not_end_the_episode() -> None:
    atria = AtrialFibrillation()
    onsets = set()
    for index, p in enumerate([SURE] * 20 + [NO] * 15 + [SURE] * 20, start=1):
        k = index * EVERY_S * FS_HZ
        atria.add_answer(AtrialAnswer(k, p, max(250, k - LOOKS_BACK_S * FS_HZ), k - 300), LIMITS)
        onsets |= {condition.onset for condition in atria.conditions(k, LIMITS).values()}
    assert onsets == {250}


def test_no_beat_is_premature_in_fibrillation_that_is_sure() -> None:
    assert watched([SURE] * 6)[0].no_s(LIMITS)
    assert not watched([HALF_SURE] * 40)[0].no_s(LIMITS)
    assert not AtrialFibrillation().no_s(LIMITS)


def test_known_fibrillation_is_no_alert() -> None:
    assert alert_s([SURE] * 40, RhythmLimits(known_af=True)) == []


@given(st.lists(st.sampled_from([SURE, HALF_SURE, NO]), max_size=80))
def test_a_stretch_never_ends_before_it_begins(chances: list[float]) -> None:
    atria, renamed = watched(chances)
    assert all(since <= k for k, (since, _) in renamed)
    assert atria.until >= atria.onset or not renamed


def network_p(changes: Iterable[Change]) -> list[Change]:
    """What stands in the end, where each change takes the place of those from there on."""
    standing: list[Change] = []
    for change in changes:
        standing = [*(one for one in standing if one[0] < change[0]), change]
    return standing


def test_a_rhythm_that_goes_on_is_no_news() -> None:
    names = RhythmNames()
    assert names.name(100, "(N") == [(100, "(N")]
    assert names.name(300, "(N") == []


def test_fibrillation_is_said_from_its_onset_and_leaves_tachycardia_alone() -> None:
    names = RhythmNames()
    told = [*names.name(100, "(N"), *names.name(5000, "(VT"), *names.name(6000, "(N"), *names.name(7000, "(B")]
    told += names.rename(2000, dict.fromkeys(HIDDEN, RHYTHM))
    assert network_p(told) == names.changes == [(100, "(N"), (2000, RHYTHM), (5000, "(VT"), (6000, RHYTHM)]


def test_fibrillation_from_the_first_beat_takes_the_place_of_what_was_said_there() -> None:
    names = RhythmNames()
    told = [*names.name(100, "(N"), *names.rename(100, dict.fromkeys(HIDDEN, RHYTHM))]
    assert network_p(told) == [(100, RHYTHM)]
    told += names.rename(100, {RHYTHM: "(N"})
    assert network_p(told) == [(100, "(N")]


@given(
    st.lists(st.tuples(st.integers(1, 5000), st.sampled_from(["(N", "(B", "(VT", RHYTHM])), max_size=30),
    st.data(),
)
def test_who_hears_all_changes_knows_what_stands(steps: list[tuple[int, str]], data: st.DataObject) -> None:
    names, told, k = RhythmNames(), [], 0
    for step, rhythm in steps:
        k += step
        told += names.name(k, rhythm)
        if data.draw(st.booleans()):
            mapping = data.draw(st.sampled_from([dict.fromkeys(HIDDEN, RHYTHM), {RHYTHM: "(N"}]))
            told += names.rename(data.draw(st.integers(names.changes[0][0], k)), mapping)
    assert network_p(told)[-len(names.changes) :] == names.changes
