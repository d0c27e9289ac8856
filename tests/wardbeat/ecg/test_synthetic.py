"""Synthetic ECG has the features of its labels, is the same for the same seed, and gives chunks like a record."""

import doctest
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import welch

from wardbeat.contracts.codec import check_chunk
from wardbeat.contracts.messages import INVALID_SAMPLE
from wardbeat.ecg import synthetic
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.synthetic import AUX, RHYTHMS, Rhythm, SyntheticRecord, synthetic_record, synthetic_scenario
from wardbeat.errors import RecordError


def rr_s(record: SyntheticRecord) -> np.ndarray:
    return np.diff([beat.sample for beat in record.beats]) / record.fs


@pytest.mark.parametrize("rhythm", RHYTHMS)
@pytest.mark.parametrize("fs", [128, 250, 360])
def test_the_same_seed_gives_the_same_record(rhythm: Rhythm, fs: float) -> None:
    one, same, other = (synthetic_record(rhythm, 20, fs=fs, seed=seed) for seed in (7, 7, 8))
    assert one.p_signal.shape == (2, 20 * fs)
    assert np.array_equal(one.p_signal, same.p_signal, equal_nan=True)
    assert one.beats == same.beats
    if rhythm != "lead_off":
        assert not np.array_equal(one.p_signal, other.p_signal)
    assert [change.rhythm for change in one.rhythms] == [AUX[rhythm]]


@pytest.mark.parametrize(
    ("rhythm", "low_bpm", "high_bpm"),
    [("sinus", 68, 76), ("brady", 41, 47), ("tachy", 125, 135), ("vt", 175, 185), ("af", 90, 120)],
)
def test_each_rhythm_has_its_rate(rhythm: Rhythm, low_bpm: float, high_bpm: float) -> None:
    record = synthetic_record(rhythm, 120)
    assert low_bpm < 60 / rr_s(record).mean() < high_bpm


@pytest.mark.parametrize("rhythm", ["sinus", "pvc", "bigeminy", "vt", "af", "brady", "tachy"])
def test_labels_are_on_r_peaks_of_about_a_millivolt(rhythm: Rhythm) -> None:
    record = synthetic_record(rhythm, 60, seed=2)
    for beat in record.beats:
        first = max(0, beat.sample - 12)
        peak = first + int(np.argmax(record.p_signal[0, first : beat.sample + 13]))
        assert abs(peak - beat.sample) <= 2
        assert 0.8 < record.p_signal[0, peak] < 2.2


def test_pvcs_come_early_and_are_followed_by_a_compensatory_pause() -> None:
    record = synthetic_record("pvc", 300)
    beats = record.beats
    ectopic = [index for index, beat in enumerate(beats[1:-1], 1) if beat.symbol == "V"]
    assert 20 < len(ectopic) < 70
    for index in ectopic:
        before, after = (beats[index].sample - beats[index - 1].sample), (beats[index + 1].sample - beats[index].sample)
        assert before < 0.75 * after
        assert (before + after) / record.fs == pytest.approx(1.6, abs=0.2)


def test_bigeminy_alternates_and_vt_is_ventricular_throughout() -> None:
    symbols = [beat.symbol for beat in synthetic_record("bigeminy", 60).beats]
    assert all({a, b} == {"N", "V"} for a, b in pairwise(symbols))
    assert {beat.symbol for beat in synthetic_record("vt", 20).beats} == {"V"}


def test_af_is_irregular_without_memory_and_sinus_is_not() -> None:
    af, sinus = rr_s(synthetic_record("af", 300)), rr_s(synthetic_record("sinus", 300))
    assert af.std() / af.mean() > 0.15
    assert sinus.std() / sinus.mean() < 0.05
    assert abs(np.corrcoef(af[:-1], af[1:])[0, 1]) < 0.15


def test_vf_has_its_power_between_4_and_7_hz_and_no_beats() -> None:
    record = synthetic_record("vf", 60)
    frequency_hz, power = welch(record.p_signal[0], record.fs, nperseg=1024)
    inside = (frequency_hz >= 3.5) & (frequency_hz <= 7.5)
    assert power[inside].sum() > 0.9 * power[frequency_hz > 1].sum()
    assert record.beats == ()
    assert 0.15 < record.p_signal[0].std() < 1


def test_asystole_has_no_qrs_complex_and_lead_off_no_valid_sample() -> None:
    asystole = synthetic_record("asystole", 30)
    assert np.abs(np.diff(asystole.p_signal, n=3)).max() < 0.2
    assert asystole.beats == ()
    off = synthetic_record("lead_off", 5)
    assert (off.read(0, off.n_samples) == INVALID_SAMPLE).all()


def test_a_scenario_labels_the_start_of_each_rhythm() -> None:
    record = synthetic_scenario([("sinus", 20), ("vt", 10), ("lead_off", 5), ("vf", 6.5)])
    assert [(change.sample, change.rhythm) for change in record.rhythms] == [
        (0, "(N"), (5000, "(VT"), (7500, "(NOISE"), (8750, "(VF"),
    ]  # fmt: skip
    assert {beat.symbol for beat in record.beats if beat.sample < 5000} == {"N"}
    assert {beat.symbol for beat in record.beats if beat.sample >= 5000} == {"V"}
    assert np.array_equal(np.flatnonzero(np.isnan(record.p_signal[0])), np.arange(7500, 8750))
    assert record.n_samples == round(41.5 * 250)
    steps = np.abs(np.diff(np.nan_to_num(record.p_signal[0])))
    assert steps[[4999, 5000]].max() < 0.2


@settings(max_examples=25, deadline=None)
@given(
    parts=st.lists(st.tuples(st.sampled_from(RHYTHMS), st.floats(0.1, 8)), min_size=1, max_size=4),
    fs=st.sampled_from([100, 128, 250, 257.5, 500]),
    seed=st.integers(0, 100),
    chunk_s=st.floats(0.2, 1),
)
def test_chunks_hold_the_signal_to_a_microvolt(
    parts: list[tuple[Rhythm, float]], fs: float, seed: int, chunk_s: float
) -> None:
    record = synthetic_scenario(parts, fs=fs, seed=seed)
    chunks = list(record_chunks(record, stream_id="s", session_id="s", origin="synthetic", chunk_s=chunk_s))
    for chunk in chunks:
        check_chunk(chunk)
    d_signal = np.concatenate([chunk.d_signal() for chunk in chunks], axis=1)
    assert np.array_equal(d_signal == INVALID_SAMPLE, np.isnan(record.p_signal))
    valid = d_signal != INVALID_SAMPLE
    assert np.abs(d_signal[valid] / 1000 - record.p_signal[valid]).max(initial=0) <= 0.0005 + 1e-9
    assert all(0 <= beat.sample < record.n_samples for beat in record.beats)
    assert list(record.beats) == sorted(record.beats)


def test_an_unknown_rhythm_or_no_duration_is_refused() -> None:
    with pytest.raises(RecordError, match=r"one of sinus, pvc, .*, 'samba' given"):
        synthetic_record("samba", 10)  # type: ignore[arg-type]
    with pytest.raises(RecordError, match="longer than 0 s, 0 s given"):
        synthetic_scenario([])


def test_the_examples_in_the_docstrings_run() -> None:
    assert doctest.testmod(synthetic).failed == 0
