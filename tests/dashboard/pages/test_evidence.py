"""The evidence panel: texts and figures."""

import json

import msgspec
import numpy as np
import pytest

from dashboard.pages import evidence
from dashboard.views import alert_detail
from tests.support.samples import make_alert
from wardbeat.care import alert_lifecycle
from wardbeat.care.alert_lifecycle import AlertRecord
from wardbeat.contracts.messages import Evidence


@pytest.fixture
def record() -> AlertRecord:
    strip = np.zeros((2, 500), dtype="<i2")
    strip[0, 10] = -32768
    strip[1, :] = 1000
    shown = Evidence(
        rule="5 or more ventricular beats at 100/min or more",
        value=132.0,
        threshold=100.0,
        unit="/min",
        beats=((9.5, "N"), (10.0, "V"), (11.0, "V"), (12.5, "V")),
        beat_probabilities=((1.0, 0.0, 0.0, 0.0, 0.0), *(((0.1, 0.0, 0.9, 0.0, 0.0),) * 3)),
        p_abnormal=0.93,
        reconstruction_error=2.71828,
        strip_start_s=10.0,
        strip_end_s=12.0,
        strip_fs_hz=250,
        strip_sig_name=("MLII", "V5"),
        strip=strip.tobytes(),
    )
    alert = make_alert("ventricular_tachycardia", onset_sample=8 * 360)
    alert = msgspec.structs.replace(alert, raised_sample=11 * 360, evidence=shown)
    return alert_lifecycle.begin(alert, now_ns=1_700_000_000_000_000_000)


def text_of(component: object) -> str:
    return json.dumps(component, default=lambda part: part.to_plotly_json())


def test_the_panel_has_rule_value_threshold_and_scores(record: AlertRecord) -> None:
    text = text_of(evidence.panel(record))
    for words in (
        "Why: Ventricular tachycardia", "5 or more ventricular beats at 100/min or more", "132 /min", "100 /min",
        "93% abnormal", "2.72: above 1, as 1 of 1000 normal windows is", "1 normal, 3 ventricular (90% sure)",
    ):  # fmt: skip
        assert words in text, words


def test_beats_are_above_the_strip_in_seconds_from_the_decision(record: AlertRecord) -> None:
    figure = evidence.strip_figure(record.alert)
    assert [(note.x, note.text) for note in figure.layout.annotations] == [(-1.0, "V"), (0.0, "V"), (0.0, "alert")]
    assert [(trace.x[0], len(trace.x)) for trace in figure.data] == [(-1.0, 500), (-1.0, 500)]
    assert np.isnan(figure.data[0].y[10])
    assert figure.data[1].y[0] == 1.0  # mV


@pytest.mark.parametrize(("ended_s", "to_s"), [(None, 1.0), (11.5, 0.5), (60.0, 1.0)])
def test_the_time_in_which_the_condition_held_is_lighter(
    record: AlertRecord, ended_s: float | None, to_s: float
) -> None:
    ended_sample = None if ended_s is None else round(ended_s * 360)
    shapes = evidence.strip_figure(msgspec.structs.replace(record.alert, ended_sample=ended_sample)).layout.shapes
    episode = next(shape for shape in shapes if shape.type == "rect")
    assert (episode.x0, episode.x1) == (-1.0, to_s), "from the onset, or from the start of the strip if that is later"


@pytest.mark.parametrize(
    "changes", [{"strip": b"", "strip_end_s": 0.0}, {"strip_sig_name": ()}, {"strip": b"odd"}, {"strip_fs_hz": 0}]
)
def test_without_a_strip_the_words_remain(record: AlertRecord, changes: dict[str, object]) -> None:
    assert "No ECG came with this alert" in text_of(evidence.panel(with_evidence(record, **changes)))


def test_an_old_alert_shows_that_its_ecg_is_deleted(record: AlertRecord) -> None:
    old = with_evidence(record, strip=b"", reconstruction=b"", residual=b"", strip_start_s=1.0, strip_end_s=31.0)
    assert "kept for 7 days" in text_of(evidence.panel(old))


def with_evidence(record: AlertRecord, **changes: object) -> AlertRecord:
    shown = msgspec.structs.replace(record.alert.evidence, **changes)
    return msgspec.structs.replace(record, alert=msgspec.structs.replace(record.alert, evidence=shown))


def test_a_window_is_drawn_at_its_time_with_the_difference_of_the_ecg(record: AlertRecord) -> None:
    rebuilt, residual = np.full((2, 100), 250, "<i2"), np.full((2, 100), -500, "<i2")
    shown = msgspec.structs.replace(
        record.alert.evidence, window_start_s=10.5, reconstruction=rebuilt.tobytes(), residual=residual.tobytes()
    )
    alert = msgspec.structs.replace(record.alert, evidence=shown)
    traces = evidence.window_figure(alert).data
    assert [trace.name for trace in traces] == ["ECG", "ECG", "difference", "rebuilt", "difference", "rebuilt"]
    assert (traces[0].x[0], traces[0].y[0]) == (-0.5, -0.25)
    assert (traces[3].x[0], traces[3].y[0], traces[2].y[0]) == (-0.5, 0.25, -0.5)
    rebuilt_record = msgspec.structs.replace(record, alert=alert)
    assert "Reconstruction by the network" in text_of(evidence.panel(rebuilt_record))
    assert "Reconstruction by the network" not in text_of(evidence.panel(record))
    assert alert_detail(rebuilt_record).evidence.residual_uv[1] == [-500] * 100


def test_a_lead_name_is_never_markup(record: AlertRecord) -> None:
    figure = evidence.strip_figure(with_evidence(record, strip_sig_name=("<b>x</b>", "V5 & aVF")).alert)
    assert (figure.layout.yaxis.title.text, figure.layout.yaxis2.title.text) == ("&lt;b&gt;x&lt;/b&gt;", "V5 &amp; aVF")
