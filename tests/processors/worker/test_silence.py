"""When silence is an alert, how urgent it is, and that every worker raises the same one."""

import msgspec
import pytest

from processors.ward.failures import Failure, MonitorFailed
from processors.worker.silence import Silences, failure_alert, no_data_alert
from wardbeat.care import admissions
from wardbeat.care.admissions import Bed, PatientSettings
from wardbeat.contracts.alert_codes import words_of_alert
from wardbeat.contracts.messages import Alert
from wardbeat.store.live_store import LastSeen

S = 1_000_000_000
LAST = LastSeen("bed-1", "s1", "live", 5000, 250.0, 100 * S, 100 * S, partition=0)
ADMITTED = admissions.admit(Bed("bed-1"), PatientSettings(), "AB", 50 * S)


@pytest.mark.parametrize(
    ("silent_s", "priority"), [(4.9, None), (5, "medium"), (59.9, "medium"), (60, "high"), (10_000, "high")]
)
def test_the_priority_rises_with_time(silent_s: float, priority: str | None) -> None:
    alert = no_data_alert(LAST, ADMITTED, LAST.last_seen_ns + int(silent_s * S))
    assert (alert.priority if alert else None) == priority


def test_a_patient_without_ecg_so_far_has_a_less_urgent_alert() -> None:
    later = admissions.admit(Bed("bed-1"), PatientSettings(), "AB", 130 * S)
    priorities = [alert.priority for now_s in (136, 191) if (alert := no_data_alert(LAST, later, now_s * S))]
    assert priorities == ["low", "medium"]
    never = msgspec.structs.replace(LAST, ecg_ns=0)
    alert = no_data_alert(never, None, 106 * S)
    assert alert is not None
    assert alert.priority == "low"


def test_the_same_silence_is_the_same_alert_at_any_time() -> None:
    one, other = no_data_alert(LAST, ADMITTED, 106 * S), no_data_alert(LAST, ADMITTED, 3000 * S)
    assert one is not None
    assert other is not None
    assert (one.alert_id, one.onset_sample, one.raised_sample) == (other.alert_id, 5000, 6250)
    assert one.admission_id == admissions.settings_of(ADMITTED).admission_id


def test_an_ended_replay_has_no_alert_and_an_ended_live_stream_has_one() -> None:
    final = msgspec.structs.replace(LAST, final=True)
    assert no_data_alert(msgspec.structs.replace(final, origin="replay"), None, 200 * S) is None
    assert no_data_alert(final, None, 200 * S) is not None


def test_silence_after_a_standby_is_another_alert() -> None:
    away = admissions.begin_standby(ADMITTED, 600, "AB", 120 * S)
    assert no_data_alert(LAST, away, 700 * S) is None
    before, after = no_data_alert(LAST, ADMITTED, 110 * S), no_data_alert(LAST, away, 726 * S)
    assert before is not None
    assert after is not None
    assert before.alert_id != after.alert_id
    assert after.onset_sample == 5000 + 620 * 250


def test_a_failed_monitor_is_an_alert_immediately_unless_the_patient_is_away() -> None:
    failure = Failure(MonitorFailed("bed-1", "s1", "live", 5000, 250.0, "ValueError"), 100 * S)
    first, later = failure_alert(failure, ADMITTED, 100 * S), failure_alert(failure, ADMITTED, 160 * S)
    assert first is not None
    assert later is not None
    assert (first.code, first.priority, first.onset_sample) == ("no_data", "medium", 5000)
    assert first.evidence.rule == "the monitor failed (ValueError)"
    assert words_of_alert(first) == "Monitoring failed: watch the patient"
    assert (later.alert_id, later.priority) == (first.alert_id, "high")
    away = admissions.begin_standby(ADMITTED, 600, "AB", 90 * S)
    assert failure_alert(failure, away, 160 * S) is None
    assert failure_alert(failure, away, 690 * S) is not None


def test_a_failure_replaces_the_silence_that_follows_from_it() -> None:
    failure = Failure(MonitorFailed("bed-1", "s1", "live", 5000, 250.0, "ValueError"), 100 * S)
    silences = Silences()

    def update(now_s: int, *silent: LastSeen, failures: tuple[Failure, ...] = (failure,)) -> list[Alert]:
        beds = {"bed-1": ADMITTED}
        return silences.update(silent, beds, now_s * S, may_raise=lambda _: False, failures=failures)

    (raised,) = update(100)
    assert update(106, LAST) == []
    (ended,) = update(140, failures=())
    assert (ended.alert_id, ended.ended_sample) == (raised.alert_id, 15_000)


def test_each_change_is_returned_once() -> None:
    silences = Silences()

    def update(now_s: float, *silent: LastSeen, may_raise: bool = True, bed: Bed = ADMITTED) -> list[tuple[str, bool]]:
        changes = silences.update(silent, {"bed-1": bed}, int(now_s * S), may_raise=lambda _: may_raise)
        return [(alert.priority, alert.ended_sample is not None) for alert in changes]

    assert update(106, LAST, may_raise=False) == []
    assert update(107, LAST) == [("medium", False)]
    assert update(108, LAST) == []
    assert update(108, LAST, may_raise=False) == [], "a raised alert stays while records wait"
    assert update(161, LAST) == [("high", False)]
    away = admissions.begin_standby(ADMITTED, 600, "AB", 162 * S)
    assert update(163, LAST, bed=away) == [("high", True)]
    assert update(164, LAST, bed=away) == []
    assert update(770, LAST, bed=away) == [("medium", False)]
    assert update(771, bed=away) == [("medium", True)]
    assert update(772) == []
