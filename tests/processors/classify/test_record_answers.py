"""A record gets the networks' answer if it has twelve leads, and that of the ward's monitor in any case."""

from collections import Counter

import numpy as np
import pytest

from models.classify.twelve_lead_order import STANDARD_LEADS
from processors.classify.classifiers import Classifiers
from processors.classify.record_answers import classify_record, lead_strips
from processors.classify.records import read_record
from processors.classify.uploaded_record import record_of
from processors.monitor.patient_monitor import config_of
from processors.offline.annotate import annotate
from tests.support.uploads import excerpt_files, twelve_leads
from wardbeat.contracts.alert_codes import words_of
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.io.records import open_record


@pytest.mark.slow
def test_the_monitor_finds_what_annotate_finds(classifiers: Classifiers) -> None:
    networks = classifiers.ward.get()
    found = classify_record(classifiers.twelve_lead, networks, read_record(excerpt_files("207")))
    with excerpts_folder() as folder:
        config = config_of(networks.manifest.thresholds)
        ((_, wanted),) = annotate([open_record(folder / "207")], networks, config=config)
    assert found.monitor.beats == dict(Counter(beat.symbol for beat in wanted.beats))
    assert [one.rhythm for one in found.monitor.rhythms] == [one.rhythm for one in wanted.rhythms]
    assert [one.code for one in found.monitor.alerts] == [one.code for one in wanted.alerts.values()]
    assert all(one.words == words_of(one.code) for one in found.monitor.alerts)
    assert found.monitor.mean_hr_bpm == pytest.approx(
        np.mean([status.hr_bpm for status in wanted.status if status.hr_bpm is not None]), abs=0.05
    )
    assert (found.superclasses, found.found, found.abnormal, found.rhythm) == (None, None, None, None)
    assert found.reason is not None
    assert "MLII" in found.reason


def test_twelve_leads_are_answered_and_drawn(classifiers: Classifiers) -> None:
    signals = np.vstack([np.zeros((1, 6000)), twelve_leads(12.0)])
    record = record_of("twelve", 500.0, ("Resp", *STANDARD_LEADS), signals)
    found = classify_record(classifiers.twelve_lead, classifiers.ward.get(), record)
    assert (found.leads, found.left_out) == (list(STANDARD_LEADS), ["Resp (respiration by name)"])
    assert found.reason is None
    assert found.superclasses is not None
    assert found.abnormal == pytest.approx(1.0 - found.superclasses["NORM"], abs=1e-5)
    assert found.duration_s == 12.0
    assert [strip.lead for strip in found.strips] == list(STANDARD_LEADS)
    assert found.monitor.beats["N"] > 5


def test_a_strip_has_ten_seconds_at_most_and_no_invalid_sample() -> None:
    signal = np.tile(np.linspace(0.0, 1.0, 6000), (2, 1))
    signal[1, 100:200] = np.nan
    first, second = lead_strips(record_of("r", 500.0, ["II", "V1"], signal))
    assert (first.fs_hz, len(first.mv)) == (250.0, 2500)
    assert first.mv[1250] == pytest.approx(signal[0, 2500], abs=0.002)
    assert [place for place, value in enumerate(second.mv) if value is None] == list(range(50, 100))


def test_a_slow_record_is_drawn_at_its_own_rate() -> None:
    signal = np.linspace(0.0, 1.0, 128)[None]
    (strip,) = lead_strips(record_of("r", 128.0, ["II"], signal))
    assert strip.fs_hz == 128.0
    assert strip.mv == [round(value, 3) for value in signal[0].tolist()]
