import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.samples import make_alert
from wardbeat.care import alert_lifecycle
from wardbeat.care.escalation import (
    ESCALATE_AFTER_S,
    escalation_id,
    escalation_of,
    failure_ended,
    failure_of,
    is_due,
)
from wardbeat.contracts.alert_codes import CODES

S = 1_000_000_000
RECORD = alert_lifecycle.begin(make_alert("asystole"), 10 * S)


def test_an_alert_is_due_after_the_delay_and_not_before() -> None:
    due_ns = 10 * S + int(ESCALATE_AFTER_S) * S
    assert not is_due(RECORD, due_ns - 1, ESCALATE_AFTER_S)
    assert is_due(RECORD, due_ns, ESCALATE_AFTER_S)
    acknowledged = alert_lifecycle.acknowledge(RECORD, "AB", 11 * S)
    assert not is_due(acknowledged, due_ns, ESCALATE_AFTER_S)
    assert not is_due(alert_lifecycle.note_escalation(RECORD, "high", due_ns), due_ns, ESCALATE_AFTER_S)


@pytest.mark.parametrize("code", ["couplet", "pause", "escalation_failed"])
def test_low_and_medium_physiological_alerts_are_never_due(code: str) -> None:
    assert not is_due(alert_lifecycle.begin(make_alert(code), 0), 10**18, 0)


def test_an_escalation_has_the_facts_of_its_alert_and_no_patient() -> None:
    escalation = escalation_of(RECORD, 75 * S)
    alert = RECORD.alert
    assert (escalation.alert_id, escalation.stream_id, escalation.code) == (alert.alert_id, "bed-1", "asystole")
    assert (escalation.words, escalation.priority, escalation.lasts) == ("Asystole", "high", True)
    assert (escalation.raised_ns, escalation.escalated_ns) == (10 * S, 75 * S)
    ended = alert_lifecycle.update(RECORD, msgspec.structs.replace(alert, ended_sample=9000), 76 * S)
    assert not escalation_of(ended, 77 * S).lasts


@given(st.tuples(st.text(), st.sampled_from(["high", "medium"])), st.tuples(st.text(), st.sampled_from(["high"])))
def test_an_id_belongs_to_one_alert_and_priority(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (escalation_id(*one) == escalation_id(*other)) == (one == other)  # type: ignore[arg-type]


def test_ids_never_change() -> None:
    """Receivers ignore an id that they know, and Redis keeps the channels by it."""
    assert escalation_id("0c6b7c1e", "high") == escalation_of_id("0c6b7c1e")
    assert escalation_id("0c6b7c1e", "high") == "140be764-a1fa-58ce-8b49-a42431e403d3"


def escalation_of_id(alert_id: str) -> str:
    record = msgspec.structs.replace(RECORD, alert=msgspec.structs.replace(RECORD.alert, alert_id=alert_id))
    return escalation_of(record, 0).escalation_id


def test_a_failure_is_one_technical_alert_however_often_it_happens() -> None:
    escalation = escalation_of(RECORD, 75 * S)
    first = failure_of(RECORD.alert, escalation, "webhook", "HTTP 500")
    again = failure_of(RECORD.alert, escalation_of(RECORD, 99 * S), "webhook", "HTTP 502")
    assert first.alert_id == again.alert_id != RECORD.alert.alert_id
    assert (first.code, first.kind, first.priority) == (
        "escalation_failed",
        CODES["escalation_failed"].kind,
        CODES["escalation_failed"].priority,
    )
    assert first.evidence.rule == "webhook: HTTP 500"
    assert (first.stream_id, first.onset_sample, first.ended_sample) == ("bed-1", RECORD.alert.raised_sample, None)


@pytest.mark.parametrize(("later_s", "samples"), [(10, 3600), (-10, 0)])
def test_a_failure_ends_on_the_time_of_its_session(later_s: int, samples: int) -> None:
    failure = failure_of(RECORD.alert, escalation_of(RECORD, 75 * S), "webhook", "HTTP 500")
    ended = failure_ended(failure, 75 * S, (75 + later_s) * S)
    assert ended.ended_sample == failure.onset_sample + samples
