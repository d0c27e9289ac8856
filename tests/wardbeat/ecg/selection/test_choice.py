"""The choice of leads: by a person, by name, by unit, by shape, each with its reason."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardbeat.contracts.codec import MAX_LEADS
from wardbeat.ecg.selection.choice import JudgedSignal, LeadChoice, SourceSignal, choose_leads_of, why_no_lead
from wardbeat.errors import RecordError

NAMES = st.text("IVaRLFC123 -", min_size=1, max_size=6) | st.sampled_from(["ECG", "chan 1", "Resp", "Fp1", "x"])


def choose(
    names: Sequence[str], wanted: Sequence[str] = (), shaped: Sequence[str] = (), unit: str = "mV"
) -> LeadChoice:
    """The choice among signals of one unit, of which ``shaped`` have the shape of an ECG."""
    judged = {name: why_no_lead(SourceSignal(name, unit, unit == "mV"), wanted) for name in names}
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
