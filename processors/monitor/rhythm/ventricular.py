"""Ventricular tachycardia and fibrillation, second by second: each second gets one of three answers.

The answers are organised, tachycardia, and fibrillation or flutter. Fibrillation has no beats, and in tachycardia the
detected beats are arbitrary. So the ventricular network uses the signal itself
(:mod:`wardbeat.ecg.features.ventricular`), the classes of the beats (:mod:`wardbeat.ecg.features.runs`), and the
distance of both from the patient's baseline. The baseline is learnt from seconds with neither rhythm. The network gives
the probability of a ventricular rhythm. The shape of the waves (:mod:`wardbeat.ecg.features.waves`) and the beats tell
which one it is.
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
from wardbeat.ecg.features.waves import WaveShape

Code = Literal["ventricular_fibrillation", "ventricular_tachycardia"]
FS_HZ = DISPLAY_FS_HZ
Answer = Literal["organised", "tachycardia", "either", "fibrillation"]
"""One answer for each second. ``either``: fibrillation or tachycardia, which the signal does not tell apart."""
REMEMBERED_S = 3
"""A run of ventricular beats counts if the network found a ventricular rhythm likely in any of the last 3 s."""
DISORDER_S = 4
"""The disorder is the mean over the last 4 s."""
ANSWERS_S = 5
"""The rules decide on the answers of the last 5 s."""
ONSET_BEFORE = 2 * FS_HZ
"""An episode begins 2 s before its first second: the network answers once about half of its 4 s are ventricular."""
LASTS_S = 2
"""An episode by the signal lasts while this many of the last 5 s are ventricular."""
WITHOUT_QRS = "seconds without an organised QRS complex, of the last 5"
NOT_TOLD_APART = "seconds of fibrillation or tachycardia, not told apart, of the last 5"
RUN_ENDED_S = 2.5
"""After 2.5 s without a ventricular beat a run has ended: the class of a beat comes up to 1.75 s after its R peak, and
the monitor uses it at the end of that second."""
_INDEX = {name: at for at, name in enumerate(VENTRICULAR_FEATURES)}
_RUN_P_V, _RUN_BPM, _RUN_AGE = (_INDEX[name] for name in ("run_mean_p_v", "run_bpm", "run_age_s"))
_RUN_LEAST_P_V, _RUN_RR_CV, _BPM_NOW = (_INDEX[name] for name in ("run_least_p_v", "run_rr_cv", "bpm_now"))
_SIZES, _SLOW, _ENTROPY, _QUIET = (
    [_INDEX[f"{which}_{name}"] for which in ("least", "largest")]
    for name in ("log_sd_mv", "power_below_2_hz", "spectral_entropy", "quiet_share")
)
QUIET_WEIGHT = 2.0
"""The disorder of a second is sample entropy − self-correlation + spectral entropy − 2 × quiet share. On vfdb it tells
fibrillation from tachycardia better than any of them alone."""
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
    """Every threshold of these rules, chosen by cross-validation over patients of vfdb, DS1, svdb and challenge-2015.

    Attributes
    ----------
    begins_p, lasts_p : float
        Tachycardia by the signal begins and lasts from this probability of a ventricular rhythm on: the network's,
        mean of two seconds.
    baseline_p : float
        The patient's baseline is learnt from seconds below this probability.
    run_p_v, run_least_p_v : float
        Tachycardia by a run: five beats in a row with at least this mean probability of V, each with at least the least
        one.
    run_p, run_certain_p_v, run_certain_p : float
        The run counts if the network gives at least ``run_p`` (no artefact) or if the mean probability of V is at least
        ``run_certain_p_v``; from ``run_certain_p`` of the network on, single beats may be less likely V.
    tachycardia_bpm : float
        Tachycardia is faster than this, by its beats or by its cycles (Challenge 2015).
    regular_run_cv : float
        A run whose RR intervals vary by less than this has organised complexes, so it is no fibrillation.
    regularity, irregular : float
        Complexes with a line between them are a tachycardia by the signal if they repeat themselves this well
        (self-correlation) and their disorder is not above ``irregular``.
    repeats, repeats_bpm, repeats_p : float
        A signal that repeats itself this well (self-correlation) and this fast is tachycardia from this probability on,
        with or without detected beats: EC13's waveform 4a. The only noise that repeats itself is mains hum, which is
        high-frequency noise.
    noise_uncertainty, noise_similarity : float
        In noise a run counts only if the signal by itself makes tachycardia (``begins_p``). Noise here: the QRS network
        is at least this uncertain and the beats are less similar than this, or all leads have high-frequency noise.
        Recorded electrode motion is such noise, and so are most false alarms of tachycardia in challenge-2015; no true
        one is lost.
    wave_p : float
        From this probability on, waves without a line between them are ventricular.
    line_share : float
        Waves that stay on one level for a larger proportion of the time have a line between them.
    disorder, order : float
        Waves without a line are fibrillation above ``disorder`` and regular (tachycardia) below ``order``. Between the
        two, fibrillation and tachycardia are not told apart.
    flutter_bpm : float
        Regular waves without a line are flutter from this rate on, which is the spectral peak of both leads: above the
        tachycardias of the undisputed stretches of vfdb (up to 250/min).
    slow_power, slow_lasts : float
        Waves with a larger proportion of their power below 2 Hz are an asystole with baseline wander, or motion; the
        second one is for a fibrillation that lasts.
    begins_mv, lasts_mv : float
        Fibrillation begins and lasts above this standard deviation; below is asystole (after Kerber 1997,
        doi:10.1161/01.CIR.95.6.1677: 0.2 mV from peak to peak).
    fibrillation_s : int
        Fibrillation begins when this many of the last 5 s are ventricular, half of them without an organised complex.
    """

    begins_p: float = 0.88
    lasts_p: float = 0.7
    baseline_p: float = 0.5
    run_p_v: float = 0.5
    run_least_p_v: float = 0.3
    run_p: float = 0.3
    run_certain_p_v: float = 0.8
    run_certain_p: float = 0.8
    tachycardia_bpm: float = 100.0
    regular_run_cv: float = 0.12
    regularity: float = 0.55
    irregular: float = 0.7
    repeats: float = 0.9
    repeats_bpm: float = 150.0
    repeats_p: float = 0.25
    noise_uncertainty: float = 0.2
    noise_similarity: float = 0.5
    wave_p: float = 0.45
    line_share: float = 0.38
    disorder: float = 0.45
    order: float = 0.33
    flutter_bpm: float = 260.0
    slow_power: float = 0.3
    slow_lasts: float = 0.7
    begins_mv: float = 0.07
    lasts_mv: float = 0.05
    fibrillation_s: int = 4


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
    waves: list[WaveShape] = []
    """Shape of the waves in them."""
    disorder: list[float] = []
    """How far the waves are from a regular tachycardia."""
    seconds: list[Answer] = []
    """The answers of the last 5 s."""
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

    def add_answer(
        self, k: int, p: float, reliability: BeatReliability, waves: WaveShape, limits: VentricularLimits
    ) -> None:
        """Take in the network's answer to the newest inputs, and the shape of the waves in their signal."""
        usable, peak_hz, regularity = (float(self.features[at]) for at in (_USABLE, _PEAK_HZ, _REGULARITY))
        p = p if usable else 0.0
        self.answers = [*self.answers, p][-REMEMBERED_S:]
        self.regularity = [*self.regularity, regularity][-REMEMBERED_S:]
        self.waves = [*self.waves, waves][-REMEMBERED_S:]
        self.disorder = [*self.disorder, self._disorder(waves)][-DISORDER_S:]
        uncertain = (
            reliability.qrs_uncertainty >= limits.noise_uncertainty
            and reliability.beat_similarity < limits.noise_similarity
        )
        self.noise = uncertain or reliability.high_frequency_noise or reliability.unreadable
        repeats = _mean(self.regularity) >= limits.repeats and 60.0 * peak_hz >= limits.repeats_bpm
        begins_p = limits.repeats_p if repeats and not reliability.high_frequency_noise else limits.begins_p
        self.seconds = [*self.seconds, self._answer(begins_p, limits)][-ANSWERS_S:]
        self.episode = self._by_waves(k, limits) or self._by_run(k, limits) or self._by_cycles(k, begins_p, limits)
        slow_start = self.baseline.seconds < BASELINE_FROM_S and not self._is_new_and_fast(limits)
        if usable and (p < limits.baseline_p or slow_start):
            learn(self.baseline, self.features, BASELINE_COLUMNS)

    def rejects_runs(self, limits: VentricularLimits) -> bool:
        """Whether the signal contradicts a run of beats that are classified as ventricular."""
        return bool(self.answers) and max(self.answers) < (limits.begins_p if self.noise else limits.baseline_p)

    def bpm_by_signal(self, limits: VentricularLimits) -> float | None:
        """The rate of a tachycardia that the signal shows by repeating itself, as EC13's 4a, where no beat is found."""
        shown = self.episode is not None and self.episode.code == "ventricular_tachycardia" and self.episode.by_signal
        cycles_s = [wave.cycle_s for wave in self.waves]
        if not shown or min(cycles_s, default=0.0) <= 0 or _mean(self.regularity) < limits.repeats:
            return None
        return round(60.0 / sorted(cycles_s)[len(cycles_s) // 2], 1)

    def _answer(self, begins_p: float, limits: VentricularLimits) -> Answer:
        """The answer of the newest second."""
        p = _mean(self.answers[-2:])
        disorder, line = _mean(self.disorder), _mean([wave.line_share for wave in self.waves])
        before = self.episode
        fibrillated = before is not None and before.code == "ventricular_fibrillation"
        no_line = line < limits.line_share or fibrillated
        if p >= limits.wave_p and no_line and not self._has_regular_run(limits):
            if not self._is_large_and_fast(fibrillated, limits):
                return "organised"
            if disorder > limits.disorder:
                return "fibrillation"
            flutters = 60.0 * float(self.features[_PEAK_HZ]) >= limits.flutter_bpm
            return "either" if disorder > limits.order or flutters or self._is_new_and_fast(limits) else "tachycardia"
        lasts = before is not None and before.code == "ventricular_tachycardia" and before.by_signal
        regular = lasts or (disorder <= limits.irregular and _mean(self.regularity) >= limits.regularity)
        return "tachycardia" if regular and p >= (min(limits.lasts_p, begins_p) if lasts else begins_p) else "organised"

    def _is_large_and_fast(self, fibrillated: bool, limits: VentricularLimits) -> bool:
        """Whether the waves are no asystole, with or without baseline wander."""
        least_mv, slow = (limits.lasts_mv, limits.slow_lasts) if fibrillated else (limits.begins_mv, limits.slow_power)
        return float(np.exp(self.features[_SIZES].mean())) >= least_mv and float(self.features[_SLOW].mean()) < slow

    def _is_new_and_fast(self, limits: VentricularLimits) -> bool:
        """Whether a rhythm as fast as flutter holds while the patient has no baseline: a stream may begin in one."""
        return self.baseline.seconds < BASELINE_FROM_S and 60.0 * float(self.features[_PEAK_HZ]) >= limits.repeats_bpm

    def _disorder(self, waves: WaveShape) -> float:
        entropy, quiet = (float(self.features[columns].mean()) for columns in (_ENTROPY, _QUIET))
        return waves.disorder + entropy - QUIET_WEIGHT * quiet

    def _has_run(self, limits: VentricularLimits) -> bool:
        """Whether the last five beats are likely ventricular, and beats or signal are certain enough of it."""
        p_v, least, age_s = (float(self.features[at]) for at in (_RUN_P_V, _RUN_LEAST_P_V, _RUN_AGE))
        p = max(self.answers)
        each = least >= limits.run_least_p_v and (p >= limits.run_p or p_v >= limits.run_certain_p_v)
        return p_v >= limits.run_p_v and age_s <= RUN_ENDED_S and (each or p >= limits.run_certain_p)

    def _has_regular_run(self, limits: VentricularLimits) -> bool:
        return self._has_run(limits) and float(self.features[_RUN_RR_CV]) <= limits.regular_run_cv

    def _by_waves(self, k: int, limits: VentricularLimits) -> VentricularEpisode | None:
        """Fibrillation or flutter: most of the last seconds have no organised complexes."""
        ventricular = [at for at, answer in enumerate(self.seconds) if answer != "organised"]
        without = sum(answer in {"fibrillation", "either"} for answer in self.seconds)
        before = self.episode
        if before is not None and before.code == "ventricular_fibrillation":
            return before if without and len(ventricular) >= LASTS_S else None
        least = limits.fibrillation_s if before is not None and before.by_signal else limits.fibrillation_s // 2
        if len(ventricular) < limits.fibrillation_s or without < least:
            return None
        told_apart = 2 * self.seconds.count("fibrillation") > len(ventricular)
        first = k - (len(self.seconds) - 1 - ventricular[0]) * FS_HZ
        return VentricularEpisode(
            "ventricular_fibrillation",
            max(0, first - ONSET_BEFORE),
            WITHOUT_QRS if told_apart else NOT_TOLD_APART,
            len(ventricular),
            limits.fibrillation_s,
            "s",
            by_signal=True,
        )

    def _by_cycles(self, k: int, begins_p: float, limits: VentricularLimits) -> VentricularEpisode | None:
        """Tachycardia by four seconds of regular wide complexes, whether or not their beats are found."""
        before = self.episode
        lasts = before is not None and before.code == "ventricular_tachycardia" and before.by_signal
        if before is not None and lasts:
            return before if len(self.seconds) - self.seconds.count("organised") >= LASTS_S else None
        certain = _mean(self.answers[-2:]) >= begins_p or self.seconds.count("tachycardia") >= limits.fibrillation_s
        bpm = self._cycles_per_minute()
        if self.seconds[-1] != "tachycardia" or not certain or bpm <= limits.tachycardia_bpm:
            return None
        return VentricularEpisode(
            "ventricular_tachycardia",
            max(0, k - ONSET_BEFORE),
            "rate of wide complexes by the signal",
            round(bpm),
            limits.tachycardia_bpm,
            "/min",
            by_signal=True,
        )

    def _cycles_per_minute(self) -> float:
        """Cycles a minute: of waves that repeat themselves, else of the detected beats."""
        cycles_s = sorted(wave.cycle_s for wave in self.waves)
        median_s = cycles_s[len(cycles_s) // 2]
        return 60.0 / median_s if median_s > 0 else float(self.features[_BPM_NOW])

    def _by_run(self, k: int, limits: VentricularLimits) -> VentricularEpisode | None:
        bpm, age_s = float(self.features[_RUN_BPM]), float(self.features[_RUN_AGE])
        in_noise = self.noise and self.episode is None and max(self.answers) < limits.begins_p
        if in_noise or bpm <= limits.tachycardia_bpm or not self._has_run(limits):
            return None
        if self.episode and self.episode.code == "ventricular_tachycardia":
            return self.episode
        onset = k - round((age_s + 4 * 60.0 / bpm) * FS_HZ)
        rule = "rate over five beats that are likely ventricular"
        return VentricularEpisode(
            "ventricular_tachycardia", onset, rule, round(bpm, 1), limits.tachycardia_bpm, "/min", by_signal=False
        )


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
