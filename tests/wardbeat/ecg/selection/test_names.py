"""Names of signals, as they stand in public databases and in files of recorders."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardbeat.ecg.leads import LIMB, PRECORDIAL
from wardbeat.ecg.selection import names
from wardbeat.ecg.selection.names import SignalKind, kind_beside, kind_by_name

ECG = (
    *("I", "II", "III", "aVR", "AVL", "avf", "-aVR", "V", "V1", "V6", "V9", "V3R", "V4R", "rV4", "vx", "vy", "vz"),
    *("MLI", "MLII", "MLIII", "ML2", "ML5", "MV1", "MCL", "MCL1", "MCL6", "mod.V1", "modified V1"),
    *("ES", "AS", "AI", "E-S", "A-S", "A-I", "CM5", "CM2", "CC5", "CR5", "D3", "D4", "DI", "DII", "E-II", "LI"),
    *("V1-V2", "V4-V5", "LA-RA", "LL-RA", "LL-LA", "Lead II", "lead_ii", "Lead V5", "Ableitung II", "leads I"),
    *("II,", "V,", "MLII+", "V 5", "a V R", "II (mV)", "V5 [mV]", "V5-ref", "II filtered", "II-2", "V-2", "Ⅱ"),
    *("Einthoven II", "ch1 V5", "CH2: MLII", "3: V1", "chest lead V2"),
    *("ECG", "ECG1", "ECG 2", "ECG-2", "Ecg.1", "ecg_ii", "ECG lead 1", "ECG lead II", "ECG V5", "ECGV5", "ECG II"),
    *("EKG", "EKG1", "ekg", "EKGL", "ECGR", "ECG-LA", "ECG1-ECG2", "EKG1-CS2", "POL ECG1", "ECG EKG-REF"),
    *("EEG EKG2-EKG", "ECG2_ECG1", "ECG_II2", "ecgl", "EKG-R", "ECG-AVG", "csECG"),
    *("EEG EKG1-REF", "EEG ECG", "chest_ecg", "Thorax ECG", "12-lead ECG V3", "E.C.G.", "ECG 500Hz", "Holter ECG"),
    *("ECG (RESP from here)", "ECG BP 0.5-40 Hz", "ECG Resp", "ECG, lead II (MLII)"),
    *("Electrocardiogram", "Elektrokardiogramm", "Électrocardiogramme", "ЭКГ", "心电图", "心電図"),
    *("导联 II", "第II誘導", "V1導聯", "отведение aVF"),
)  # fmt: skip
OTHERS: dict[SignalKind, tuple[str, ...]] = {
    "EEG": (
        *("EEG", "EEG1", "EEG Fpz-Cz", "EEG(sec)", "EEG (C4-A1)", "Fp1", "FP1-F7", "F3-M2", "C3A2", "C4-A1", "O2-M1"),
        *("Fc5.", "Cz..", "T3", "Pz", "C3", "A1", "E0", "E17", "E256", "Fz-ref", "C3-LE", "ECoG", "C3-2"),
        "EEG (ECG artefact removed)",
    ),
    "EOG": ("EOG(L)", "EOG (right)", "HEOG", "Lefteye", "RightEye", "ROC-LOC", "LOC-A2", "E1-M2", "E2-M1"),
    "EMG": (
        "EMG",
        "EMG submental",
        "EMG1-EMG2",
        "EMG chin",
        "Chin1-Chin2",
        "LChin-CChin",
        "Leg/L",
        "LLEG",
        "TIB Sx",
        "L-LEG_1",
        "R Leg",
        "LAT1",
        "larm",
        "PLMl",
        "ChinL",
    ),
    "respiration": (
        *("Resp", "RESP,", "Resp (nasal)", "Resp. Imp.", "Resp C", "Resp (ECG)", "EDR", "Respiración", "Impedance"),
        *("Nasal", "NASAL", "Airflow", "AIR FLOW", "Flow", "Flusso", "Oral", "Cannula", "CPAP flow", "nasal pressure"),
        *("CHEST", "Chest belt", "Thorax", "THOR RES", "ThorEffort", "TORACE", "ABD", "Abdo", "ADDOME", "Abdomen_3"),
        *("Sum", "ribcage", "RIP Abdomen", "AbdDC", "thermal", "Leak", "C-FLOW", "Nasal Canula", "PTAF"),
    ),
    "pleth": ("Pleth", "PLETH,", "PPG", "wrist_ppg_green"),
    "oxygen saturation": ("SpO2", "SPO2", "SaO2", "SO2", "SpO₂", "OX STAT", "OxStatus", "Oximeter"),
    "pressure": ("ABP", "ART", "ART1", "PAP", "CVP", "BP", "NIBP", "ICP", "Arterial pressure", "Pres", "Blutdruck"),
    "gas": ("CO2", "EtCO2", "etCO2 (mmHg)", "TCCO2"),
    "sound": ("Sound", "Snore", "Mic", "PCG", "Phono"),
    "temperature": ("Temp rectal", "Température", "TEMP1"),
    "position or movement": ("POSITION", "BodyPos", "Posizione", "acc_x", "wrist_gyro_x", "SCG"),
    "skin conductance": ("GSR", "foot GSR", "EDA"),
    "rate": ("HR", "H.R.", "PR", "Pulse", "Heart rate", "HRate", "PulseRate"),
    "marker or device state": ("Event marker", "Trigger", "STI 014", "DC01", "LIGHT", "Pacer"),
    "ECG of a fetus": ("FECG", "fetal ECG"),
    "ECG inside the heart": ("CS12", "CS 1-2", "HRA", "HIS d"),
    "about an ECG": ("EKG_Off", "z-ECG", "ECG HR", "ECG heart rate", "ECG impedance", "ECG derived respiration"),
}
UNKNOWN = ("chan 1", "ch0", "signal 3", "lead1", "noise1", "X", "Y", "1", "--0", "?", "", "Channel II", "col 7", "B1")


@pytest.mark.parametrize("name", dict.fromkeys([*ECG, *LIMB, *PRECORDIAL]))
def test_names_of_leads_are_known(name: str) -> None:
    assert kind_by_name(name) == "ECG"


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, listed in OTHERS.items() for name in listed])
def test_other_signals_are_never_ecg(kind: SignalKind, name: str) -> None:
    assert kind_by_name(name) == kind


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_name_that_says_nothing_is_not_guessed(name: str) -> None:
    assert kind_by_name(name) is None


SIX = ("C1", "C2", "C3", "C4", "C5", "C6")


@pytest.mark.parametrize(
    "others",
    [
        ("I", "II", "III", "aVR", "aVL", "aVF"),
        ("II",),
        ("ECG I", "ECG II"),
        ("MLII", "Resp"),
        ("Lead II", "Pleth"),
        ("DII",),
    ],
)
@pytest.mark.parametrize("chest", [SIX, ("C1",), ("c5",), ("C 2", "C-4"), ("C6 (mV)",), ("C1", "C3")])
def test_c1_to_c6_beside_limb_leads_are_chest_leads(chest: tuple[str, ...], others: tuple[str, ...]) -> None:
    assert {kind_beside(name, others + chest) for name in chest} == {"ECG"}


@pytest.mark.parametrize(
    "eeg", [("Cz",), ("Fp1", "O2"), ("EEG 1",), ("P1", "II"), ("EOG-L", "ECG II"), ("T3", "I", "aVR")]
)
@pytest.mark.parametrize("named", [SIX, ("C3", "C4"), ("C1",)])
def test_c1_to_c6_beside_eeg_or_eog_are_eeg(named: tuple[str, ...], eeg: tuple[str, ...]) -> None:
    assert {kind_beside(name, named + eeg) for name in named} == {"EEG"}


@pytest.mark.parametrize(
    "names", [SIX, ("C1",), ("C3", "C4", "II"), ("C4", "ECG"), ("C2", "V5"), ("C5", "Resp", "chan 1")]
)
def test_otherwise_the_names_do_not_tell_c1_to_c6(names: tuple[str, ...]) -> None:
    assert {kind_beside(name, names) for name in names if name in SIX} == {None}


@given(st.sampled_from([*ECG, *UNKNOWN, *(name for listed in OTHERS.values() for name in listed if name != "C3")]))
def test_the_other_names_do_not_matter_for_any_other_name(name: str) -> None:
    assert kind_beside(name, (name, "II", "C1", "Cz")) == kind_by_name(name)


@given(
    st.sampled_from([name for name in ECG if name.isascii()]),
    st.sampled_from(["", " ", "  ", "-", ".", ","]),
    st.sampled_from([str.lower, str.upper, str]),
)
def test_case_and_punctuation_around_a_name_do_not_matter(name: str, mark: str, case: type[str]) -> None:
    assert kind_by_name(f"{mark}{case(name)}{mark}") == "ECG"


@given(st.text(max_size=40))
def test_what_begins_with_ecg_is_ecg_unless_it_describes_an_ecg(rest: str) -> None:
    assert kind_by_name(f"ECG {rest}") in ("ECG", "about an ECG")
    kind_by_name(rest)  # any text is judged


def test_examples() -> None:
    assert doctest.testmod(names).attempted > 0
    assert not doctest.testmod(names).failed
