"""The leads are chosen by name, in any order of the recorder."""

import doctest
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardbeat.ecg import leads
from wardbeat.ecg.io.records import open_record
from wardbeat.ecg.leads import choose_leads

TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


@pytest.mark.parametrize(
    ("sig_name", "chosen"),
    [
        (("MLII", "V5"), (0, 1)),
        (("V5", "MLII"), (1, 0)),  # mitdb 114
        (("MLII", "V1"), (0, 1)),
        (("V5", "V2"), (0, 1)),  # mitdb 102 and 104: V2 is the precordial one by rank, V5 stands in
        (TWELVE, (1, 6)),
        (TWELVE[::-1], (10, 5)),
        (("I", "II", "C5", "C1"), (1, 3)),  # IEC names of V5 and V1
        (("ECG II", "ECG V"), (0, 1)),
        (("ecg_lead ii", "mV1"), (0, 1)),
        (("II",), (0, -1)),
        (("V1",), (0, -1)),
        (("ECG",), (0, -1)),
        (("ECG1", "ECG2"), (0, 1)),  # svdb
        (("ECG", "ECG"), (0, 1)),
        (("PLETH", "II"), (1, 0)),
        (("", ""), (0, 1)),
    ],
)
def test_leads_are_chosen_by_name(sig_name: tuple[str, ...], chosen: tuple[int, int]) -> None:
    assert choose_leads(sig_name) == chosen


@given(st.permutations(TWELVE))
def test_the_order_of_twelve_leads_does_not_change_the_choice(sig_name: list[str]) -> None:
    limb, precordial = choose_leads(tuple(sig_name))
    assert (sig_name[limb], sig_name[precordial]) == ("II", "V1")


@given(st.lists(st.sampled_from([*TWELVE, "MLII", "ECG", "x", "", "é"]) | st.text(max_size=8), min_size=1, max_size=16))
def test_any_names_give_one_lead_and_a_second_if_there_is_one(sig_name: list[str]) -> None:
    limb, precordial = choose_leads(tuple(sig_name))
    assert 0 <= limb < len(sig_name)
    assert precordial != limb
    assert (0 <= precordial < len(sig_name)) if len(sig_name) > 1 else precordial == -1


def test_lead_ii_is_chosen_if_there_is_one(shared_data: Path) -> None:
    for name in ("100", "114", "102"):
        record = open_record(shared_data / "mitdb" / name)
        limb, _ = choose_leads(record.sig_name)
        assert record.sig_name[limb] == ("MLII" if "MLII" in record.sig_name else "V5")


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(leads).failed == 0
