"""The rules of beds, without a store."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardbeat.care import admissions
from wardbeat.care.admissions import Bed, PatientLimits, PatientSettings
from wardbeat.errors import AdmissionError

S = 1_000_000_000
MIN = 60 * S


def admitted(stream_id: str = "bed-1", settings: PatientSettings = PatientSettings()) -> Bed:
    return admissions.admit(Bed(stream_id), settings, "AB", 10 * S)


def limits_of(bed: Bed) -> PatientLimits:
    return admissions.settings_of(bed).limits


def test_a_new_patient_begins_with_the_defaults_under_an_id_of_its_own() -> None:
    one, other = admitted(), admitted()
    assert one.admission is not None
    assert other.admission is not None
    assert one.admission.admission_id != other.admission.admission_id
    assert admissions.settings_of(one).admission_id == one.admission.admission_id
    assert limits_of(one) == PatientLimits()
    assert one.version == 1


def test_two_patients_never_share_a_bed() -> None:
    with pytest.raises(AdmissionError, match="bed-1: a patient is admitted already"):
        admissions.admit(admitted(), PatientSettings(), "CD", 11 * S)
    with pytest.raises(AdmissionError, match="bed-2: a patient is admitted there"):
        admissions.transfer(admitted(), admitted("bed-2"), "CD", 11 * S)
    with pytest.raises(AdmissionError, match="there already"):
        admissions.transfer(admitted(), Bed("bed-1"), "CD", 11 * S)


def test_discharge_leaves_nothing_of_the_patient_in_the_bed() -> None:
    settings = PatientSettings(limits=PatientLimits(hr_low_bpm=40), paced=True, known_af=True)
    bed, over = admissions.discharge(admitted(settings=settings), "CD", 20 * S)
    assert bed.admission is None
    assert admissions.settings_of(bed) == PatientSettings()
    assert (over.discharged_ns, over.discharged_by) == (20 * S, "CD")
    with pytest.raises(AdmissionError, match="no patient is admitted"):
        admissions.discharge(bed, "CD", 21 * S)


def test_a_transfer_takes_limits_history_and_a_running_standby_along() -> None:
    source = admissions.begin_standby(admitted(settings=PatientSettings(known_af=True)), 1200, "AB", 11 * S)
    left, there = admissions.transfer(source, Bed("bed-2"), "CD", 12 * S)
    assert left.admission is None
    assert there.admission is not None
    assert source.admission is not None
    assert there.admission.settings == source.admission.settings
    assert [stay.stream_id for stay in there.admission.stays] == ["bed-1", "bed-2"]
    assert there.standby == source.standby
    assert admissions.on_standby(left, 13 * S)
    _, later = admissions.transfer(source, Bed("bed-2"), "CD", 3000 * S)
    assert later.standby is None


def test_limits_stay_in_their_ranges_and_apart() -> None:
    bed = admitted()
    for name, (lowest, highest, _) in admissions.RANGES.items():
        for value in (lowest - 1, highest + 1):
            settings = PatientSettings(limits=admissions.changed_limits(limits_of(bed), {name: value}))
            with pytest.raises(AdmissionError, match=name):
                admissions.change_settings(bed, settings, "AB", 11 * S)
    with pytest.raises(AdmissionError, match="20/min apart, 10 given"):
        admissions.check_limits(PatientLimits(hr_low_bpm=80, hr_high_bpm=90))
    with pytest.raises(AdmissionError, match="vt_bpm: no patient has this limit"):
        admissions.changed_limits(PatientLimits(), {"vt_bpm": 1})
    with pytest.raises(AdmissionError, match="whole numbers"):
        admissions.changed_limits(PatientLimits(), {"hr_low_bpm": 50.5})
    admissions.check_limits(PatientLimits())


def test_limits_need_a_patient_and_the_same_again_changes_nothing() -> None:
    bed = admitted()
    assert admissions.change_settings(bed, PatientSettings(), "CD", 11 * S) is bed
    changed = admissions.change_settings(bed, PatientSettings(paced=True), "CD", 11 * S)
    assert changed.admission is not None
    assert (changed.admission.settings_by, changed.admission.settings_ns) == ("CD", 11 * S)
    assert changed.admission.settings.admission_id == admissions.settings_of(bed).admission_id
    with pytest.raises(AdmissionError, match="no patient is admitted"):
        admissions.change_settings(Bed("bed-1"), PatientSettings(), "CD", 11 * S)


def test_a_standby_ends_after_its_time_or_when_the_ecg_comes_back() -> None:
    bed = admissions.begin_standby(admitted(), 600, "AB", 100 * S)
    assert admissions.silenced(bed, 699 * S) == {"no_data", "lead_off", "noisy_signal"}
    assert admissions.silenced(bed, 700 * S) == frozenset()
    assert admissions.see_ecg(bed, usable=True, now_ns=101 * S) is bed  # the patient has not left yet
    away = admissions.see_ecg(bed, usable=False, now_ns=110 * S)
    assert admissions.see_ecg(away, usable=False, now_ns=111 * S) is away
    longer = admissions.begin_standby(away, 1200, "CD", 200 * S)
    assert longer.standby is not None
    assert longer.standby.away
    back = admissions.see_ecg(longer, usable=True, now_ns=300 * S)
    assert back.standby is None
    assert admissions.end_standby(back, 301 * S) is back
    assert admissions.end_standby(away, 301 * S).standby is None


@pytest.mark.parametrize("seconds", [0, -1, 4 * 3600 + 1])
def test_a_standby_has_a_limit(seconds: float) -> None:
    with pytest.raises(AdmissionError, match="standby lasts up to 240 min"):
        admissions.begin_standby(admitted(), seconds, "AB", 11 * S)


def test_since_when_a_silent_bed_is_missed() -> None:
    bed = admitted()
    assert admissions.missed_since_ns(None, 5 * S) == 5 * S  # no patient is admitted, but the bed may be occupied
    assert admissions.missed_since_ns(bed, 5 * S) == 10 * S
    assert admissions.missed_since_ns(bed, 50 * S) == 50 * S
    standby = admissions.begin_standby(bed, 600, "AB", 100 * S)
    assert admissions.missed_since_ns(standby, 200 * S) == 700 * S
    assert admissions.missed_since_ns(standby, 800 * S) == 800 * S
    left, _ = admissions.discharge(bed, "AB", 100 * S)
    assert admissions.missed_since_ns(left, 130 * S) is None  # the device was taken off
    assert admissions.missed_since_ns(left, 100 * S + 11 * MIN) == 100 * S + 11 * MIN


class Ward:
    """Three beds, a model of their patients, and every act, allowed or not."""

    def __init__(self) -> None:
        self.beds = {name: Bed(name) for name in ("a", "b", "c")}
        self.patients: dict[str, tuple[str, PatientSettings] | None] = dict.fromkeys(self.beds)
        self.now_ns = 0
        self.seen: set[str] = set()

    def admit(self, at: str, _to: str, low: int) -> None:
        settings = PatientSettings(limits=PatientLimits(hr_low_bpm=low))
        self.beds[at] = admissions.admit(self.beds[at], settings, "AB", self.now_ns)
        own = admissions.settings_of(self.beds[at])
        assert own.admission_id is not None
        assert own.admission_id not in self.seen
        self.seen.add(own.admission_id)
        self.patients[at] = (own.admission_id, own)

    def discharge(self, at: str, _to: str, _low: int) -> None:
        self.beds[at], _ = admissions.discharge(self.beds[at], "AB", self.now_ns)
        self.patients[at] = None

    def transfer(self, at: str, to: str, _low: int) -> None:
        self.beds[at], self.beds[to] = admissions.transfer(self.beds[at], self.beds[to], "AB", self.now_ns)
        self.patients[at], self.patients[to] = None, self.patients[at]

    def limits(self, at: str, _to: str, low: int) -> None:
        settings = PatientSettings(limits=PatientLimits(hr_low_bpm=low))
        self.beds[at] = admissions.change_settings(self.beds[at], settings, "AB", self.now_ns)
        patient = self.patients[at]
        assert patient is not None
        self.patients[at] = (patient[0], msgspec.structs.replace(settings, admission_id=patient[0]))

    def standby(self, at: str, _to: str, low: int) -> None:
        self.beds[at] = admissions.begin_standby(self.beds[at], 60 * low, "AB", self.now_ns)


ACTS = ("admit", "discharge", "transfer", "limits", "standby")


@given(
    st.lists(
        st.tuples(st.sampled_from(ACTS), st.sampled_from("abc"), st.sampled_from("abc"), st.integers(20, 110)),
        max_size=40,
    )
)
def test_nothing_of_a_patient_ever_reaches_another(acts: list[tuple[str, str, str, int]]) -> None:
    ward = Ward()
    for act, at, to, low in acts:
        ward.now_ns += S
        before = dict(ward.beds)
        try:
            getattr(ward, act)(at, to, low)
        except AdmissionError:
            assert ward.beds == before
        for name, bed in ward.beds.items():
            patient = ward.patients[name]
            assert admissions.settings_of(bed) == (patient[1] if patient else PatientSettings())
            if bed.admission is not None:
                assert bed.admission.stays[-1].stream_id == name
        in_beds = [bed.admission.admission_id for bed in ward.beds.values() if bed.admission]
        assert len(in_beds) == len(set(in_beds))
