"""The name of the rhythm: which condition names it, from where on, and how it is corrected later."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.monitor.rhythm.atrial_fibrillation import HIDDEN, RHYTHM
from processors.monitor.rhythm.conditions import FS_HZ, Condition
from processors.monitor.rhythm.rhythm_names import (
    KEPT_S,
    RHYTHM_NAMES,
    URGENT_FIRST,
    Change,
    RhythmNames,
    name_of,
)


def holding(*codes: str) -> dict[str, Condition]:
    return {code: Condition(code, 500, "a rule", 1, 1, "") for code in codes}


@pytest.mark.parametrize(
    ("codes", "change"),
    [
        ((), (900, "(N")),
        (("bradycardia", "anomaly"), (900, "(N")),
        (("bigeminy",), (900, "(B")),
        (("ventricular_tachycardia",), (500, "(VT")),
        (("supraventricular_run", "ventricular_fibrillation", "bigeminy"), (500, "(VFIB")),
    ],
)
def test_the_most_important_condition_names_the_rhythm(codes: tuple[str, ...], change: Change) -> None:
    assert name_of(holding(*codes), 900) == change


def test_names_are_kept_for_three_minutes() -> None:
    names = RhythmNames()
    for k in range(0, 10 * KEPT_S * FS_HZ, 10 * FS_HZ):
        names.name(k, "(B" if k % (20 * FS_HZ) else "(N")
    assert len(names.changes) <= KEPT_S // 10 + 2
    assert names.changes[1][0] >= names.changes[-1][0] - KEPT_S * FS_HZ


def test_a_window_has_the_most_urgent_rhythm_that_touches_it() -> None:
    names = RhythmNames()
    assert names.most_urgent(0, 500) is None, "before the first beat"
    for k, rhythm in ((600, "(N"), (1000, "(B"), (2000, "(VT"), (2400, RHYTHM), (3000, "(UNKNOWN"), (3500, "(N")):
        names.name(k, rhythm)
    spans = {(0, 600): None, (0, 601): "(N", (600, 1000): "(N", (600, 1001): "(B", (1500, 2500): "(VT",
             (2400, 3000): RHYTHM, (2400, 3600): "(UNKNOWN", (3500, 9000): "(N", (4000, 9000): "(N"}  # fmt: skip
    assert {span: names.most_urgent(*span) for span in spans} == spans


def test_every_rhythm_has_a_rank() -> None:
    assert set(URGENT_FIRST) == {*RHYTHM_NAMES.values(), RHYTHM, "(N"}


def final_names(changes: Iterable[Change]) -> list[Change]:
    """The names in the end, if each change replaces the names from its sample on."""
    names: list[Change] = []
    for change in changes:
        names = [*(one for one in names if one[0] < change[0]), change]
    return names


def test_a_rhythm_that_goes_on_is_published_once() -> None:
    names = RhythmNames()
    assert names.name(100, "(N") == [(100, "(N")]
    assert names.name(300, "(N") == []


def test_fibrillation_is_named_from_its_onset_and_does_not_replace_tachycardia() -> None:
    names = RhythmNames()
    published = [*names.name(100, "(N"), *names.name(5000, "(VT"), *names.name(6000, "(N"), *names.name(7000, "(B")]
    published += names.rename(2000, dict.fromkeys(HIDDEN, RHYTHM))
    assert final_names(published) == names.changes == [(100, "(N"), (2000, RHYTHM), (5000, "(VT"), (6000, RHYTHM)]


def test_fibrillation_from_the_first_beat_replaces_the_first_name() -> None:
    names = RhythmNames()
    published = [*names.name(100, "(N"), *names.rename(100, dict.fromkeys(HIDDEN, RHYTHM))]
    assert final_names(published) == [(100, RHYTHM)]
    published += names.rename(100, {RHYTHM: "(N"})
    assert final_names(published) == [(100, "(N")]


@given(
    st.lists(st.tuples(st.integers(1, 5000), st.sampled_from(["(N", "(B", "(VT", RHYTHM])), max_size=30),
    st.data(),
)
def test_the_published_changes_give_the_names_that_the_monitor_keeps(
    steps: list[tuple[int, str]], data: st.DataObject
) -> None:
    names, published, k = RhythmNames(), [], 0
    for step, rhythm in steps:
        k += step
        published += names.name(k, rhythm)
        if data.draw(st.booleans()):
            mapping = data.draw(st.sampled_from([dict.fromkeys(HIDDEN, RHYTHM), {RHYTHM: "(N"}]))
            published += names.rename(data.draw(st.integers(names.changes[0][0], k)), mapping)
    assert final_names(published)[-len(names.changes) :] == names.changes
