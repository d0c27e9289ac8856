"""The limits of a ward, and which limits follow for a bed."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardbeat.care import admissions
from wardbeat.care.admissions import RANGES, Bed, PatientLimits, PatientSettings
from wardbeat.care.ward_defaults import (
    WARD,
    WardDefaults,
    changed_defaults,
    read_defaults,
    settings_by_stream,
    settings_for,
    settings_in_force,
)
from wardbeat.errors import AdmissionError, SettingsError

WARDS = WardDefaults(3, PatientLimits(hr_low_bpm=45, hr_high_bpm=140, hr_high_delay_s=5.0), 1, "AB")


def admitted(**own: float) -> Bed:
    settings = admissions.with_own_limits(PatientSettings(own_limits=()), own)
    return admissions.admit(Bed("bed-1"), settings, "AB", 1)


def test_the_ward_holds_for_every_bed_without_a_limit_of_its_own() -> None:
    assert settings_in_force(None, WARDS) == PatientSettings(limits=WARDS.limits)
    assert settings_in_force(Bed("bed-2"), WARDS) == PatientSettings(limits=WARDS.limits)
    limits = settings_in_force(admitted(hr_high_bpm=130), WARDS).limits
    assert limits == msgspec.structs.replace(WARDS.limits, hr_high_bpm=130)


def test_without_ward_defaults_nothing_changes() -> None:
    assert settings_in_force(None, WardDefaults()) == PatientSettings()


def test_a_patient_from_before_the_ward_defaults_keeps_all_limits() -> None:
    bed = admissions.admit(Bed("bed-1"), PatientSettings(limits=PatientLimits(pause_s=2.5)), "AB", 1)
    assert settings_in_force(bed, WARDS) == admissions.settings_of(bed)


def test_a_limit_can_be_given_back_to_the_ward() -> None:
    own = admissions.settings_of(admitted(hr_low_bpm=60, hr_high_bpm=130))
    back = admissions.with_ward_limits(own, ["hr_low_bpm"])
    assert (back.own_limits, back.limits) == (("hr_high_bpm",), PatientLimits(hr_high_bpm=130))
    all_own = PatientSettings(limits=PatientLimits(hr_low_bpm=60))
    assert admissions.with_ward_limits(all_own, RANGES).own_limits == ()
    with pytest.raises(AdmissionError, match="vt_bpm: no patient has this limit"):
        admissions.with_ward_limits(own, ["vt_bpm"])


def test_settings_by_stream_know_every_other_bed() -> None:
    patients = settings_by_stream({"bed-1": admitted(pause_s=2.5)}, WARDS)
    assert settings_for(patients, "bed-1").limits.pause_s == 2.5
    assert settings_for(patients, "bed-9") == patients[WARD] == PatientSettings(limits=WARDS.limits)
    assert settings_for({}, "bed-9") == PatientSettings()


def test_a_change_has_a_version_and_stays_in_the_ranges() -> None:
    changed = changed_defaults(WARDS, {"hr_low_bpm": 40}, "CD", 9)
    assert (changed.version, changed.limits.hr_low_bpm, changed.by, changed.since_ns) == (4, 40, "CD", 9)
    assert changed_defaults(WARDS, {"hr_low_bpm": 45}, "CD", 9) is WARDS
    for wrong in ({"hr_low_bpm": 10}, {"vt_bpm": 1}, {"hr_low_bpm": 100, "hr_high_bpm": 110}, {"hr_high_delay_s": 11}):
        with pytest.raises(AdmissionError):
            changed_defaults(WARDS, wrong, "CD", 9)


LIMITS = {
    name: st.integers(round(limit.low), int(limit.high)) for name, limit in RANGES.items()
}  # whole numbers are values of every limit


@given(st.fixed_dictionaries({}, optional=LIMITS), st.fixed_dictionaries({}, optional=LIMITS))
def test_the_limits_in_force_are_always_valid(own: dict[str, float], ward: dict[str, float]) -> None:
    try:
        bed, defaults = admitted(**own), changed_defaults(WardDefaults(), ward, "AB", 1)
    except AdmissionError:
        return
    limits = settings_in_force(bed, defaults).limits
    admissions.check_limits(limits)
    assert all(getattr(limits, name) == value for name, value in own.items())


def test_a_file_of_defaults_is_read_or_refused() -> None:
    assert read_defaults(msgspec.json.encode(WARDS), "file") == WARDS
    wrong = msgspec.json.encode(WardDefaults(1, PatientLimits(hr_low_bpm=10)))
    for data in (b"", b"[]", b'{"limits": {"hr_low_bpm": "x"}}', wrong):
        with pytest.raises(SettingsError, match="file: no ward defaults"):
            read_defaults(data, "file")
