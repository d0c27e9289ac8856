"""How beds are printed, and the options for limits."""

import json

import pytest

from wardbeat.care import admissions
from wardbeat.care.admissions import Bed, PatientLimits, PatientSettings
from wardbeat.care.alert_off import AlertOff
from wardbeat.cli.beds.bed_settings import bed_line, given_limits, print_bed


def test_only_the_named_limits_are_given() -> None:
    assert given_limits({"hr_low_bpm": 45, "hr_high_bpm": None, "pause_s": 0.0}) == {"hr_low_bpm": 45, "pause_s": 0.0}


@pytest.mark.parametrize("reason", ["paced rhythm", "pause_s", "<b>x</b>", "high, [red]"])
def test_a_reason_is_printed_verbatim(reason: str) -> None:
    settings = PatientSettings(paced=True, off=(AlertOff("couplet", reason, "CD", 1),))
    bed = admissions.admit(Bed("bed-1"), settings, "AB", 1)
    assert bed_line(bed) == (
        "bed-1            admitted by AB, slow below 50/min, fast above 120/min, pause 3 s, more than 10 ventricular "
        "beats/min, slow after 3 s, fast after 3 s, slightly beyond after 10 min, paced, "
        f"couplet off ({reason}, CD)"
    )


def test_only_the_own_limits_of_a_patient_are_printed() -> None:
    settings = PatientSettings(limits=PatientLimits(hr_high_bpm=130), own_limits=("hr_high_bpm",))
    assert bed_line(admissions.admit(Bed("bed-1"), settings, "AB", 1)).endswith("admitted by AB, fast above 130/min")
    assert bed_line(admissions.admit(Bed("bed-1"), PatientSettings(own_limits=()), "AB", 1)).endswith("ward defaults")


def test_a_bed_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_bed(Bed("bed-1"), as_json=True)
    assert json.loads(capsys.readouterr().out)["stream_id"] == "bed-1"
