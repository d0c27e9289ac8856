"""The text of ``--leads``."""

import doctest

import pytest

from wardbeat.ecg.selection import wanted
from wardbeat.ecg.selection.wanted import WantedLeads, wanted_leads
from wardbeat.errors import RecordError


def test_without_a_text_the_choice_is_automatic() -> None:
    assert wanted_leads([]) == WantedLeads()
    assert wanted_leads([]).of("100") == ()


def test_leads_of_a_record_replace_those_of_all() -> None:
    leads = wanted_leads(["II, V1", "102=V5,V2", "a=b=C 3"])
    assert (leads.of("100"), leads.of("102"), leads.of("a=b")) == (("II", "V1"), ("V5", "V2"), ("C 3",))
    leads.check_records(["102", "a=b", "100"])


@pytest.mark.parametrize("text", ["", ",", "II,", "102=", "=", " , II"])
def test_an_empty_name_is_refused(text: str) -> None:
    with pytest.raises(RecordError, match="separated by commas, an empty one given"):
        wanted_leads([text])


def test_the_same_records_twice_are_refused() -> None:
    with pytest.raises(RecordError, match="given twice"):
        wanted_leads(["II", "V1"])
    with pytest.raises(RecordError, match="given twice"):
        wanted_leads(["102=II", "102=V1"])


def test_a_misspelt_record_is_refused() -> None:
    with pytest.raises(RecordError, match=r"--leads 12=…: no such record is used, only 100, 102"):
        wanted_leads(["12=II"]).check_records(["102", "100"])


def test_examples() -> None:
    assert doctest.testmod(wanted).attempted > 0
    assert not doctest.testmod(wanted).failed
