"""The monitor's findings in a signal."""

from functools import partial

import pytest

from processors.offline.annotate import Annotations
from tests.support.monitor_findings import alert, findings
from tests.support.samples import make_alert
from training.evaluation.alerts.findings import MonitorRun, MonitorRunBatch, findings_of, run_monitor
from training.evaluation.alerts.scores.intervals import TimeInterval
from wardbeat.ecg.waveforms import waveform_record


def test_an_active_alert_lasts_until_the_end_of_the_signal() -> None:
    found = findings(ended := alert("pause", 10, 14, 12), active := alert("asystole", 20, 25), duration_s=30)
    assert (found.condition(ended), found.shown(ended)) == (TimeInterval(10, 12), TimeInterval(14, 14))
    assert (found.condition(active), found.shown(active)) == (TimeInterval(20, 30), TimeInterval(25, 30))


def test_alerts_are_in_the_order_of_their_raising_with_their_evidence() -> None:
    late, early = make_alert("pause", 720), make_alert("asystole", 360)
    annotations = Annotations(360.0)
    annotations.add(late)
    annotations.add(early)
    found = findings_of("rec", 60.0, annotations)
    assert [one.code for one in found.alerts] == ["asystole", "pause"]
    assert (found.alerts[1].rule, found.alerts[1].value, found.alerts[1].unit) == ("RR interval", 3.2, "s")
    assert found.alerts[1].raised_s == pytest.approx((720 + 1080) / 360)


@pytest.mark.slow
def test_the_monitor_receives_the_signal_between_start_and_stop_only() -> None:
    source = partial(waveform_record, "step_80_40")
    runs = [MonitorRun("whole", source, 0.0, 50.0), MonitorRun("end", source, 20.0, 50.0)]
    end, whole = sorted(run_monitor(MonitorRunBatch(runs, None)), key=lambda found: found.name)
    assert (whole.name, whole.duration_s, end.name, end.duration_s) == ("whole", 50.0, "end", 30.0)
    assert [t_s for t_s, _ in end.hr_bpm][-1] <= 30.0
    rates = [bpm for t_s, bpm in whole.hr_bpm if t_s > 20]
    assert rates
    assert all(bpm == pytest.approx(80, abs=2) for bpm in rates)
