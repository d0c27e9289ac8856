"""The judgement of the canary's proofs, with clocks moved by hand."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.samples import make_alert
from wardbeat.care.alert_lifecycle import begin, calls_from_ns, escalates_from_ns, update
from wardbeat.care.canary import FIRST_PROOF_S, Proof, changes, missed_proof, proof_of, proof_words
from wardbeat.contracts.alert_codes import SYSTEM
from wardbeat.contracts.canary import CANARY, CYCLE_S, INJECTIONS, LIMIT_S
from wardbeat.contracts.messages import Alert

S = 1_000_000_000
START_NS = 1_800_000_000 * S
FS = 250.0


def canary_alert(code: str, onset_s: float, raised_s: float) -> Alert:
    """An alert of a canary whose session began at START_NS."""
    return msgspec.structs.replace(
        make_alert(code, round(onset_s * FS), stream_id=CANARY),
        origin="canary",
        fs=FS,
        raised_sample=round(raised_s * FS),
        raised_acquired_ns=START_NS + round(raised_s * S),
    )


def proof_at(index: int, delay_s: float = 5.0) -> Proof:
    code, onset_s = INJECTIONS[index]
    onset_ns = START_NS + round(onset_s * S)
    return Proof(code, onset_s, onset_ns, onset_ns + round(delay_s * S))


@given(st.sampled_from(INJECTIONS), st.floats(0.5, 10), st.floats(0.1, 30))
def test_a_proof_is_measured_from_the_injected_onset_not_from_that_of_the_alert(
    injection: tuple[str, float], decided_s: float, way_s: float
) -> None:
    code, onset_s = injection
    alert = canary_alert(code, onset_s - 0.3, onset_s + decided_s)
    proof = proof_of(alert, alert.raised_acquired_ns + round(way_s * S))
    assert proof is not None
    assert (proof.code, proof.onset_s) == (code, onset_s)
    assert proof.onset_ns == pytest.approx(START_NS + onset_s * S, abs=S / FS)
    assert proof.delay_s == pytest.approx(decided_s + way_s, abs=2 / FS)


def test_an_alert_that_was_not_injected_proves_nothing() -> None:
    tachycardia, asystole = INJECTIONS[0], INJECTIONS[1]
    assert proof_of(canary_alert(tachycardia.code, 1, tachycardia.onset_s - 1), START_NS) is None
    assert proof_of(canary_alert("pause", asystole.onset_s, asystole.onset_s + 3), START_NS) is None
    assert proof_of(canary_alert(asystole.code, 1, tachycardia.onset_s + 3), START_NS) is None
    late = canary_alert(tachycardia.code, tachycardia.onset_s, asystole.onset_s + 3)
    assert proof_of(late, START_NS) is None
    patient = msgspec.structs.replace(canary_alert(tachycardia.code, 1, tachycardia.onset_s + 2), origin="live")
    assert proof_of(patient, START_NS) is None


@pytest.mark.parametrize("index", range(len(INJECTIONS)))
def test_a_proof_is_missed_ten_seconds_after_the_next_onset(index: int) -> None:
    proof = proof_at(index)
    following = INJECTIONS[(index + 1) % len(INJECTIONS)]
    apart_s = (following.onset_s - proof.onset_s) % CYCLE_S
    due_ns = proof.onset_ns + round((apart_s + LIMIT_S) * S)
    assert missed_proof(proof, 0, due_ns) is None
    missed = missed_proof(proof, 0, due_ns + S)
    assert missed is not None
    assert (missed.onset_ns, missed.delay_s) == (due_ns - LIMIT_S * S, LIMIT_S + 1)
    assert following.code in missed.words
    assert missed_proof(proof, 0, due_ns + 10**6 * S) is not None, "and stays so"


def test_a_late_proof_is_no_better_than_none_until_the_next_one() -> None:
    late = proof_at(0, delay_s=10.1)
    missed = missed_proof(late, 0, late.shown_ns)
    assert missed is not None
    assert missed.onset_ns == late.onset_ns
    assert missed_proof(proof_at(0, delay_s=10.0), 0, late.shown_ns) is None
    assert missed_proof(proof_at(1), 0, proof_at(1).shown_ns) is None


def test_a_ward_that_starts_has_a_cycle_for_its_first_proof() -> None:
    assert missed_proof(None, START_NS, START_NS + round(FIRST_PROOF_S * S)) is None
    assert missed_proof(None, START_NS, START_NS + round(FIRST_PROOF_S * S) + 1) is not None


def test_one_alert_is_raised_and_ended_by_the_next_proof() -> None:
    proof = proof_at(0)
    now_ns = proof.onset_ns + 60 * S
    (raised,) = changes(missed_proof(proof, 0, now_ns), [], now_ns)
    assert (raised.stream_id, raised.code, raised.kind, raised.priority) == (
        SYSTEM,
        "canary_missed",
        "technical",
        "medium",
    )
    assert raised.evidence.value == 15
    (by_another,) = changes(missed_proof(proof, 0, now_ns + S), [], now_ns + S)
    assert by_another.alert_id == raised.alert_id, "two escalators raise one alert"
    assert changes(missed_proof(proof, 0, now_ns + S), [raised], now_ns + S) == []
    other = make_alert("escalation_failed", stream_id=SYSTEM)
    (ended,) = changes(None, [other, raised], now_ns + 9 * S)
    assert (ended.alert_id, ended.ended_s) == (raised.alert_id, (now_ns + 9 * S) // S)


def test_the_alert_on_a_missed_proof_calls_and_is_escalated() -> None:
    proof = proof_at(0)
    missed = missed_proof(proof, 0, proof.onset_ns + 60 * S)
    (alert,) = changes(missed, [], proof.onset_ns + 60 * S)
    record = begin(alert, 7)
    assert (calls_from_ns(record), escalates_from_ns(record)) == (7, 7)


@pytest.mark.parametrize("injection", INJECTIONS)
def test_an_alert_of_the_canary_never_calls_never_escalates_and_resolves_by_itself(
    injection: tuple[str, float],
) -> None:
    alert = canary_alert(injection[0], injection[1], injection[1] + 3)
    record = begin(alert, 7)
    assert (calls_from_ns(record), escalates_from_ns(record)) == (None, None)
    ended = update(record, msgspec.structs.replace(alert, ended_sample=alert.raised_sample + 1), 8)
    assert (ended.state, calls_from_ns(ended), escalates_from_ns(ended)) == ("resolved", None, None)


def test_words_have_the_time_to_the_alert_and_the_age_of_the_proof() -> None:
    proof = proof_at(0, delay_s=6.1)
    assert proof_words(proof, proof.shown_ns + 40 * S) == "last proven 6.1 s, 40 s ago"
