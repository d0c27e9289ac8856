"""The life of an alert, as rules that hold whatever staff do and in whatever order news arrives."""

from itertools import pairwise
from typing import Literal, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import make_alert
from wardbeat import alerts
from wardbeat.alerts import AlertRecord, AlertState, acknowledge, end_alert, raise_alert, resolve
from wardbeat.errors import AlertActionError
from wardbeat.messages import AlertKind, Priority

Act = Literal["end", "acknowledge", "resolve", "repeat"]
ACTS = st.lists(st.sampled_from(get_args(Act)), max_size=8)
CODES = st.sampled_from(sorted(alerts.CODES))


def act_on(record: AlertRecord, act: Act, now_ns: int) -> AlertRecord:
    """The record after one act; an act that is refused changes nothing."""
    try:
        match act:
            case "end":
                ended = msgspec.structs.replace(record.alert, ended_sample=record.alert.raised_sample + 100)
                return end_alert(record, ended, now_ns)
            case "acknowledge":
                return acknowledge(record, "EW", now_ns)
            case "resolve":
                return resolve(record, "EW", now_ns)
            case "repeat":  # the topic repeats the alert as it was when raised
                return end_alert(record, msgspec.structs.replace(record.alert, ended_sample=None), now_ns)
    except AlertActionError:
        return record


def lives(code: str, acts: list[Act]) -> list[AlertRecord]:
    """Every record of an alert's life, the first one included."""
    records = [raise_alert(make_alert(code), 0)]
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
        if record.alert.ended_sample is None:
            assert record.state in {"active", "acknowledged"}
            with pytest.raises(AlertActionError, match="its condition still lasts"):
                resolve(record, "EW", 100)


@given(CODES, ACTS)
def test_resolved_is_for_good(code: str, acts: list[Act]) -> None:
    records = lives(code, acts)
    first = next((i for i, record in enumerate(records) if record.state == "resolved"), len(records))
    assert all(record is records[first] for record in records[first:])


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


SESSIONS = st.text(min_size=1, max_size=12)
ALERT_KEYS = st.tuples(SESSIONS, CODES, st.integers(0, 2**40))


@given(ALERT_KEYS, ALERT_KEYS)
def test_an_id_names_one_alert(one: tuple[str, str, int], other: tuple[str, str, int]) -> None:
    assert (alerts.alert_id(*one) == alerts.alert_id(*other)) == (one == other)


def test_ids_never_change() -> None:
    """Redis remembers alerts by id for weeks: another id for the same alert would raise it anew."""
    assert alerts.alert_id("5f0c8d6e", "asystole", 1302) == "20169929-997d-53ab-ab08-6bd2808a09be"


def test_codes_are_in_the_order_of_urgency() -> None:
    for kind in get_args(AlertKind):
        urgency = [alerts.PRIORITY_ORDER[code.priority] for code in alerts.CODES.values() if code.kind == kind]
        assert urgency == sorted(urgency)
    assert set(alerts.PRIORITY_ORDER) == set(get_args(Priority))


def test_every_code_has_words_of_its_own() -> None:
    words = [code.words for code in alerts.CODES.values()]
    assert len(set(words)) == len(words)
    assert not [code for name, code in alerts.CODES.items() if code.code != name]
    assert not [text for text in words if "alarm" in text.lower()]
