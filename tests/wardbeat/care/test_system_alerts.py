"""When alerts on the system begin and end."""

import msgspec

from tests.support.samples import make_alert
from wardbeat.care.system_alerts import SystemCondition, changes
from wardbeat.contracts.alert_codes import SYSTEM, words_of_alert

S = 1_000_000_000
STOPPED = SystemCondition("screen_stopped", "screen-1", "station 2 (ward)")
WORKER = SystemCondition("not_monitored", "worker", "the worker has stopped")


def test_a_condition_begins_one_alert_and_its_end_ends_it() -> None:
    (alert,) = changes([STOPPED], [], 100 * S)
    assert (alert.stream_id, alert.kind, words_of_alert(alert)) == (
        SYSTEM,
        "technical",
        "A screen has stopped: station 2 (ward)",
    )
    assert changes([STOPPED], [alert], 101 * S) == []
    (ended,) = changes([], [alert], 107 * S)
    assert ended == msgspec.structs.replace(alert, ended_sample=107)
    assert changes([], [ended], 108 * S) == []


def test_conditions_of_one_code_have_alerts_of_their_own() -> None:
    other = STOPPED._replace(subject="screen-2")
    first, second = changes([STOPPED, other], [], 100 * S)
    assert first.alert_id != second.alert_id
    assert changes([other, WORKER], [first, second], 100 * S)[0].alert_id == first.alert_id


def test_another_cause_is_another_alert() -> None:
    (worker,) = changes([WORKER], [], 100 * S)
    ended, kafka = changes([SystemCondition("not_monitored", "kafka", "Kafka")], [worker], 100 * S)
    assert (ended.alert_id, ended.ended_sample) == (worker.alert_id, 100)
    assert words_of_alert(kafka) == "No bed is monitored: Kafka"


def test_alerts_of_other_codes_are_left_alone() -> None:
    failure = msgspec.structs.replace(make_alert("escalation_failed"), stream_id=SYSTEM)
    assert changes([], [failure], 100 * S) == []


def test_two_processes_make_the_same_alert() -> None:
    assert changes([WORKER], [], 100 * S) == changes([WORKER], [], 100 * S + S // 2)
