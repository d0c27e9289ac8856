"""Ventricular tachycardia and fibrillation by the network's answers, and on a signal by the shipped network."""

from pathlib import Path

import numpy as np
import pytest

from models.inputs import BASELINE_FROM_S, VENTRICULAR_FEATURES
from models.runtime import Runtime
from processors.monitor.rhythm.ventricular import (
    BASELINE_COLUMNS,
    NOT_TOLD_APART,
    WITHOUT_QRS,
    BeatReliability,
    VentricularEpisode,
    VentricularLimits,
    VentricularRhythm,
)
from processors.offline.annotate import annotate
from tests.support.records_on_disk import write_record
from wardbeat.ecg.features.ventricular import MEASURES, SIGNAL_FEATURES
from wardbeat.ecg.features.waves import WaveShape
from wardbeat.ecg.io.records import open_record
from wardbeat.ecg.waveforms import GAINS, WAVEFORMS, waveform_record

LIMITS = VentricularLimits()
HEART, NOISE = (
    BeatReliability(qrs_uncertainty=0.02, beat_similarity=0.98),
    BeatReliability(qrs_uncertainty=0.5, beat_similarity=0.2),
)


WITH_LINE, REGULAR, FLUTTER, BETWEEN, IRREGULAR = (
    WaveShape(0.6, -0.5, 0.4),
    WaveShape(0.3, -0.5, 0.4),
    WaveShape(0.25, -0.7, 0.3),
    WaveShape(0.3, 0.4, 0.4),
    WaveShape(0.3, 0.9, 0.0),
)


def signal(
    repeats: float = 0.85, peak_hz: float = 3.0, usable: float = 2, mv: float = 0.3, slow: float = 0.05
) -> np.ndarray:
    row = np.zeros(len(SIGNAL_FEATURES), np.float32)
    measured = {"usable_leads": usable, "least_peak_hz": peak_hz, "largest_self_correlation": repeats}
    for which in ("least", "largest"):
        measured |= {f"{which}_log_sd_mv": np.log(mv), f"{which}_power_below_2_hz": slow}
    for name, value in measured.items():
        row[SIGNAL_FEATURES.index(name)] = value
    return row


class Seconds:
    """A patient with a baseline, second by second."""

    def __init__(self, known_s: int = 60) -> None:
        self.state, self.k, self.reliability = VentricularRhythm(), 0, HEART
        self.codes: list[str | None] = []
        self.pass_by(known_s, 0.0, WITH_LINE, peak_hz=1.0)
        self.codes.clear()

    def pass_by(self, seconds: int, p: float, waves: WaveShape = REGULAR, **measured: float) -> "Seconds":
        for _ in range(seconds):
            self.k += 250
            self.state.network_features(signal(**measured), self.k)
            self.state.add_answer(self.k, p, self.reliability, waves, LIMITS)
            self.codes.append(self.state.episode.code if self.state.episode else None)
        return self

    @property
    def episode(self) -> VentricularEpisode:
        assert self.state.episode
        return self.state.episode


VT, VF = "ventricular_tachycardia", "ventricular_fibrillation"


def test_regular_complexes_are_tachycardia_at_their_rate_however_long() -> None:
    seconds = Seconds().pass_by(200, 0.95)
    assert seconds.codes == [None, *[VT] * 199]
    assert (seconds.episode.value, seconds.episode.unit, seconds.episode.threshold) == (150, "/min", 100)
    assert Seconds().pass_by(6, 0.95, WITH_LINE).codes[-4:] == [VT] * 4


@pytest.mark.parametrize(("waves", "rule"), [(IRREGULAR, WITHOUT_QRS), (BETWEEN, NOT_TOLD_APART)])
def test_waves_without_a_line_in_disorder_are_fibrillation_and_the_rule_says_if_they_are_not_told_apart(
    waves: WaveShape, rule: str
) -> None:
    seconds = Seconds().pass_by(30, 0.95, waves)
    assert seconds.codes.index(VF) < 8, "within 10 s of the onset, which the network answers 2 s late"
    assert set(seconds.codes[8:]) == {VF}
    assert seconds.episode.rule == rule


def test_complexes_with_a_line_between_them_are_never_fibrillation() -> None:
    assert VF not in Seconds().pass_by(30, 0.95, WaveShape(0.6, 0.9, 0.0), repeats=0.3).codes


def test_flutter_is_alerted_as_one_or_the_other() -> None:
    assert set(Seconds().pass_by(10, 0.6, FLUTTER).codes[6:]) <= {VT, VF}


def test_a_rhythm_at_100_or_slower_is_no_tachycardia() -> None:
    assert set(Seconds().pass_by(20, 0.95, WaveShape(0.6, -0.5, 0.6)).codes) == {None}


@pytest.mark.parametrize(("mv", "slow"), [(0.05, 0.05), (0.2, 0.5)], ids=["too small", "baseline wander"])
def test_an_asystole_with_little_waves_or_with_baseline_wander_is_no_fibrillation(mv: float, slow: float) -> None:
    assert set(Seconds().pass_by(30, 0.95, IRREGULAR, mv=mv, slow=slow).codes) == {None}


def test_a_rhythm_that_changes_its_kind_is_a_new_episode_that_can_be_alerted() -> None:
    seconds = Seconds().pass_by(20, 0.95)
    onsets = [seconds.episode.onset]
    for waves, code in ((IRREGULAR, VF), (REGULAR, VT), (IRREGULAR, VF)):
        seconds.pass_by(20, 0.95, waves)
        assert seconds.codes[-1] == code
        assert None not in seconds.codes[1:]
        onsets.append(seconds.episode.onset)
    assert onsets == sorted(set(onsets)), "an alert needs a later onset than the last one of its code"


def test_an_episode_lasts_through_a_doubtful_second_and_ends_with_the_rhythm() -> None:
    seconds = Seconds().pass_by(10, 0.95).pass_by(1, 0.3).pass_by(5, 0.95)
    assert seconds.codes[1:] == [VT] * 15
    assert seconds.pass_by(8, 0.1).codes[-3:] == [None] * 3


def test_one_second_alone_makes_no_episode() -> None:
    assert set(Seconds().pass_by(1, 0.95).pass_by(5, 0.2).codes) == {None}


def test_without_a_usable_lead_there_is_no_evidence() -> None:
    assert set(Seconds().pass_by(10, 0.95, usable=0).codes) == {None}


def test_a_fast_and_very_regular_signal_is_tachycardia_from_a_smaller_probability_on() -> None:
    assert Seconds().pass_by(10, 0.3, WITH_LINE, repeats=0.99).codes[-7:] == [VT] * 7
    assert set(Seconds().pass_by(10, 0.3, WITH_LINE, repeats=0.99, peak_hz=2.0).codes) == {None}
    assert set(Seconds().pass_by(10, 0.3, WITH_LINE).codes) == {None}
    assert set(Seconds().pass_by(10, 0.2, WITH_LINE, repeats=0.99).codes) == {None}
    hum = Seconds()
    hum.reliability = BeatReliability(0.02, 0.98, high_frequency_noise=True)
    assert set(hum.pass_by(10, 0.3, WITH_LINE, repeats=0.99).codes) == {None}


@pytest.mark.parametrize(
    ("p", "reliability", "counts"),
    [
        (0.5, HEART, True),
        (0.2, HEART, False),
        (0.7, NOISE, False),
        (0.9, NOISE, True),
        (0.5, BeatReliability(0.5, 0.7), True),
    ],
)
def test_a_run_of_beats_counts_if_signal_and_reliability_allow_it(
    p: float, reliability: BeatReliability, counts: bool
) -> None:
    context = np.zeros(28, np.float32)
    seconds = Seconds()
    seconds.reliability = reliability
    for beat in range(8):
        seconds.state.add_beat(seconds.k - 1050 + beat * 120, 0.6, context)
    seconds.pass_by(1, p, WITH_LINE)
    assert (seconds.codes == [VT]) == counts
    assert seconds.state.rejects_runs(LIMITS) != counts
    if counts:
        assert seconds.state.episode
        assert seconds.state.episode.value == pytest.approx(125)
        assert seconds.state.episode.onset == seconds.k - 250 - 1050 + 3 * 120


def test_a_run_of_beats_at_100_or_slower_is_no_tachycardia() -> None:
    seconds = Seconds()
    for beat in range(8):
        seconds.state.add_beat(seconds.k - 1100 + beat * 150, 0.95, np.zeros(28, np.float32))
    assert seconds.pass_by(1, 0.5, WITH_LINE).codes == [None]


def test_flutter_of_a_new_patient_does_not_become_the_baseline_and_a_wide_slow_rhythm_does() -> None:
    flutters = Seconds(known_s=0).pass_by(20, 0.95, IRREGULAR, peak_hz=4.0)
    assert flutters.codes[5:] == [VF] * 15
    assert flutters.state.baseline.seconds == 0
    wide = Seconds(known_s=0).pass_by(BASELINE_FROM_S + 10, 0.95, WITH_LINE, peak_hz=1.5)
    assert wide.state.baseline.seconds == BASELINE_FROM_S


def test_the_network_features_have_their_shape_and_a_second_call_gives_the_same() -> None:
    state = Seconds().state
    row = state.network_features(signal(), 20_000)
    assert row.shape == (len(VENTRICULAR_FEATURES),)
    assert row.dtype == np.float32
    np.testing.assert_array_equal(row, state.network_features(signal(), 20_000))


def irregular_waves(seconds: float, random: np.random.Generator) -> np.ndarray:
    """Waves whose rate and size wander, as in fibrillation; mV at 250 Hz."""
    n = int(seconds * 250)
    wander = np.interp(np.arange(n), np.arange(0, n + 100, 40), random.normal(0, 1, n // 40 + 3))
    phase = 2 * np.pi * np.cumsum(4.5 + 0.9 * wander) / 250
    size = 0.35 + 0.12 * np.interp(np.arange(n), np.arange(0, n + 150, 60), random.normal(0, 1, n // 60 + 3))
    return np.stack([size * np.sin(phase), 0.7 * size * np.sin(phase + 0.6)])


def codes_of(folder: Path, name: str, mv: np.ndarray) -> dict[str, float]:
    path = write_record(folder, np.rint(mv * 200).astype(np.int64), name=name, sig_name=["II", "V1"])
    ((_, found),) = annotate([open_record(path)], Runtime.load())
    return {alert.code: round(alert.raised_s, 1) for alert in found.alerts.values()}


def test_a_stream_joined_in_fibrillation_is_alerted_within_15_s_and_noise_is_not(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    raised = codes_of(tmp_path, "vf", irregular_waves(25, random))
    assert raised[VF] <= 15
    assert "asystole" not in raised
    flat = codes_of(tmp_path, "flat", random.normal(0, 0.01, (2, 25 * 250)))
    assert "asystole" in flat
    assert not {VT, VF} & set(flat)


def test_the_baseline_covers_the_mean_of_each_measure_over_both_leads() -> None:
    names = [tuple(VENTRICULAR_FEATURES[at] for at in columns) for columns in BASELINE_COLUMNS.T]
    assert names[: len(MEASURES)] == [(f"least_{name}", f"largest_{name}") for name in MEASURES]
    assert names[len(MEASURES) :] == [("bpm_now", "bpm_now"), ("run_width_s", "run_width_s")]


@pytest.mark.parametrize("gain", GAINS)
def test_a_bidirectional_tachycardia_without_a_line_is_alerted_within_6_s(gain: float) -> None:
    ((_, found),) = annotate([waveform_record("tachycardia_4a", gain=gain)], Runtime.load())
    raised = [alert.raised_s for alert in found.alerts.values() if alert.code in {VT, VF}]
    assert raised
    assert 0 < min(raised) - WAVEFORMS["tachycardia_4a"].onset_s <= 6
    shown = [one.hr_bpm for one in found.status if one.t_s >= WAVEFORMS["tachycardia_4a"].onset_s + 6]
    assert all(rate == pytest.approx(206, rel=0.1) for rate in shown)


@pytest.mark.parametrize("bpm", [110, 150, 200])
def test_wide_regular_complexes_with_a_line_are_tachycardia_and_never_fibrillation(bpm: int, tmp_path: Path) -> None:
    t_s = np.arange(110 * 250) / 250
    wide = t_s > 60
    since = np.where(wide, (t_s % (60 / bpm)) - 30 / bpm, (t_s % 0.8) - 0.4)
    lead = np.where(wide, 1.4 * np.exp(-((since / 0.045) ** 2)), np.exp(-((since / 0.015) ** 2)))
    lead -= np.where(wide, 0.5 * np.exp(-(((since - 0.11) / 0.05) ** 2)), 0)
    noise = np.random.default_rng(bpm).normal(0, 0.01, (2, len(t_s)))
    raised = codes_of(tmp_path, "vt", np.stack([lead, -0.6 * lead]) + noise)
    assert VF not in raised
    assert 60 < raised[VT] < 70
