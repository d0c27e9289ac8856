"""The life cycle of an alert: rules that hold for all acts of staff and any order of messages."""

from itertools import pairwise
from random import Random
from typing import Literal, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.samples import make_alert
from wardbeat.care.alert_lifecycle import (
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
    note_escalation,
    resolve,
    sounds_again,
    update,
)
from wardbeat.contracts import alert_codes
from wardbeat.contracts.messages import Alert, Priority
from wardbeat.contracts.rules import MAX_COMMENT_CHARS
from wardbeat.errors import AlertActionError, InvalidValueError

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
    first = make_alert(record.alert.code)  # the first message, which a topic may repeat
    try:
        match act:
            case "end":
                return update(record, ended(first), now_ns)
            case "repeat":
                return update(record, first, now_ns)
            case "rise":
                return update(record, risen(first), now_ns)
            case "complete":
                return update(record, completed(first), now_ns)
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
def test_an_alert_whose_condition_lasts_is_never_resolved(code: str, acts: list[Act]) -> None:
    for record in lives(code, acts):
        if record.alert.ended_sample is None and "close" not in acts:
            assert record.state in {"active", "acknowledged"}
            with pytest.raises(AlertActionError, match="its condition still lasts"):
                resolve(record, "EW", 100)


@given(CODES, ACTS)
def test_a_resolved_alert_stays_resolved(code: str, acts: list[Act]) -> None:
    records = lives(code, acts)
    first = next((i for i, record in enumerate(records) if record.state == "resolved"), len(records))
    for record in records[first:]:
        assert record.state == "resolved"
        assert (record.resolved_by, record.resolved_ns) == (records[first].resolved_by, records[first].resolved_ns)
        assert record.alert.priority == records[first].alert.priority
        assert calls_from_ns(record) is None


@given(CODES, ACTS)
def test_a_high_alert_stays_until_staff_have_acted(code: str, acts: list[Act]) -> None:
    record = lives(code, acts)[-1]
    untouched = record.acknowledged_by is None and record.resolved_by is None
    if record.alert.ended_sample is not None and untouched:
        latches = record.alert.priority == "high"
        assert record.state == ("ended" if latches else "resolved")


@given(CODES, ACTS)
def test_the_state_agrees_with_the_fields(code: str, acts: list[Act]) -> None:
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


def test_a_resolved_alert_without_acknowledgement_can_not_be_acknowledged() -> None:
    resolved = lives("pause", ["end"])[-1]
    with pytest.raises(AlertActionError, match=f"alert {resolved.alert.alert_id}: it is resolved already"):
        acknowledge(resolved, "EW", 100)


@given(CODES, st.booleans(), st.booleans(), st.randoms(), st.integers(1, 3))
def test_messages_of_the_monitor_may_come_in_any_order(
    code: str, rises: bool, completes: bool, random: Random, times: int
) -> None:
    """The end may come first; a later message about the beginning then does not raise the alert again."""
    messages = [make_alert(code)]
    if rises:
        messages.append(risen(messages[-1]))
    if completes:
        messages.append(completed(messages[-1]))
    messages.append(ended(messages[-1]))  # a later message holds all earlier facts
    last = messages[-1]
    messages *= times
    random.shuffle(messages)
    record = begin(messages[0], 1)
    for alert in messages[1:]:
        record = update(record, alert, 2)
    assert record.alert == last
    assert record.state == ("ended" if last.priority == "high" else "resolved")


@given(CODES)
def test_an_end_that_comes_first_is_a_complete_alert(code: str) -> None:
    raised = make_alert(code)
    record = begin(ended(raised), 7)
    assert (record.version, record.raised_ns, record.alert) == (1, 7, ended(raised))
    assert record.state == ("ended" if raised.priority == "high" else "resolved")
    assert update(record, raised, 8) is record


def test_an_alert_that_becomes_more_urgent_must_be_acknowledged_again() -> None:
    raised = make_alert("lead_off")
    record = acknowledge(begin(raised, 1), "EW", 2)
    record = update(record, risen(raised), 3)
    assert (record.state, record.alert.priority, record.acknowledged_by, record.rose_ns) == ("active", "high", None, 3)
    assert update(record, raised, 4) is record, "it never falls"
    assert calls_from_ns(record) == 3


def test_an_acknowledged_alert_sounds_again_while_its_condition_lasts() -> None:
    record = acknowledge(begin(make_alert("asystole"), 1), "EW", 2)
    again_ns = 2 + int(SOUNDS_AGAIN_S) * S
    assert record.sounds_again_ns == calls_from_ns(record) == again_ns
    assert not sounds_again(record, again_ns - 1)
    assert acknowledge(record, "CD", again_ns - 1) is record, "the first one wins"
    assert sounds_again(record, again_ns)
    record = acknowledge(record, "CD", again_ns)
    assert (record.acknowledged_by, record.acknowledged_ns) == ("CD", again_ns)
    assert calls_from_ns(record) == again_ns + int(SOUNDS_AGAIN_S) * S
    over = update(record, ended(record.alert), again_ns + 1)
    assert (over.state, over.sounds_again_ns, calls_from_ns(over)) == ("resolved", None, None)


def test_several_people_may_comment_in_any_state() -> None:
    record = begin(ended(make_alert("pause")), 1)
    for by, text in (("EW", " turned in bed "), ("CD", "informed Dr B"), ("CD", "informed Dr B")):
        record = add_comment(record, by, text, 5)
    comments = [(comment.text, comment.by) for comment in record.comments]
    assert comments == [("turned in bed", "EW"), ("informed Dr B", "CD")]
    assert (record.state, record.version) == ("resolved", 3)


def test_a_second_acknowledgement_may_add_a_comment() -> None:
    record = acknowledge(begin(make_alert(), 1), "EW", 2, "on my way")
    record = acknowledge(record, "CD", 3, "me too")
    assert record.acknowledged_by == "EW"
    assert [comment.by for comment in record.comments] == ["EW", "CD"]
    assert record.version == 3


@pytest.mark.parametrize("text", ["", "  ", "x" * (MAX_COMMENT_CHARS + 1)])
def test_a_comment_is_neither_empty_nor_too_long(text: str) -> None:
    with pytest.raises(InvalidValueError, match="a comment has 1 to 500 characters"):
        add_comment(begin(make_alert(), 1), "EW", text, 2)


def test_the_number_of_comments_is_limited() -> None:
    record = begin(make_alert(), 1)
    for n in range(MAX_COMMENTS):
        record = add_comment(record, "EW", str(n), 2)
    with pytest.raises(AlertActionError, match=f"it has {MAX_COMMENTS} comments"):
        add_comment(record, "EW", "one more", 3)


def test_an_alert_that_was_closed_at_discharge_stays_closed() -> None:
    raised = make_alert("lead_off")
    record = close(begin(raised, 1), "EW", 2)
    assert (record.state, record.resolved_by, record.alert.ended_sample) == ("resolved", "EW", None)
    assert update(record, risen(raised), 3) is record
    over = update(record, ended(raised), 4)
    assert (over.state, over.resolved_ns, over.alert.ended_sample) == ("resolved", 2, ended(raised).ended_sample)


@given(CODES)
def test_which_alerts_call_for_staff_and_which_are_escalated(code: str) -> None:
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
    record = update(record, risen(raised), 3)
    assert escalates_from_ns(record) == 3
    record = note_escalation(record, "high", 4)
    assert escalates_from_ns(record) is None
    assert note_escalation(record, "medium", 5) is record
    assert note_escalation(record, "high", 5) is record
