"""The choice of leads: by a person, by name, by unit, by shape, each with its reason."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import wfdb
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.support.records_on_disk import counting, write_record
from tests.support.uploads import edf_bytes
from wardbeat.contracts.codec import MAX_LEADS
from wardbeat.ecg.io.records import find_records, open_record
from wardbeat.ecg.selection.choice import JudgedSignal, LeadChoice, SourceSignal, choose_leads_of, why_no_lead
from wardbeat.ecg.synthetic import synthetic_record
from wardbeat.errors import RecordError

NAMES = st.text("IVaRLFC123 -", min_size=1, max_size=6) | st.sampled_from(["ECG", "chan 1", "Resp", "Fp1", "x"])


def choose(
    names: Sequence[str], wanted: Sequence[str] = (), shaped: Sequence[str] = (), unit: str = "mV"
) -> LeadChoice:
    """The choice among signals of one unit, of which ``shaped`` have the shape of an ECG."""
    signals = [SourceSignal(name, unit, unit == "mV") for name in names]
    judged = {signal.name: why_no_lead(signal, signals, wanted) for signal in signals}
    candidates = [name for name, reason in judged.items() if reason is None]
    left_out = [JudgedSignal(name, reason) for name, reason in judged.items() if reason]
    return choose_leads_of("r.hea", candidates, left_out, wanted, lambda name: name in shaped)


def test_names_decide_first_and_leads_by_name_come_first() -> None:
    choice = choose(["chan 1", "C3-M2", "ECG", "chan 2", "Nasal", "V5"], shaped=["chan 1"])
    assert list(map(str, choice.leads)) == ["ECG (ECG by name)", "V5 (ECG by name)", "chan 1 (ECG by shape)"]
    assert list(map(str, choice.left_out)) == [
        "C3-M2 (EEG by name)", "Nasal (respiration by name)", "chan 2 (no ECG by shape)"
    ]  # fmt: skip


def test_an_ecg_behind_many_other_channels_is_taken() -> None:
    choice = choose([*(f"E{number}" for number in range(18)), *(f"x{number}" for number in range(20)), "ECG"])
    assert choice.names == ("ECG",)
    assert len(choice.left_out) == 38


def test_more_leads_than_a_chunk_can_carry_are_counted() -> None:
    choice = choose([f"ECG{number}" for number in range(MAX_LEADS + 3)])
    assert len(choice.leads) == MAX_LEADS
    assert [lead.reason for lead in choice.left_out] == ["more than 16 leads"] * 3


@pytest.mark.parametrize("unit", ["mmHg", "%", ""])
def test_what_is_no_voltage_is_no_lead_whatever_its_name(unit: str) -> None:
    with pytest.raises(RecordError, match=r"r\.hea: holds no ECG lead, its signals are II \(its unit .* no voltage\)"):
        choose(["II"], unit=unit)
    with pytest.raises(RecordError, match=r"has no lead 'II' to choose, its signals are II \(its unit"):
        choose(["II"], wanted=["II"], unit=unit)


@pytest.mark.parametrize("unit", ["mmHg", "MMHG", "mm Hg", "cmH2O", "cmH₂O", "kPa", "mbar"])
@pytest.mark.parametrize("name", ["P1", "P2", "F1", "C1", "chan 3"])
def test_a_pressure_by_its_unit_is_a_pressure(name: str, unit: str) -> None:
    signals = [SourceSignal(name, unit, in_volts=False), SourceSignal("Fz", "uV", in_volts=True)]
    assert why_no_lead(signals[0], signals) == "pressure by unit"


def test_a_pressure_does_not_make_chest_leads_eeg() -> None:
    signals = [SourceSignal("P1", "mmHg", False), *(SourceSignal(name, "mV", True) for name in ("II", "C1"))]
    assert [why_no_lead(signal, signals) for signal in signals] == ["pressure by unit", None, None]


def test_c1_to_c6_are_chest_leads_beside_limb_leads_whatever_their_shape() -> None:
    names = ["I", "II", "III", "aVR", "aVL", "aVF", "C1", "C2", "C3", "C4", "C5", "C6"]
    assert choose(names).names == tuple(names)


def test_c1_to_c6_among_eeg_are_eeg_whatever_their_shape() -> None:
    names = ["Fp1", "C3", "C4", "O1"]
    with pytest.raises(RecordError, match=r"C3 \(EEG by name\), C4 \(EEG by name\)"):
        choose(names, shaped=names)


def test_the_shape_tells_c1_to_c6_without_other_names() -> None:
    choice = choose(["C3", "C4", "II"], shaped=["C4"])
    assert list(map(str, choice.leads)) == ["II (ECG by name)", "C4 (ECG by shape)"]
    assert list(map(str, choice.left_out)) == ["C3 (no ECG by shape)"]
    assert choose(["C1", "C2", "C5"], shaped=["C1", "C2", "C5"]).names == ("C1", "C2", "C5")


def test_a_person_chooses_any_voltage_in_any_order() -> None:
    choice = choose(["C3", "II", "V5"], wanted=["v-5", "C3", "V5"])
    assert choice.names == ("V5", "C3")
    assert {lead.reason for lead in choice.leads} == {"chosen by hand"}
    assert list(map(str, choice.left_out)) == ["II (not chosen by hand)"]


def test_the_exact_name_comes_before_a_similar_one() -> None:
    assert choose(["v-1", "V1"], wanted=["V1"]).names == ("V1",)


def test_a_lead_that_is_missing_is_named_with_those_there_are() -> None:
    with pytest.raises(RecordError, match=r"has no lead 'V9' to choose, its signals are .*II \(not chosen by hand\)"):
        choose(["II", "Resp"], wanted=["V9"])


def test_a_source_without_ecg_names_its_signals_and_the_next_step() -> None:
    with pytest.raises(RecordError, match=r"Fp1 \(EEG by name\), x \(no ECG by shape\); if one is ECG, choose it"):
        choose(["Fp1", "x"])
    with pytest.raises(RecordError, match="its signals are none"):
        choose([])


@given(st.lists(NAMES, unique=True, max_size=40), st.sets(NAMES))
def test_every_signal_is_a_lead_or_left_out_and_has_a_reason(names: list[str], shaped: set[str]) -> None:
    try:
        choice = choose(names, shaped=sorted(shaped))
    except RecordError:
        return
    assert sorted([*choice.names, *(one.name for one in choice.left_out)]) == sorted(names)
    assert all(one.reason for one in (*choice.leads, *choice.left_out))
    assert 1 <= len(choice.leads) <= MAX_LEADS


def heart_beside(*others: NDArray[np.float64]) -> NDArray[np.int64]:
    """Other signals of 60 s at 250 Hz in mV, and an ECG behind them, in ADC units of 1 µV."""
    signals = [other[: 60 * 250] for other in others]
    d_signal: NDArray[np.int64] = np.rint(np.stack([*signals, synthetic_record("sinus", 60).p_signal[0]]) * 1000)
    return d_signal.astype(np.int64)


def test_a_signal_of_an_unknown_name_is_a_lead_by_its_shape(tmp_path: Path) -> None:
    slow = np.sin(np.arange(60 * 250) / 100)
    path = write_record(tmp_path, heart_beside(slow, slow), gain=1000, sig_name=["a", "b", "c"])
    record = open_record(path)
    assert str(record.choice) == "c (ECG by shape); 2 left out: a, b (no ECG by shape)"
    assert record.left_out == ("a (no ECG by shape)", "b (no ECG by shape)")
    with pytest.raises(RecordError, match=r"rec\.hea: holds no ECG lead, its signals are a \(no ECG by shape\)"):
        open_record(write_record(tmp_path, heart_beside(slow)[:1], gain=1000, sig_name=["a"]))


def test_signals_of_an_edf_file_are_chosen_in_the_same_way(tmp_path: Path) -> None:
    ecg, slow = synthetic_record("sinus", 60).p_signal[0], np.sin(np.arange(60 * 250) / 100)
    signals = {"EEG C3-A2": slow, "chan 1": slow, "chan 2": ecg, "EKG": ecg, "Resp oro-nasal": slow}
    (tmp_path / "psg.edf").write_bytes(edf_bytes(signals, 250))
    record = open_record(tmp_path / "psg")
    assert str(record.choice) == (
        "EKG (ECG by name); chan 2 (ECG by shape); "
        "3 left out: EEG C3-A2 (EEG by name); Resp oro-nasal (respiration by name); chan 1 (no ECG by shape)"
    )
    assert open_record(tmp_path / "psg", ["chan 1"]).sig_name == ("chan 1",)


def test_the_shape_tells_chest_leads_from_electrodes_on_the_head(tmp_path: Path) -> None:
    ecg, noise = synthetic_record("sinus", 60).p_signal[0], np.random.default_rng(1).normal(0, 0.05, 60 * 250)
    (tmp_path / "holter.edf").write_bytes(edf_bytes({"C1": ecg, "C4": noise}, 250))
    assert str(open_record(tmp_path / "holter").choice) == "C1 (ECG by shape); 1 left out: C4 (no ECG by shape)"
    (tmp_path / "eeg.edf").write_bytes(edf_bytes({"C1": ecg, "C4": noise, "Cz": noise, "ECG": ecg}, 250))
    assert open_record(tmp_path / "eeg").sig_name == ("ECG",)
    (tmp_path / "twelve.edf").write_bytes(edf_bytes({"II": ecg, "C1": noise, "C4": ecg}, 250))
    assert open_record(tmp_path / "twelve").sig_name == ("II", "C1", "C4")


def test_the_rate_of_an_edf_file_is_that_of_its_leads(tmp_path: Path) -> None:
    signals = {"EEG C3": np.zeros(60 * 500), "x": np.zeros(60 * 500), "ECG": synthetic_record("sinus", 60).p_signal[0]}
    (tmp_path / "psg.edf").write_bytes(edf_bytes(signals, (500, 500, 250)))
    record = open_record(tmp_path / "psg")
    assert (record.sig_name, record.fs, record.n_samples) == (("ECG",), 250.0, 60 * 250)


def test_an_ecg_behind_many_channels_comes_first(tmp_path: Path) -> None:
    names = [*(f"E{number}" for number in range(18)), "ECG"]
    path = write_record(tmp_path, heart_beside(*np.zeros((18, 60 * 250))), gain=1000, sig_name=names)
    record = open_record(path)
    assert record.sig_name == ("ECG",)
    assert len(record.left_out) == 18


def test_a_person_chooses_the_leads_and_their_order(tmp_path: Path) -> None:
    d_signal = counting(3, 500)
    path = write_record(tmp_path, d_signal, sig_name=["Chest", "II", "V1"])
    record = open_record(path, ["v1", "Chest"])
    assert record.sig_name == ("V1", "Chest")
    assert np.array_equal(record.read(0, 500), d_signal[[2, 0]])
    assert record.left_out == ("II (not chosen by hand)",)
    with pytest.raises(RecordError, match=r"rec\.hea: has no lead 'V7' to choose"):
        open_record(path, ["V7"])


@pytest.mark.parametrize(
    ("case", "n_left_out"), [("A1/psg", 12), ("A3/eegmany", 18), ("A5/bandpass", 0), ("A5/respg", 1)]
)
def test_the_ecg_of_recordings_with_other_signals_is_found(shared_cases: Path, case: str, n_left_out: int) -> None:
    record = open_record(shared_cases / case)
    assert [name.startswith("ECG") for name in record.sig_name] == [True]
    assert len(record.left_out) == n_left_out


@pytest.mark.slow
@pytest.mark.parametrize("data_set", ["mitdb", "svdb", "vfdb", "nsrdb", "challenge-2015", "challenge-2017"])
def test_all_signals_of_the_data_sets_are_leads(shared_data: Path, data_set: str) -> None:
    paths = find_records(shared_data / data_set)
    for path in paths[:: 1 + len(paths) // 400]:
        record = open_record(path)
        assert record.sig_name == tuple(wfdb.rdheader(str(path)).sig_name), path
        assert not record.left_out
