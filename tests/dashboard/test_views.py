"""The views of alerts, pauses and the audit."""

from typing import get_args

import msgspec
import numpy as np
import pytest

from dashboard.views import (
    VERDICT_WORDS,
    alert_detail,
    alert_view,
    audit_view,
    off_view,
    pause_view,
    signal_of,
    verdict_view,
)
from tests.support.samples import make_alert, make_window
from wardbeat.care import alert_lifecycle
from wardbeat.care.alert_lifecycle import AlertRecord
from wardbeat.care.alert_off import AlertOff
from wardbeat.care.audio_pause import begin_pause
from wardbeat.care.audit import AuditEntry
from wardbeat.contracts.messages import Verdict

AT_NS = 1_700_000_000_000_000_000
TEXTS = ("paced rhythm", "pause_s", "<b>x</b>", "high", "two  spaces")


@pytest.fixture
def record() -> AlertRecord:
    """A ventricular tachycardia whose evidence has 2 s of two leads."""
    strip = np.zeros((2, 500), dtype="<i2")
    strip[0, 10] = -32768
    strip[1, :] = 1000
    alert = make_alert("ventricular_tachycardia", onset_sample=8 * 360)
    shown = msgspec.structs.replace(
        alert.evidence, strip=strip.tobytes(), strip_sig_name=("MLII", "V5"), strip_fs_hz=250,
        reconstruction=b"", residual=b"",
    )  # fmt: skip
    return alert_lifecycle.begin(msgspec.structs.replace(alert, evidence=shown), now_ns=AT_NS)


def test_an_alert_has_words_and_milliseconds(record: AlertRecord) -> None:
    view = alert_view(record)
    assert (view.words, view.priority, view.state, view.lasting) == ("Ventricular tachycardia", "high", "active", True)
    assert view.raised_ms == 1_700_000_000_000


def test_a_code_of_a_newer_worker_gets_words_and_the_last_urgency(record: AlertRecord) -> None:
    newer = msgspec.structs.replace(record, alert=msgspec.structs.replace(record.alert, code="torsade_de_pointes"))
    assert alert_view(newer).words == "Torsade de pointes"
    assert alert_view(newer).urgency > alert_view(record).urgency


def test_the_detail_has_the_strip_in_microvolts(record: AlertRecord) -> None:
    detail = alert_detail(record).evidence
    assert detail.strip_uv[0][9:12] == [0, None, 0]
    assert detail.strip_uv[1][0] == 1000
    assert signal_of(record.alert.evidence, record.alert.evidence.strip).shape == (2, 500)
    assert detail.reconstruction_uv == [[], []]


@pytest.mark.parametrize("text", TEXTS)
def test_text_that_people_typed_is_passed_on_verbatim(record: AlertRecord, text: str) -> None:
    commented = alert_lifecycle.acknowledge(record, "AB", AT_NS, text)
    assert [(comment.by, comment.text) for comment in alert_view(commented).comments] == [("AB", text)]
    assert off_view(AlertOff("couplet", text, "AB", AT_NS)).reason == text
    assert audit_view(AuditEntry(AT_NS, "bed-1", "x", "switched off", "AB", detail=text)).detail == text


def test_a_pause_has_its_times_in_milliseconds() -> None:
    pause = pause_view(begin_pause(None, "CD", 60, AT_NS))
    assert (pause.stream_id, pause.by) == (None, "CD")
    assert (pause.since_ms, pause.until_ms) == (1_700_000_000_000, 1_700_000_060_000)


@pytest.mark.parametrize("body", [b"", b"odd"])
def test_a_missing_or_damaged_signal_has_no_samples(record: AlertRecord, body: bytes) -> None:
    assert signal_of(record.alert.evidence, body).shape == (2, 0)


def test_a_window_has_words_for_its_verdict_its_rhythm_and_its_conditions() -> None:
    codes = ("ventricular_tachycardia", "pvc_rate")
    window = make_window(number=3, verdict="abnormal", conditions=codes, start_ns=AT_NS)
    view = verdict_view(msgspec.structs.replace(window, rhythm="(VT"))
    assert (view.from_ms, view.until_ms) == (1_700_000_015_000, 1_700_000_020_000)
    assert (view.words, view.rhythm) == ("Abnormal", "Ventricular tachycardia")
    assert (view.conditions, view.priority) == (["Ventricular tachycardia", "Frequent ventricular beats"], "high")


def test_a_normal_rhythm_needs_no_words_and_a_newer_code_has_its_name() -> None:
    for rhythm in ("(N", None):
        assert verdict_view(msgspec.structs.replace(make_window(), rhythm=rhythm)).rhythm is None
    view = verdict_view(make_window(verdict="abnormal", conditions=("torsade_de_pointes",)))
    assert (view.conditions, view.priority) == (["Torsade de pointes"], None)


def test_every_verdict_has_words() -> None:
    assert set(VERDICT_WORDS) == set(get_args(Verdict))
    assert len(set(VERDICT_WORDS.values())) == len(VERDICT_WORDS)
