"""Events that do not come from the signal: what they carry through a snapshot, and the limits of a patient."""

import msgspec
import pytest

from processors.monitor.monitor_events import ConflictChanged, MonitorEvent, SettingsChanged, limits_of
from processors.monitor.rhythm.conditions import Condition, RhythmLimits
from wardbeat.care.admissions import PatientLimits, PatientSettings
from wardbeat.care.alert_off import switch_off

CONFLICT = Condition("source_conflict", 500, "new signal of another device", 2.5, 2.0, "s")


@pytest.mark.parametrize(
    "event",
    [
        SettingsChanged(720, PatientSettings("a", PatientLimits(hr_high_bpm=90)), RhythmLimits(hr_high_bpm=90)),
        ConflictChanged(CONFLICT),
        ConflictChanged(None),
    ],
)
def test_an_event_survives_a_snapshot_as_what_it_is(event: MonitorEvent) -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=SettingsChanged | ConflictChanged) == event


def test_the_extremes_follow_the_patients_limits() -> None:
    base = RhythmLimits(anomaly_p=0.7)
    assert limits_of(base, PatientSettings()) is base
    assert limits_of(base, PatientSettings("a", paced=True)).paced
    assert limits_of(base, PatientSettings(paced=True)) == msgspec.structs.replace(base, paced=True)  # a record
    own = limits_of(base, PatientSettings("a", PatientLimits(hr_low_bpm=60, hr_high_bpm=100), known_af=True))
    assert (own.extreme_low_bpm, own.extreme_high_bpm, own.anomaly_p, own.known_af) == (50, 120, 0.7, True)
    widest = limits_of(base, PatientSettings("a", PatientLimits(hr_low_bpm=30, hr_high_bpm=200)))
    assert (widest.extreme_low_bpm, widest.extreme_high_bpm) == (30, 200)
    assert limits_of(base, PatientSettings("a")) == msgspec.structs.replace(base)
    off = switch_off((), "pause", "known", "EW", 1)
    assert limits_of(base, PatientSettings("a", off=off)).off == ("pause",)


def test_the_wards_limits_hold_without_a_patient() -> None:
    base = RhythmLimits(anomaly_p=0.7)
    limits = limits_of(
        base, PatientSettings(limits=PatientLimits(hr_low_bpm=40, hr_high_delay_s=5, slight_excess_min=2))
    )
    assert (limits.hr_low_bpm, limits.extreme_low_bpm, limits.anomaly_p) == (40, 30, 0.7)
    assert (limits.hr_high_delay_s, limits.slight_excess_s) == (5, 120)


def test_the_patients_own_limits_replace_those_of_the_base_and_no_others() -> None:
    base = RhythmLimits(anomaly_p=0.7, noisy_s=5)
    own = limits_of(base, PatientSettings("a", PatientLimits(pause_s=2.5, pvc_per_minute=20)))
    changed = {name for name in base.__struct_fields__ if getattr(own, name) != getattr(base, name)}
    assert changed == {"pause_s", "pvc_per_minute"}
