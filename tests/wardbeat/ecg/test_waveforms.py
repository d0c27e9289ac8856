"""The test waveforms have the rates and amplitudes of the standard."""

import numpy as np
import pytest

from wardbeat.contracts.alert_codes import CODES
from wardbeat.ecg.waveforms import GAINS, NORMAL_S, WAVEFORMS, Part, drawn_record, waveform_record
from wardbeat.errors import RecordError


@pytest.mark.parametrize("name", WAVEFORMS)
def test_the_rate_is_the_one_in_the_name(name: str) -> None:
    waveform, record = WAVEFORMS[name], waveform_record(name)
    beats = np.array([beat.sample for beat in record.beats]) / record.fs
    after = beats[beats > waveform.onset_s + 2]
    after = after[: len(after) // 2 * 2 - 1]  # whole pairs
    assert 60 / np.diff(after).mean() == pytest.approx(waveform.hr_bpm or 80, rel=0.005)
    assert waveform.alert is None or waveform.alert in CODES
    assert 0 < waveform.onset_s < record.n_samples / record.fs - 30


@pytest.mark.parametrize(
    ("name", "from_s", "size_mv"),
    [
        ("tachycardia_4a", NORMAL_S + 1, 1.0),
        ("tachycardia_4b", NORMAL_S + 1, 2.0),
        ("small_qrs", 0, 0.5),
        ("no_qrs", 0, 0.15),
    ],
)
@pytest.mark.parametrize("gain", GAINS)
def test_amplitudes_are_the_standards_from_peak_to_peak(name: str, from_s: float, size_mv: float, gain: float) -> None:
    record = waveform_record(name, gain=gain)
    assert np.ptp(record.p_signal[0, round(from_s * record.fs) :]) == pytest.approx(gain * size_mv, rel=0.12, abs=0.04)


@pytest.mark.parametrize("fs", [128, 250, 360, 500])
def test_labels_are_on_the_peaks_at_any_rate(fs: float) -> None:
    record = waveform_record("tall_t", fs=fs)
    for beat in record.beats[1:-1]:
        around = record.p_signal[0, beat.sample - round(0.06 * fs) : beat.sample + round(0.06 * fs)]
        assert abs(int(np.argmax(around)) - round(0.06 * fs)) <= 1


def test_an_unknown_waveform_is_refused() -> None:
    with pytest.raises(RecordError, match="choose one of them"):
        waveform_record("9z")


def test_a_part_without_complexes_is_a_standstill_and_the_next_part_begins_after_it() -> None:
    normal = Part(5.0, WAVEFORMS["tall_t"].parts[0].turns)
    beats_s = [beat.sample / 250 for beat in drawn_record("x", (normal, Part(4.0, ()), normal), ()).beats]
    assert not [beat_s for beat_s in beats_s if 5 < beat_s <= 9]
    assert min(beat_s for beat_s in beats_s if beat_s > 5) == pytest.approx(9.75, abs=0.01)
