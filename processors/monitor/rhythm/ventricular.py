"""Ventricular tachycardia and fibrillation, second by second, from what the ventricular network says.

Fibrillation has no beats, and in tachycardia the beats found are arbitrary; so the network looks at the signal itself
(:mod:`wardbeat.ecg.features.ventricular`), at what the beats were called (:mod:`wardbeat.ecg.features.runs`), and at
how far both are from what is usual of the patient. What is usual is learnt from seconds that were called neither.
"""

from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.inputs import BASELINE_FROM_S, VENTRICULAR_FEATURES
from wardbeat.ecg.features.baseline import PatientBaseline, compare, learn, new_baseline
from wardbeat.ecg.features.runs import RUN_FEATURES, add_beat, no_beats, run_features
from wardbeat.ecg.features.ventricular import FIRST_MEASURE, MEASURES, SIGNAL_FEATURES

Code = Literal["ventricular_fibrillation", "ventricular_tachycardia"]
FS_HZ = 250
REMEMBERED_S = 3
"""A run of ventricular beats is believed when the network found any of these last seconds likely."""
ONSET_BEFORE = 2 * FS_HZ
"""The four seconds looked at are ventricular for the most part when half of them are."""
RUN_IS_OVER_S = 2.5
"""The class of a beat comes at most 1.75 s after it, and the end of that second later still."""
_INDEX = {name: at for at, name in enumerate(VENTRICULAR_FEATURES)}
_RUN_P_V, _RUN_BPM, _RUN_AGE = (_INDEX[name] for name in ("run_mean_p_v", "run_bpm", "run_age_s"))
_USABLE, _PEAK_HZ, _REGULARITY = (
    _INDEX[name] for name in ("usable_leads", "least_peak_hz", "largest_self_correlation")
)
_RUN_AT, _OVER_AT = len(SIGNAL_FEATURES), len(SIGNAL_FEATURES) + len(RUN_FEATURES)
_LEAST = range(FIRST_MEASURE, FIRST_MEASURE + len(MEASURES))
_RATE_AND_WIDTH = [_RUN_AT + RUN_FEATURES.index(name) for name in ("bpm_now", "run_width_s")]
BASELINE_COLUMNS = np.array(
    [[*_LEAST, *_RATE_AND_WIDTH], [*(at + len(MEASURES) for at in _LEAST), *_RATE_AND_WIDTH]], np.int64
)
"""What is compared with what is usual: each measure's mean over both leads, rate, width."""


class VentricularLimits(msgspec.Struct, frozen=True):
    """Every threshold of these rules, chosen by cross-validation over patients of vfdb and records of challenge-2015.

    Attributes
    ----------
    begins_p, lasts_p : float
        Of the chance of a ventricular rhythm, mean of two seconds, by the network alone.
    baseline_p : float
        What is usual is learnt from the seconds below this.
    run_p_v, run_bpm, run_p : float
        Mean chance of V of five beats in a row and their rate, which make tachycardia where the network gives it at
        least ``run_p``: a run in an artefact is none. The rate is 100/min less what wide complexes jitter.
    repeats, repeats_bpm, repeats_p : float
        What repeats itself so well (the same self-correlation) and so fast is tachycardia from this chance on, whether
        beats are found in it or not: EC13's waveform 4a. Of noise only mains hum repeats itself, and is rough.
    noise_uncertainty, noise_similarity : float
        While the QRS network doubts each beat so much and they are less alike than this, or all leads are rough, a run
        is believed only if the signal by itself makes tachycardia (``begins_p``). Recorded electrode motion is such,
        and so are most false alarms of tachycardia in challenge-2015; no true one is lost by it.
    irregular, fibrillation_p : float
        What repeats itself less well than this is fibrillation, else tachycardia: a self-correlation, mean of three
        seconds (after Chen, Thakor and Mower 1987, doi:10.1007/BF02442855). It begins from this chance on.
    flutter_bpm, flutter_p : float
        While the patient is not known yet, what has so many cycles a minute is flutter from this chance on.
    """

    begins_p: float = 0.8
    lasts_p: float = 0.6
    baseline_p: float = 0.5
    run_p_v: float = 0.5
    run_bpm: float = 95.0
    run_p: float = 0.15
    repeats: float = 0.9
    repeats_bpm: float = 150.0
    repeats_p: float = 0.5
    noise_uncertainty: float = 0.2
    noise_similarity: float = 0.5
    irregular: float = 0.7
    fibrillation_p: float = 0.7
    flutter_bpm: float = 150.0
    flutter_p: float = 0.6


class VentricularEpisode(msgspec.Struct, frozen=True):
    """Tachycardia or fibrillation that lasts, since ``onset`` (250 Hz sample), and what says so."""

    code: Code
    onset: int
    rule: str
    value: float
    threshold: float
    unit: str
    by_signal: bool


class BeatReliability(NamedTuple):
    """How far what were called beats can be trusted, as :class:`wardbeat.ecg.features.quality.Quality` has it."""

    qrs_uncertainty: float
    beat_similarity: float
    high_frequency_noise: bool = False


class VentricularRhythm(msgspec.Struct):
    """What the rules look back on."""

    beats: NDArray[np.float64] = msgspec.field(default_factory=no_beats)
    baseline: PatientBaseline = msgspec.field(default_factory=lambda: new_baseline(len(MEASURES) + 2))
    features: NDArray[np.float32] = msgspec.field(default_factory=lambda: np.zeros(0, np.float32))
    """What the network was asked last."""
    answers: list[float] = []
    """Chance of a ventricular rhythm in the last seconds."""
    regularity: list[float] = []
    """How well the signal repeated itself in them."""
    noise: bool = False
    """Whether what were called beats in the last seconds look like noise's."""
    episode: VentricularEpisode | None = None

    def add_beat(self, r: int, p_v: float, context: NDArray[np.float32]) -> None:
        """Take the next classified beat in, with the features that the beat network saw of it."""
        add_beat(self.beats, r, p_v, context)

    def ask(self, signal_features: NDArray[np.float32], k: int) -> NDArray[np.float32]:
        """``VENTRICULAR_FEATURES`` at a second; asking again gives the same."""
        features = np.empty(len(VENTRICULAR_FEATURES), np.float32)
        features[:_RUN_AT] = signal_features
        features[_RUN_AT:_OVER_AT] = run_features(self.beats, k)
        compare(self.baseline, features, BASELINE_COLUMNS, features[_OVER_AT:])
        self.features = features
        return features

    def add_answer(self, k: int, p: float, quality: BeatReliability, limits: VentricularLimits) -> None:
        """Take the network's answer for the second that was asked last in."""
        usable, peak_hz, regularity = (float(self.features[at]) for at in (_USABLE, _PEAK_HZ, _REGULARITY))
        p = p if usable else 0.0
        self.answers = [*self.answers, p][-REMEMBERED_S:]
        self.regularity = [*self.regularity, regularity][-REMEMBERED_S:]
        doubted = (
            quality.qrs_uncertainty >= limits.noise_uncertainty and quality.beat_similarity < limits.noise_similarity
        )
        self.noise = doubted or quality.high_frequency_noise
        unknown = self.baseline.seconds < BASELINE_FROM_S
        flutters = unknown and 60.0 * peak_hz >= limits.flutter_bpm
        mean_regularity = sum(self.regularity) / len(self.regularity)
        if flutters:
            begins_p = limits.flutter_p
        elif mean_regularity < limits.irregular:
            begins_p = limits.fibrillation_p
        else:
            begins_p = limits.begins_p
        if (
            mean_regularity >= limits.repeats
            and 60.0 * peak_hz >= limits.repeats_bpm
            and not quality.high_frequency_noise
        ):
            begins_p = limits.repeats_p
        fibrillates = flutters or mean_regularity < limits.irregular
        self.episode = self._by_signal(k, begins_p, fibrillates, limits) or self._by_run(k, limits)
        if usable and (p < limits.baseline_p or (unknown and not flutters)):
            learn(self.baseline, self.features, BASELINE_COLUMNS)

    def doubts_runs(self, limits: VentricularLimits) -> bool:
        """Whether a run of beats that are called ventricular is none by what the signal looks like."""
        return bool(self.answers) and max(self.answers) < (limits.begins_p if self.noise else limits.baseline_p)

    def _by_signal(
        self, k: int, begins_p: float, fibrillates: bool, limits: VentricularLimits
    ) -> VentricularEpisode | None:
        p = sum(self.answers[-2:]) / 2
        before = self.episode
        if p < (min(limits.lasts_p, begins_p) if before and before.by_signal else begins_p):
            return None
        still_fibrillates = before is not None and before.code == "ventricular_fibrillation"
        code: Code = "ventricular_fibrillation" if fibrillates or still_fibrillates else "ventricular_tachycardia"
        if before and before.code == code and before.by_signal:
            return before
        onset = before.onset if before else max(0, k - ONSET_BEFORE)
        rule = "chance of a ventricular rhythm by the signal"
        return VentricularEpisode(code, onset, rule, round(p, 3), begins_p, "", by_signal=True)

    def _by_run(self, k: int, limits: VentricularLimits) -> VentricularEpisode | None:
        p_v, bpm, age_s = (float(self.features[at]) for at in (_RUN_P_V, _RUN_BPM, _RUN_AGE))
        run_p = limits.begins_p if self.noise and self.episode is None else limits.run_p
        if p_v < limits.run_p_v or bpm <= limits.run_bpm or age_s > RUN_IS_OVER_S or max(self.answers) < run_p:
            return None
        if self.episode and self.episode.code == "ventricular_tachycardia":
            return self.episode
        onset = k - round((age_s + 4 * 60.0 / bpm) * FS_HZ)
        rule = "rate over five beats that are likely ventricular"
        return VentricularEpisode(
            "ventricular_tachycardia", onset, rule, round(bpm, 1), limits.run_bpm, "/min", by_signal=False
        )
