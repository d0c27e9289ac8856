"""R peaks of 10 s, and the median beat of each lead."""

import numpy as np
import pytest

from training.data.ptb_xl.layout import read_records
from training.data.ptb_xl.median_beats import INTERVALS, N_FEATURES, median_beat_features, r_peaks
from training.data.ptb_xl.shipped import ptb_xl_excerpt
from training.data.ptb_xl.signals import read_signals


def beats(at: np.ndarray, height_mv: float = 1.0) -> np.ndarray:
    """Narrow peaks at these samples, larger from lead to lead."""
    t = np.arange(1000)[:, None]
    peaks = np.exp(-(((t - at) / 2.0) ** 2)).sum(axis=1)
    return np.asarray(height_mv * peaks[:, None] * np.linspace(0.2, 1, 12), np.float32)


@pytest.mark.parametrize("rr", [40, 83, 150])
def test_peaks_are_found_at_any_rate(rr: int) -> None:
    at = np.arange(50, 960, rr)
    found = r_peaks(beats(at))
    assert len(found) == len(at)
    assert np.abs(found - at).max() <= 4


def test_intervals_and_amplitudes() -> None:
    features = median_beat_features(beats(np.arange(50, 960, 80)))
    assert features.shape == (N_FEATURES,)
    assert features[1] == pytest.approx(0.8, abs=0.01)
    assert features[2] == pytest.approx(0, abs=0.01)
    ranges = features[-16:-8]
    assert ranges[-1] == pytest.approx(1.0, abs=0.05)
    assert np.all(np.diff(ranges[2:]) > 0)


def test_a_flat_record_has_zeros() -> None:
    assert not median_beat_features(np.zeros((1000, 12), np.float32)).any()


def test_real_records_have_plausible_rates() -> None:
    with ptb_xl_excerpt() as folder:
        records = read_records(folder)
        features = np.stack([median_beat_features(signal) for _, signal in read_signals(folder, records)])
    assert np.isfinite(features).all()
    rates = 60 / features[:, 1]
    assert rates.min() > 35
    assert rates.max() < 160
    assert features[:, INTERVALS:].any(axis=1).all()
