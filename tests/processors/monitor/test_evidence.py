"""The evidence of an alert: the ECG around the decision, its beats and the window that covers it."""

from functools import cache
from typing import Any

import msgspec
import numpy as np
import pytest

from processors.monitor.evidence import AFTER_S, BEFORE_S, ClassifiedBeat, largest_ectopic
from processors.monitor.patient_monitor import PatientMonitor
from tests.support.monitor_runs import joined_strips, run_monitor
from tests.support.shipped_qrs import shipped_qrs
from wardbeat.contracts.messages import DISPLAY_FS_HZ, SYMBOLS, Alert, Beat
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.synthetic import synthetic_scenario


@cache
def outputs() -> tuple[Any, ...]:
    """Ninety seconds in which the heart stops at 40 s for 8 s."""
    scenario = synthetic_scenario([("sinus", 40), ("asystole", 8), ("sinus", 42)], fs=DISPLAY_FS_HZ)
    chunks = record_chunks(scenario, stream_id="bed", session_id="s", origin="synthetic")
    return tuple(run_monitor(PatientMonitor("bed", shipped_qrs()), chunks))


def messages_of(code: str) -> list[Alert]:
    found = [output for output in outputs() if isinstance(output, Alert) and output.code == code]
    assert len({alert.alert_id for alert in found}) == 1
    return found


def strip_of(alert: Alert) -> np.ndarray:
    evidence = alert.evidence
    strip = np.frombuffer(evidence.strip, "<i2").reshape(len(evidence.strip_sig_name), -1)
    assert strip.shape[1] == round((evidence.strip_end_s - evidence.strip_start_s) * evidence.strip_fs_hz)
    return strip


def test_the_first_message_has_the_signal_so_far_and_the_last_one_all_of_it() -> None:
    raised, *_, whole = messages_of("asystole")
    first, last = raised.evidence, whole.evidence
    assert raised.raised_s - 1 < first.strip_end_s <= raised.raised_s
    assert first.strip_end_s - first.strip_start_s == BEFORE_S
    assert last.strip_start_s == first.strip_start_s
    assert 0 <= last.strip_end_s - raised.raised_s - AFTER_S < 1
    np.testing.assert_array_equal(strip_of(raised), strip_of(whole)[:, : strip_of(raised).shape[1]])


def test_the_strip_equals_the_signal_on_the_screens() -> None:
    *_, whole = messages_of("asystole")
    shown = joined_strips(outputs())[:, int(whole.evidence.strip_start_s * DISPLAY_FS_HZ) :: 2]
    strip = strip_of(whole)
    np.testing.assert_allclose(strip, shown[:, : strip.shape[1]], atol=1)


def test_the_last_message_has_the_end_and_all_evidence() -> None:
    raised, ended, whole = messages_of("asystole")
    assert (raised.ended_sample, raised.evidence) == (None, ended.evidence)
    assert whole == msgspec.structs.replace(ended, evidence=whole.evidence)
    assert whole.ended_sample is not None


def test_an_alert_that_lasts_longer_than_its_strip_ends_with_the_complete_strip() -> None:
    scenario = synthetic_scenario([("sinus", 20), ("asystole", 30), ("sinus", 10)], fs=DISPLAY_FS_HZ)
    chunks = record_chunks(scenario, stream_id="bed", session_id="s", origin="synthetic")
    found = [out for out in run_monitor(PatientMonitor("bed", shipped_qrs()), chunks) if isinstance(out, Alert)]
    raised, whole, ended = [alert for alert in found if alert.code == "asystole"]
    assert len(raised.evidence.strip) < len(whole.evidence.strip)
    assert ended == msgspec.structs.replace(whole, ended_sample=ended.ended_sample)


def test_each_beat_comes_with_its_class_probabilities() -> None:
    evidence = messages_of("asystole")[-1].evidence
    beats = {round(beat.t_s, 3): beat for beat in outputs() if isinstance(beat, Beat)}
    assert len(evidence.beats) > 20
    for (t_s, symbol), probabilities in zip(evidence.beats, evidence.beat_probabilities, strict=True):
        assert evidence.strip_start_s <= t_s < evidence.strip_end_s
        assert symbol == beats[t_s].symbol == SYMBOLS[int(np.argmax(probabilities))]
        assert probabilities == pytest.approx(beats[t_s].probabilities, abs=5e-4)


def test_the_window_covers_the_decision() -> None:
    raised, *_, whole = messages_of("asystole")
    for alert in (raised, whole):
        window = np.frombuffer(alert.evidence.reconstruction, "<i2").reshape(2, -1)
        assert window.shape[1] == 5 * alert.evidence.strip_fs_hz
        assert len(alert.evidence.residual) == len(alert.evidence.reconstruction)
    assert raised.evidence.window_start_s + 5 <= raised.raised_s
    assert whole.evidence.window_start_s < whole.raised_s <= whole.evidence.window_start_s + 5


def test_the_largest_ectopic_probability_is_the_networks_own() -> None:
    fibrillating = ClassifiedBeat(250, (1.0, 0.0, 0.0, 0.0, 0.0), 250, (0.25, 0.75, 0.0, 0.0, 0.0))
    wide = ClassifiedBeat(500, (0.3, 0.1, 0.4, 0.2, 0.0), 250, (0.3, 0.1, 0.4, 0.2, 0.0))
    assert largest_ectopic([fibrillating, wide]) == 0.75
    assert largest_ectopic([wide]) == 0.4
    assert largest_ectopic([]) == 0.0
