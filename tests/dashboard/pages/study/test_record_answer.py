"""The answer about a record: its texts and its strips."""

from typing import Any

import numpy as np
import pytest

from dashboard.classify_client import RecordReply, StripReply
from dashboard.pages.study.record_answer import panel, strips_figure, time_of
from tests.support.layouts import text_of


def make_reply(**changes: Any) -> RecordReply:
    facts: dict[str, Any] = {
        "record": "p1",
        "leads": ["I", "<i>II</i>"],
        "fs_hz": 500,
        "duration_s": 10.0,
        "superclasses": {"NORM": 0.2, "MI": 0.7},
        "found": ["MI"],
        "abnormal": 0.8,
        "rhythm": {"SR": 0.9, "AF": 0.1},
        "reason": None,
        "monitor": {"beats": {"N": 11, "S": 0, "V": 2}, "rhythms": [], "alerts": [], "mean_hr_bpm": 71.6},
        "strips": [{"lead": "I", "fs_hz": 250, "mv": [0.0] * 2500}],
    }
    return RecordReply.model_validate(facts | changes)


def shown(reply: RecordReply) -> str:
    return text_of(panel(reply)).replace("\u00a0", " ")


def test_the_networks_answer_with_probabilities_and_what_is_above_its_threshold() -> None:
    text = shown(make_reply())
    for words in (
        "p1", "2 leads (I, <i>II</i>), 500 Hz, 10.0 s", "abnormal 80.0 % normal 20.0 %",
        "myocardial infarction (MI) 70.0 % normal ECG (NORM) 20.0 %", "Above their thresholds: myocardial infarction",
        "sinus rhythm (SR) 90.0 % atrial fibrillation (AF) 10.0 %",
    ):  # fmt: skip
        assert words in text, words


def test_signals_that_are_left_out_are_counted_and_named() -> None:
    text = shown(make_reply(left_out=["Resp (respiration by name)"]))
    assert "10.0 s; 1 left out: Resp (respiration by name)" in text
    assert "left out" not in shown(make_reply())


def test_without_twelve_leads_the_reason_stands_there_and_the_monitor_answers() -> None:
    reason = "the record has 1 lead"
    text = shown(make_reply(superclasses=None, found=None, abnormal=None, rhythm=None, reason=reason))
    assert "12-lead networks The record has 1 lead The ward's monitor" in text
    assert "72 /min" in text
    assert "11 normal (N), 2 ventricular (V)" in text


def test_rhythms_and_alerts_have_their_times() -> None:
    monitor: dict[str, Any] = {
        "beats": {},
        "rhythms": [{"start_s": 0.0, "rhythm": "(N"}, {"start_s": 83.4, "rhythm": "(VT"}],
        "alerts": [
            {"words": "Asystole", "priority": "high", "onset_s": 61.0, "ended_s": 65.9},
            {"words": "Lead off", "priority": "low", "onset_s": 70.0, "ended_s": None},
        ],
        "mean_hr_bpm": None,
    }
    text = shown(make_reply(monitor=monitor))
    for words in (
        "not measured", "Beats none", "0:00 no arrhythmia named (N)", "1:23 ventricular tachycardia (VT)",
        "1:01 !!! Asystole, to 1:05", "1:10 ! Lead off, to the end",
    ):  # fmt: skip
        assert words in text, words


def test_many_alerts_end_with_their_number() -> None:
    alert = {"words": "Pause", "priority": "medium", "onset_s": 1.0, "ended_s": 2.0}
    monitor: dict[str, Any] = {"beats": {}, "rhythms": [], "alerts": [alert] * 205, "mean_hr_bpm": None}
    text = shown(make_reply(monitor=monitor))
    assert text.count("Pause") == 200
    assert "and 5 more" in text
    assert "Alerts that it would raise: 205" in text


@pytest.mark.parametrize(("duration_s", "title"), [(10.0, "The record"), (1800.0, "The first 10 s")])
def test_the_strips_state_what_part_they_show(duration_s: float, title: str) -> None:
    assert title in shown(make_reply(duration_s=duration_s))


def test_all_leads_are_drawn_in_one_scale_with_gaps_where_samples_are_invalid() -> None:
    small = StripReply(lead="I", fs_hz=250, mv=[0.0, None, 0.1] * 100)
    large = StripReply(lead="V1", fs_hz=250, mv=[-1.0, 1.0, 3.0] * 100)
    figure = strips_figure([small, large])
    assert np.isnan(figure.data[0].y[1])
    assert figure.data[1].x[-1] == pytest.approx(299 / 250)
    (low, high), (other_low, other_high) = figure.layout.yaxis.range, figure.layout.yaxis2.range
    assert high - low == pytest.approx(other_high - other_low)
    assert (other_low, other_high) == pytest.approx((-1.2, 3.2))


@pytest.mark.parametrize("mv", [[], [None] * 10, [0.001, -0.001] * 20])
def test_a_lead_without_signal_is_drawn_flat(mv: list[float | None]) -> None:
    figure = strips_figure([StripReply(lead="I", fs_hz=250, mv=mv)])
    low, high = figure.layout.yaxis.range
    assert high - low == pytest.approx(1.1)


def test_times_are_minutes_and_seconds() -> None:
    assert [time_of(second) for second in (0.0, 59.9, 754.2)] == ["0:00", "0:59", "12:34"]
