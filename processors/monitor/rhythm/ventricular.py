"""Ventricular tachycardia and fibrillation by the ventricular network, second by second.

Fibrillation has no beats, and in tachycardia the detected beats are arbitrary. So the network uses the signal itself
(:mod:`wardbeat.ecg.features.ventricular`), the classes of the beats (:mod:`wardbeat.ecg.features.runs`), and the
distance of both from the patient's baseline. The baseline is learnt from seconds with neither rhythm.
"""

from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.inputs import BASELINE_FROM_S, VENTRICULAR_FEATURES
from wardbeat.contracts.messages import DISPLAY_FS_HZ
from wardbeat.ecg.features.baseline import PatientBaseline, compare, learn, new_baseline
from wardbeat.ecg.features.runs import RUN_FEATURES, add_beat, no_beats, run_features
from wardbeat.ecg.features.ventricular import FIRST_MEASURE, MEASURES, SIGNAL_FEATURES

Code = Literal["ventricular_fibrillation", "ventricular_tachycardia"]
FS_HZ = DISPLAY_FS_HZ
REMEMBERED_S = 3
"""A run of ventricular beats counts if the network found a ventricular rhythm likely in any of the last 3 s."""
ONSET_BEFORE = 2 * FS_HZ
"""An episode begins 2 s before its decision: the network decides once about half of its 4 s are ventricular."""
RUN_ENDED_S = 2.5
"""After 2.5 s without a ventricular beat a run has ended: the class of a beat comes up to 1.75 s after its R peak, and
the monitor uses it at the end of that second."""
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
"""The features that the patient's baseline covers: each measure's mean over both leads, rate, width."""


class VentricularLimits(msgspec.Struct, frozen=True):
    """Every threshold of these rules, chosen by cross-validation over patients of vfdb and records of challenge-2015.

    Attributes
    ----------
    begins_p, lasts_p : float
        An episode begins and lasts from this probability of a ventricular rhythm on: the network's, mean of two
        seconds.
    baseline_p : float
        The patient's baseline is learnt from seconds below this probability.
    run_p_v, run_bpm, run_p : float
        Tachycardia by a run: five beats in a row with at least this mean probability of V, faster than this rate, while
        the network gives at least ``run_p``, so that a run in an artefact does not count. The rate is 100/min less the
        jitter of wide complexes.
    repeats, repeats_bpm, repeats_p : float
        A signal that repeats itself this well (self-correlation) and this fast is tachycardia from this probability on,
        with or without detected beats: EC13's waveform 4a. The only noise that repeats itself is mains hum, which is
        high-frequency noise.
    noise_uncertainty, noise_similarity : float
        In noise a run counts only if the signal by itself makes tachycardia (``begins_p``). Noise here: the QRS network
        is at least this uncertain and the beats are less similar than this, or all leads have high-frequency noise.
        Recorded electrode motion is such noise, and so are most false alarms of tachycardia in challenge-2015; no true
        one is lost.
    irregular, fibrillation_p : float
        A signal that repeats itself less well than this is fibrillation, else tachycardia: a self-correlation, mean of
        three seconds (after Chen, Thakor and Mower 1987, doi:10.1007/BF02442855). Fibrillation begins from this
        probability on.
    flutter_bpm, flutter_p : float
        While the patient has no baseline yet, this many cycles a minute are flutter from this probability on.
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
    """Tachycardia or fibrillation that holds since ``onset`` (250 Hz sample), and the rule that found it."""

    code: Code
    onset: int
    rule: str
    value: float
    threshold: float
    unit: str
    by_signal: bool


class BeatReliability(NamedTuple):
    """How reliable the detected beats are, as in :class:`wardbeat.ecg.features.quality.Quality`."""

    qrs_uncertainty: float
    beat_similarity: float
    high_frequency_noise: bool = False
    unreadable: bool = False
    """Whether a second or a beat shortly before was unreadable (:mod:`processors.monitor.rhythm.unreadable`)."""


class VentricularRhythm(msgspec.Struct):
    """State of these rules in one session."""

    beats: NDArray[np.float64] = msgspec.field(default_factory=no_beats)
    baseline: PatientBaseline = msgspec.field(default_factory=lambda: new_baseline(len(MEASURES) + 2))
    features: NDArray[np.float32] = msgspec.field(default_factory=lambda: np.zeros(0, np.float32))
    """The newest inputs of the network."""
    answers: list[float] = []
    """Probability of a ventricular rhythm in the last seconds."""
    regularity: list[float] = []
    """Self-correlation of the signal in them."""
    noise: bool = False
    """Whether the detected beats of the last seconds look like noise."""
    episode: VentricularEpisode | None = None

    def add_beat(self, r: int, p_v: float, context: NDArray[np.float32]) -> None:
        """Take in the next classified beat, with the features that the beat network saw."""
        add_beat(self.beats, r, p_v, context)

    def network_features(self, signal_features: NDArray[np.float32], k: int) -> NDArray[np.float32]:
        """Inputs of the network at a second: ``VENTRICULAR_FEATURES``, shape (n,). A second call gives the same."""
        features = np.empty(len(VENTRICULAR_FEATURES), np.float32)
        features[:_RUN_AT] = signal_features
        features[_RUN_AT:_OVER_AT] = run_features(self.beats, k)
        compare(self.baseline, features, BASELINE_COLUMNS, features[_OVER_AT:])
        self.features = features
        return features

    def add_answer(self, k: int, p: float, reliability: BeatReliability, limits: VentricularLimits) -> None:
        """Take in the network's answer to the newest inputs."""
        usable, peak_hz, regularity = (float(self.features[at]) for at in (_USABLE, _PEAK_HZ, _REGULARITY))
        p = p if usable else 0.0
        self.answers = [*self.answers, p][-REMEMBERED_S:]
        self.regularity = [*self.regularity, regularity][-REMEMBERED_S:]
        uncertain = (
            reliability.qrs_uncertainty >= limits.noise_uncertainty
            and reliability.beat_similarity < limits.noise_similarity
        )
        self.noise = uncertain or reliability.high_frequency_noise or reliability.unreadable
        no_baseline = self.baseline.seconds < BASELINE_FROM_S
        flutters = no_baseline and 60.0 * peak_hz >= limits.flutter_bpm
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
            and not reliability.high_frequency_noise
        ):
            begins_p = limits.repeats_p
        fibrillates = flutters or mean_regularity < limits.irregular
        self.episode = self._by_signal(k, begins_p, fibrillates, limits) or self._by_run(k, limits)
        if usable and (p < limits.baseline_p or (no_baseline and not flutters)):
            learn(self.baseline, self.features, BASELINE_COLUMNS)

    def rejects_runs(self, limits: VentricularLimits) -> bool:
        """Whether the signal contradicts a run of beats that are classified as ventricular."""
        return bool(self.answers) and max(self.answers) < (limits.begins_p if self.noise else limits.baseline_p)

    def _by_signal(
        self, k: int, begins_p: float, fibrillates: bool, limits: VentricularLimits
    ) -> VentricularEpisode | None:
        p = sum(self.answers[-2:]) / 2
        before = self.episode
        if p < (min(limits.lasts_p, begins_p) if before and before.by_signal else begins_p):
            return None
        keeps_fibrillating = before is not None and before.code == "ventricular_fibrillation"
        code: Code = "ventricular_fibrillation" if fibrillates or keeps_fibrillating else "ventricular_tachycardia"
        if before and before.code == code and before.by_signal:
            return before
        onset = before.onset if before else max(0, k - ONSET_BEFORE)
        rule = "chance of a ventricular rhythm by the signal"
        return VentricularEpisode(code, onset, rule, round(p, 3), begins_p, "", by_signal=True)

    def _by_run(self, k: int, limits: VentricularLimits) -> VentricularEpisode | None:
        p_v, bpm, age_s = (float(self.features[at]) for at in (_RUN_P_V, _RUN_BPM, _RUN_AGE))
        run_p = limits.begins_p if self.noise and self.episode is None else limits.run_p
        if p_v < limits.run_p_v or bpm <= limits.run_bpm or age_s > RUN_ENDED_S or max(self.answers) < run_p:
            return None
        if self.episode and self.episode.code == "ventricular_tachycardia":
            return self.episode
        onset = k - round((age_s + 4 * 60.0 / bpm) * FS_HZ)
        rule = "rate over five beats that are likely ventricular"
        return VentricularEpisode(
            "ventricular_tachycardia", onset, rule, round(bpm, 1), limits.run_bpm, "/min", by_signal=False
        )
