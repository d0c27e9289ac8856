"""The life of an alert, as rules that hold whatever staff do and in whatever order news arrives."""

from itertools import pairwise
from random import Random
from typing import Literal, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.samples import make_alert
from wardbeat.care.alert_lifecycle import (
    MAX_COMMENT_CHARS,
    MAX_COMMENTS,
    SOUNDS_AGAIN_S,
    AlertRecord,
    AlertState,
    acknowledge,
    add_comment,
    begin,
    calls_from_ns,
    close,
    escalates_from_ns,
    go_on,
    note_escalation,
    resolve,
    sounds_again,
)
from wardbeat.contracts import alert_codes
from wardbeat.contracts.alert_codes import words_of
from wardbeat.contracts.messages import Alert, AlertKind, Priority
from wardbeat.errors import AlertActionError

Act = Literal["end", "acknowledge", "resolve", "repeat", "rise", "complete", "comment", "escalate", "close"]
ACTS = st.lists(st.sampled_from(get_args(Act)), max_size=10)
CODES = st.sampled_from(sorted(alert_codes.CODES))
S = 1_000_000_000


def ended(alert: Alert) -> Alert:
    return msgspec.structs.replace(alert, ended_sample=alert.raised_sample + 100)


def risen(alert: Alert, priority: Priority = "high") -> Alert:
    return msgspec.structs.replace(alert, priority=priority)


def completed(alert: Alert) -> Alert:
    return msgspec.structs.replace(alert, evidence=msgspec.structs.replace(alert.evidence, strip_end_s=30.0))


def act_on(record: AlertRecord, act: Act, now_ns: int) -> AlertRecord:
    """The record after one act; an act that is refused changes nothing."""
    first = make_alert(record.alert.code)  # as it was when raised, which a topic repeats
    try:
        match act:
            case "end":
                return go_on(record, ended(first), now_ns)
            case "repeat":
                return go_on(record, first, now_ns)
            case "rise":
                return go_on(record, risen(first), now_ns)
            case "complete":
                return go_on(record, completed(first), now_ns)
            case "acknowledge":
                return acknowledge(record, "EW", now_ns)
            case "comment":
                return add_comment(record, "EW", "seen to", now_ns)
            case "escalate":
                return note_escalation(record, record.alert.priority, now_ns)
            case "resolve":
                return resolve(record, "EW", now_ns)
            case "close":
                return close(record, "EW", now_ns)
    except AlertActionError:
        return record


def lives(code: str, acts: list[Act]) -> list[AlertRecord]:
    """Every record of an alert's life, the first one included."""
    records = [begin(make_alert(code), 0)]
    for now_ns, act in enumerate(acts, start=1):
        records.append(act_on(records[-1], act, now_ns))
    return records


@given(CODES, ACTS)
def test_every_change_is_one_version_and_its_time(code: str, acts: list[Act]) -> None:
    records = lives(code, acts)
    for now_ns, (before, after) in enumerate(pairwise(records), start=1):
        if after is not before:
            assert (after.version, after.changed_ns) == (before.version + 1, now_ns)
            assert after.alert.alert_id == before.alert.alert_id
            assert after.raised_ns == before.raised_ns


@given(CODES, ACTS, st.sampled_from(get_args(Act)))
def test_any_act_twice_is_that_act_once(code: str, acts: list[Act], act: Act) -> None:
    once = act_on(lives(code, acts)[-1], act, 100)
    assert act_on(once, act, 200) is once


@given(CODES, ACTS)
def test_what_is_still_true_is_never_resolved(code: str, acts: list[Act]) -> None:
    for record in lives(code, acts):
        if record.alert.ended_sample is None and "close" not in acts:
            assert record.state in {"active", "acknowledged"}
            with pytest.raises(AlertActionError, match="its condition still lasts"):
                resolve(record, "EW", 100)


@given(CODES, ACTS)
def test_resolved_is_for_good(code: str, acts: list[Act]) -> None:
    records = lives(code, acts)
    first = next((i for i, record in enumerate(records) if record.state == "resolved"), len(records))
    for record in records[first:]:
        assert record.state == "resolved"
        assert (record.resolved_by, record.resolved_ns) == (records[first].resolved_by, records[first].resolved_ns)
        assert record.alert.priority == records[first].alert.priority
        assert calls_from_ns(record) is None


@given(CODES, ACTS)
def test_a_high_alert_stays_until_somebody_has_acted(code: str, acts: list[Act]) -> None:
    record = lives(code, acts)[-1]
    untouched = record.acknowledged_by is None and record.resolved_by is None
    if record.alert.ended_sample is not None and untouched:
        latches = record.alert.priority == "high"
        assert record.state == ("ended" if latches else "resolved")


@given(CODES, ACTS)
def test_the_state_says_what_the_fields_say(code: str, acts: list[Act]) -> None:
    record = lives(code, acts)[-1]
    assert record.state in get_args(AlertState)
    assert (record.state == "resolved") == (record.resolved_ns is not None)
    assert (record.acknowledged_by is None) == (record.acknowledged_ns is None)
    if record.state == "acknowledged":
        assert record.acknowledged_by == "EW"
    if record.state == "ended":
        assert record.alert.ended_sample is not None
        assert record.acknowledged_by is None


@given(CODES)
def test_the_end_and_the_acknowledgement_may_come_in_either_order(code: str) -> None:
    acknowledged_first = lives(code, ["acknowledge", "end"])[-1]
    ended_first = lives(code, ["end", "acknowledge"])[-1]
    assert acknowledged_first.state == ended_first.state == "resolved"


def test_a_resolved_alert_that_nobody_acknowledged_can_not_be_acknowledged_any_more() -> None:
    resolved = lives("pause", ["end"])[-1]
    with pytest.raises(AlertActionError, match=f"alert {resolved.alert.alert_id}: it is resolved already"):
        acknowledge(resolved, "EW", 100)


@given(CODES, st.booleans(), st.booleans(), st.randoms(), st.integers(1, 3))
def test_what_the_monitor_says_may_come_in_any_order(
    code: str, rises: bool, completes: bool, random: Random, times: int
) -> None:
    """Also its end first: then the alert is one that has been, and no later word of its beginning wakes it."""
    said = [make_alert(code)]
    if rises:
        said.append(risen(said[-1]))
    if completes:
        said.append(completed(said[-1]))
    said.append(ended(said[-1]))  # a later word holds all that was said before
    last = said[-1]
    said *= times
    random.shuffle(said)
    record = begin(said[0], 1)
    for alert in said[1:]:
        record = go_on(record, alert, 2)
    assert record.alert == last
    assert record.state == ("ended" if last.priority == "high" else "resolved")


@given(CODES)
def test_an_end_that_is_the_first_word_is_a_whole_alert(code: str) -> None:
    raised = make_alert(code)
    record = begin(ended(raised), 7)
    assert (record.version, record.raised_ns, record.alert) == (1, 7, ended(raised))
    assert record.state == ("ended" if raised.priority == "high" else "resolved")
    assert go_on(record, raised, 8) is record


def test_what_becomes_more_urgent_has_to_be_acknowledged_anew() -> None:
    raised = make_alert("lead_off")
    record = acknowledge(begin(raised, 1), "EW", 2)
    record = go_on(record, risen(raised), 3)
    assert (record.state, record.alert.priority, record.acknowledged_by, record.rose_ns) == ("active", "high", None, 3)
    assert go_on(record, raised, 4) is record, "it never falls"
    assert calls_from_ns(record) == 3


def test_what_is_acknowledged_and_still_true_sounds_again() -> None:
    record = acknowledge(begin(make_alert("asystole"), 1), "EW", 2)
    again_ns = 2 + int(SOUNDS_AGAIN_S) * S
    assert record.sounds_again_ns == calls_from_ns(record) == again_ns
    assert not sounds_again(record, again_ns - 1)
    assert acknowledge(record, "CD", again_ns - 1) is record, "the first one wins"
    assert sounds_again(record, again_ns)
    record = acknowledge(record, "CD", again_ns)
    assert (record.acknowledged_by, record.acknowledged_ns) == ("CD", again_ns)
    assert calls_from_ns(record) == again_ns + int(SOUNDS_AGAIN_S) * S
    over = go_on(record, ended(record.alert), again_ns + 1)
    assert (over.state, over.sounds_again_ns, calls_from_ns(over)) == ("resolved", None, None)


def test_several_may_comment_whatever_the_state() -> None:
    record = begin(ended(make_alert("pause")), 1)
    for by, text in (("EW", " turned in bed "), ("CD", "told Dr B"), ("CD", "told Dr B")):
        record = add_comment(record, by, text, 5)
    said = [(comment.text, comment.by) for comment in record.comments]
    assert said == [("turned in bed", "EW"), ("told Dr B", "CD")]
    assert (record.state, record.version) == ("resolved", 3)


def test_who_comes_second_may_still_say_something() -> None:
    record = acknowledge(begin(make_alert(), 1), "EW", 2, "on my way")
    record = acknowledge(record, "CD", 3, "me too")
    assert record.acknowledged_by == "EW"
    assert [comment.by for comment in record.comments] == ["EW", "CD"]
    assert record.version == 3


@pytest.mark.parametrize("text", ["", "  ", "x" * (MAX_COMMENT_CHARS + 1)])
def test_a_comment_has_words_and_not_too_many(text: str) -> None:
    with pytest.raises(AlertActionError, match="a comment has 1 to 500 characters"):
        add_comment(begin(make_alert(), 1), "EW", text, 2)


def test_comments_end_somewhere() -> None:
    record = begin(make_alert(), 1)
    for n in range(MAX_COMMENTS):
        record = add_comment(record, "EW", str(n), 2)
    with pytest.raises(AlertActionError, match=f"it has {MAX_COMMENTS} comments"):
        add_comment(record, "EW", "one more", 3)


def test_what_was_closed_with_its_patient_stays_closed() -> None:
    raised = make_alert("lead_off")
    record = close(begin(raised, 1), "EW", 2)
    assert (record.state, record.resolved_by, record.alert.ended_sample) == ("resolved", "EW", None)
    assert go_on(record, risen(raised), 3) is record
    over = go_on(record, ended(raised), 4)
    assert (over.state, over.resolved_ns, over.alert.ended_sample) == ("resolved", 2, ended(raised).ended_sample)


@given(CODES)
def test_who_is_called_and_what_is_escalated(code: str) -> None:
    known = alert_codes.CODES[code]
    record = begin(make_alert(code), 5)
    assert calls_from_ns(record) == (None if known.priority == "low" else 5)
    urgent = known.priority == "high" or (known.priority == "medium" and known.kind == "technical")
    assert escalates_from_ns(record) == (5 if urgent and code != "escalation_failed" else None)
    assert escalates_from_ns(acknowledge(record, "EW", 6)) == (
        6 + int(SOUNDS_AGAIN_S) * S if urgent and code != "escalation_failed" else None
    )


def test_an_alert_is_escalated_once_at_each_priority() -> None:
    raised = make_alert("no_data")
    record = note_escalation(begin(raised, 1), "medium", 2)
    assert record.escalated == "medium"
    assert escalates_from_ns(record) is None
    record = go_on(record, risen(raised), 3)
    assert escalates_from_ns(record) == 3
    record = note_escalation(record, "high", 4)
    assert escalates_from_ns(record) is None
    assert note_escalation(record, "medium", 5) is record
    assert note_escalation(record, "high", 5) is record


SESSIONS = st.text(min_size=1, max_size=12)
ALERT_KEYS = st.tuples(SESSIONS, CODES, st.integers(0, 2**40))


@given(ALERT_KEYS, ALERT_KEYS)
def test_an_id_names_one_alert(one: tuple[str, str, int], other: tuple[str, str, int]) -> None:
    assert (alert_codes.alert_id(*one) == alert_codes.alert_id(*other)) == (one == other)


def test_ids_never_change() -> None:
    """Redis remembers alerts by id for weeks: another id for the same alert would raise it anew."""
    assert alert_codes.alert_id("5f0c8d6e", "asystole", 1302) == "20169929-997d-53ab-ab08-6bd2808a09be"


def test_codes_are_in_the_order_of_urgency() -> None:
    for kind in get_args(AlertKind):
        urgency = [
            alert_codes.PRIORITY_ORDER[code.priority] for code in alert_codes.CODES.values() if code.kind == kind
        ]
        assert urgency == sorted(urgency)
    assert set(alert_codes.PRIORITY_ORDER) == set(get_args(Priority))


def test_every_code_has_words_of_its_own() -> None:
    words = [code.words for code in alert_codes.CODES.values()]
    assert len(set(words)) == len(words)
    assert not [code for name, code in alert_codes.CODES.items() if code.code != name]
    assert not [text for text in words if "alarm" in text.lower()]
    assert [words_of(code) for code in alert_codes.CODES] == words


def test_a_code_that_only_a_newer_worker_knows_is_read_by_its_name() -> None:
    assert words_of("torsade_de_pointes") == "Torsade de pointes"
