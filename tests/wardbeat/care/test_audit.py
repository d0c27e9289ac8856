from typing import Any

import msgspec
import pytest

from tests.support.samples import make_alert
from wardbeat.care import alert_lifecycle
from wardbeat.care.alert_lifecycle import AlertRecord
from wardbeat.care.audit import ESCALATOR, MONITOR, entries_of

RAISED = alert_lifecycle.begin(make_alert("no_data"), 5)
ENDED = msgspec.structs.replace(RAISED.alert, ended_sample=3600)
RISEN = msgspec.structs.replace(RAISED.alert, priority="high")


def acts(before: AlertRecord | None, after: AlertRecord) -> list[tuple[str, str, str]]:
    return [(entry.act, entry.by, entry.detail) for entry in entries_of(before, after)]


def test_an_entry_names_the_bed_the_alert_the_time_and_both_versions() -> None:
    after = alert_lifecycle.acknowledge(RAISED, "AB", 7)
    (entry,) = entries_of(RAISED, after)
    assert (entry.at_ns, entry.stream_id, entry.subject) == (7, "bed-1", RAISED.alert.alert_id)
    assert (entry.before, entry.after) == (1, 2)
    (first,) = entries_of(None, RAISED)
    assert (first.before, first.after) == (0, 1)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (alert_lifecycle.update(RAISED, RISEN, 6), [("rose", MONITOR, "high")]),
        (
            alert_lifecycle.update(RAISED, ENDED, 6),
            [("ended", MONITOR, "at 10.00 s of its session"), ("resolved", MONITOR, "")],
        ),
        (
            alert_lifecycle.acknowledge(RAISED, "AB", 6, "on my way"),
            [("acknowledged", "AB", ""), ("commented", "AB", "on my way")],
        ),
        (alert_lifecycle.note_escalation(RAISED, "medium", 6), [("escalated", ESCALATOR, "medium")]),
        (alert_lifecycle.close(RAISED, "AB", 6), [("closed", "AB", "")]),
    ],
)
def test_each_change_has_its_entries(after: AlertRecord, expected: list[tuple[str, str, str]]) -> None:
    assert acts(RAISED, after) == expected


def test_a_new_alert_may_begin_and_end_in_one_change() -> None:
    assert [act for act, *_ in acts(None, alert_lifecycle.begin(ENDED, 5))] == ["raised", "ended", "resolved"]


def test_a_person_who_closes_an_ended_alert_resolves_it() -> None:
    high = alert_lifecycle.begin(make_alert("asystole"), 5)
    ended = alert_lifecycle.update(high, msgspec.structs.replace(high.alert, ended_sample=3600), 6)
    assert acts(ended, alert_lifecycle.resolve(ended, "CD", 7)) == [("resolved", "CD", "")]


@pytest.mark.parametrize("change", [{"strip_end_s": 30.0}, {"strip": b"\1\0\2\0"}])
def test_a_longer_strip_makes_no_entry(change: dict[str, Any]) -> None:
    evidence = msgspec.structs.replace(RAISED.alert.evidence, **change)
    after = msgspec.structs.replace(RAISED, alert=msgspec.structs.replace(RAISED.alert, evidence=evidence), version=2)
    assert entries_of(RAISED, after) == []


def test_an_acknowledgement_after_it_sounds_again_is_an_entry_too() -> None:
    once = alert_lifecycle.acknowledge(RAISED, "AB", 6)
    assert once.sounds_again_ns is not None
    again = alert_lifecycle.acknowledge(once, "AB", once.sounds_again_ns)
    assert acts(once, again) == [("acknowledged", "AB", "")]


def test_the_canary_makes_no_entry() -> None:
    alert = msgspec.structs.replace(make_alert("asystole"), origin="canary")
    assert entries_of(None, alert_lifecycle.begin(alert, 5)) == []
