"""Delays of a beat: until it is detected, until it can have its class."""

from pathlib import Path

import numpy as np

from tests.support.records_on_disk import write_record
from tests.support.shipped_qrs import shipped_qrs
from training.evaluation.detector.latency import Delays, delays_of, latency_rows
from wardbeat.ecg.io.records import open_record
from wardbeat.ecg.synthetic import synthetic_record


def test_each_beat_is_delayed_by_no_more_than_it_needs(tmp_path: Path) -> None:
    made = synthetic_record("sinus", 30, fs=360)
    d_signal = made.read(0, made.n_samples).astype(np.int64)
    path = write_record(tmp_path, d_signal, fs=360, gain=1000, sig_name=made.sig_name)
    delays = delays_of(open_record(path), shipped_qrs())
    beats = sum(beat.sample > 3 * 360 for beat in made.beats)
    assert abs(len(delays.detected) - beats) <= 2
    assert abs(len(delays.classified) - beats) <= 3
    assert 0.05 < delays.detected.min() <= delays.detected.max() < 1.0
    rr_s = float(np.median(np.diff([beat.sample for beat in made.beats]))) / 360
    assert np.median(delays.classified) > rr_s, "a class waits for the next beat"


def test_rows_are_quantiles_over_all_records() -> None:
    nothing = np.zeros(0)
    parts = [Delays(np.array([0.1, 0.2]), nothing), Delays(np.array([0.3]), nothing)]
    (row,) = latency_rows(parts)
    assert (row.what, row.beats) == ("detected", 3)
    assert row.quantiles_s["median"] == 0.2
    assert row.quantiles_s["max"] == 0.3
    assert latency_rows([]) == []
