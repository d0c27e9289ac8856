"""Every lead gets a name that a chunk takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardbeat.contracts.codec import MAX_LEAD_NAME
from wardbeat.ecg.io.lead_names import lead_names

LONG = "ECG lead II, left chest, modified, Holter channel 1 of 3, band 0.05-150"


@pytest.mark.parametrize(
    ("given_names", "expected"),
    [
        (["II", "V5"], ("II", "V5")),
        (["II", " II ", "", "V\n1"], ("II", "II-2", "lead3", "V 1")),
        (["ECG", "ECG", "ECG-2", "ECG"], ("ECG", "ECG-2", "ECG-2-2", "ECG-3")),
        ([LONG], (LONG[:64],)),
        ([LONG, LONG, LONG + "!"], (LONG[:64], LONG[:62] + "-2", LONG[:62] + "-3")),
        (["Ableitung µ ä", "导联"], ("Ableitung µ ä", "导联")),
    ],
)
def test_names_are_printable_not_too_long_and_differ(given_names: list[str], expected: tuple[str, ...]) -> None:
    assert lead_names(given_names) == expected


@given(st.lists(st.text(max_size=100) | st.sampled_from(["I", "I-2", LONG]), max_size=12))
def test_a_chunk_takes_any_of_them(given_names: list[str]) -> None:
    names = lead_names(given_names)
    assert len(set(names)) == len(names) == len(given_names)
    assert all(1 <= len(name) <= MAX_LEAD_NAME for name in names)
