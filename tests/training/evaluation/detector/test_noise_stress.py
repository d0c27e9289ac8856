"""Noise is mixed in as nst does."""

from pathlib import Path

import numpy as np
import pytest

from training.evaluation.detector.noise_stress import (
    LEVELS_DB,
    in_noise,
    matching_noise,
    noise_gain,
    with_noise,
)
from wardbeat.ecg.io.annotations import read_beats
from wardbeat.ecg.io.records import open_record, read_mv
from wardbeat.ecg.reference import ReferenceBeat

FS = 360


def test_the_noise_has_the_given_level() -> None:
    """A sine as high as the QRS complex has a power of amplitude² / 8; noise at 0 dB has the same."""
    random = np.random.default_rng(0)
    p_signal = np.zeros((1, 400 * FS))
    beats = [ReferenceBeat(FS * second + 100, "N") for second in range(1, 390)]
    for sample, _ in beats:
        p_signal[0, sample] = 2.0
    noise = random.standard_normal((1, 400 * FS))
    for level in LEVELS_DB:
        scaled = noise * noise_gain(p_signal, beats, noise, FS, level)
        assert 10 * np.log10(2.0**2 / 8 / scaled.var()) == pytest.approx(level, abs=0.1)


def test_noise_comes_after_five_minutes_and_goes_after_two() -> None:
    times = np.array([0.0, 299.9, 300.0, 419.9, 420.0, 539.9, 540.0])
    assert in_noise(times).tolist() == [False, False, True, True, False, False, True]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["118e06", "119e00"])
def test_the_records_of_nstdb_are_reproduced(shared_data: Path, name: str) -> None:
    clean, nstdb = open_record(shared_data / "mitdb" / name[:3]), shared_data / "nstdb"
    theirs = open_record(nstdb / name)
    level = float(name[-2:])
    noisy = slice(300 * FS, 420 * FS)
    added = read_mv(theirs, 0, theirs.n_samples) - read_mv(clean, 0, clean.n_samples)
    ours = with_noise(clean, nstdb / "em", level).p_signal - read_mv(clean, 0, clean.n_samples)
    for lead in (0, 1):
        ratio, _ = np.polyfit(added[lead, noisy], ours[lead, noisy], 1)
        assert 20 * np.log10(ratio) == pytest.approx(0.0, abs=0.2), "dB"
        assert np.corrcoef(added[lead, noisy], ours[lead, noisy])[0, 1] > 0.999
    assert np.ptp(ours[:, : 300 * FS]) == 0
    steps = np.abs(np.diff(ours[:, [300 * FS - 1, 300 * FS, 420 * FS - 1, 420 * FS]], axis=1))
    assert steps[:, [0, 2]].max() < 0.5, "no step marks where noise begins or ends"
    assert len(read_beats(clean.path)) > 1000


def test_noise_is_repeated_and_given_to_each_lead(shared_data: Path) -> None:
    p_signal = np.zeros((3, 700_000))
    noise = matching_noise(p_signal, shared_data / "nstdb" / "em", FS)
    assert noise.shape == p_signal.shape
    assert np.array_equal(noise[0], noise[2])
    assert np.array_equal(noise[0, :50_000], noise[0, 650_000:])
