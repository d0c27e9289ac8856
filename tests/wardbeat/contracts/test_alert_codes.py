from typing import get_args

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.support.samples import make_alert
from wardbeat.contracts import alert_codes
from wardbeat.contracts.alert_codes import MONITOR_FAILED, urgency, words_of, words_of_alert
from wardbeat.contracts.messages import AlertKind, Priority

CODES = st.sampled_from(sorted(alert_codes.CODES))
SESSIONS = st.text(min_size=1, max_size=12)
ALERT_KEYS = st.tuples(SESSIONS, CODES, st.integers(0, 2**40))


@given(ALERT_KEYS, ALERT_KEYS)
def test_an_id_belongs_to_one_alert(one: tuple[str, str, int], other: tuple[str, str, int]) -> None:
    assert (alert_codes.alert_id(*one) == alert_codes.alert_id(*other)) == (one == other)


def test_ids_never_change() -> None:
    """Redis remembers alerts by id for weeks: another id for the same alert would raise it again."""
    assert alert_codes.alert_id("5f0c8d6e", "asystole", 1302) == "20169929-997d-53ab-ab08-6bd2808a09be"


def test_codes_are_in_the_order_of_urgency() -> None:
    for kind in get_args(AlertKind):
        ranks = [alert_codes.PRIORITY_ORDER[code.priority] for code in alert_codes.CODES.values() if code.kind == kind]
        assert ranks == sorted(ranks)
    assert set(alert_codes.PRIORITY_ORDER) == set(get_args(Priority))


def test_every_code_has_its_own_words() -> None:
    words = [code.words for code in alert_codes.CODES.values()]
    assert len(set(words)) == len(words)
    assert not [code for name, code in alert_codes.CODES.items() if code.code != name]
    assert not [text for text in words if "alarm" in text.lower()]
    assert [words_of(code) for code in alert_codes.CODES] == words


def test_an_unknown_code_of_a_newer_worker_is_shown_by_its_name() -> None:
    assert words_of("torsade_de_pointes") == "Torsade de pointes"
    assert urgency("torsade_de_pointes") > max(map(urgency, alert_codes.CODES))


def test_a_failed_monitor_has_other_words_than_a_silent_bed() -> None:
    silent = make_alert("no_data")
    evidence = msgspec.structs.replace(silent.evidence, rule=f"{MONITOR_FAILED} (ValueError)")
    assert words_of_alert(silent) == words_of("no_data")
    failed = msgspec.structs.replace(silent, evidence=evidence)
    assert words_of_alert(failed) == "Monitoring failed: watch the patient"
    other = msgspec.structs.replace(make_alert("pause"), evidence=evidence)
    assert words_of_alert(other) == words_of("pause"), "only no_data has two meanings"
