"""What the networks of twelve leads say about a record, and why they say nothing."""

from pathlib import Path

import pytest

from models.classify.twelve_lead import TwelveLeadClassifier
from models.classify.twelve_lead_order import STANDARD_LEADS
from processors.classify.classifiers import Classifiers
from processors.classify.lead_answers import answer_beginning, ask_networks, lead_row
from tests.support.uploads import twelve_lead_wfdb, twelve_leads
from wardbeat.ecg.io.records import open_record


def test_a_record_on_disk_is_read_as_far_as_the_networks_need_it(classifiers: Classifiers, tmp_path: Path) -> None:
    classifier = classifiers.twelve_lead.get()
    twelve_lead_wfdb(tmp_path, seconds=13.0)
    found = answer_beginning(classifier, open_record(tmp_path / "twelve"))
    assert found.reason is None
    row = lead_row(found)
    whole = lead_row(ask_networks(lambda: classifier, twelve_leads(13.0), STANDARD_LEADS, 500.0))
    assert row.superclasses == pytest.approx(whole.superclasses, abs=0.02)  # the file has steps of 5 µV
    assert row.abnormal == pytest.approx(1.0 - (row.superclasses or {})["NORM"], abs=1e-5)


def test_a_reason_stands_in_place_of_an_answer(classifiers: Classifiers, tmp_path: Path) -> None:
    classifier = classifiers.twelve_lead.get()
    missing = ask_networks(lambda: classifier, twelve_leads()[:2], ["I", "II"], 500.0)
    assert missing.reason is not None
    assert missing.reason.endswith("the record has I, II")
    assert lead_row(missing) == (None, None, None)
    no_bundle = ask_networks(lambda: TwelveLeadClassifier.load(tmp_path), twelve_leads(), STANDARD_LEADS, 500.0)
    assert no_bundle.reason is not None
    assert "`make study`" in no_bundle.reason
