import pytest

from models.classify.twelve_lead_order import STANDARD_LEADS, positions
from wardbeat.errors import RecordError


def test_leads_are_found_in_any_order_and_spelling() -> None:
    names = [f"ECG {lead.upper()}" if lead.startswith("a") else f" lead-{lead} " for lead in reversed(STANDARD_LEADS)]
    assert positions(names) == list(range(11, -1, -1))


def test_the_chest_leads_may_have_their_iec_names() -> None:
    assert positions(["C2", "ECG C1", "II"], ["II", "V1", "V2"]) == [2, 1, 0]


def test_the_first_of_two_leads_of_one_name_counts() -> None:
    assert positions(["V1", "II", "II"], ["II"]) == [1]


def test_leads_that_are_missing_are_named() -> None:
    with pytest.raises(RecordError, match=r"the record has no aVF, V6$"):
        positions([lead for lead in STANDARD_LEADS if lead not in ("aVF", "V6")])
