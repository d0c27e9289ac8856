"""The inputs and outputs of the rhythm rules: beats and seconds, the limits, the conditions.

``k``, ``r`` and ``onset`` count 250 Hz samples of the session, here and in all of ``processors.monitor``: ``k`` is the
sample at which the monitor decides, ``r`` an R peak, ``onset`` the start of a condition.
"""

import msgspec

from processors.monitor.rhythm.ventricular import VentricularLimits
from wardbeat.contracts.messages import DISPLAY_FS_HZ, Symbol

FS_HZ = DISPLAY_FS_HZ


class RhythmLimits(msgspec.Struct, frozen=True):
    """Every threshold of the rhythm rules; rates in beats per minute, times in seconds.

    *Challenge* is the PhysioNet/CinC Challenge 2015 (doi:10.1088/0967-3334/37/8/E5). We use its definitions of the
    life-threatening arrhythmias. A threshold without a source is our choice.

    Attributes
    ----------
    hr_low_bpm, hr_high_bpm : int
        Bradycardia is below, tachycardia above. Staff set them for a patient.
    hr_low_delay_s, hr_high_delay_s : float
        A rate that is 20/min beyond its limit is an alert after this long; one that is 5/min beyond, after six times
        as long (:mod:`processors.monitor.rhythm.rate_excess`). Staff set them for a patient or the ward.
    slight_excess_s : float
        A rate that is up to 2/min beyond its limit is an alert after this long. Staff set it for a patient or the ward.
    extreme_low_bpm, extreme_high_bpm : int
        Extreme bradycardia is below, extreme tachycardia above, for a patient without limits of their own (Challenge).
    low_beats, high_beats : int
        The rate is the mean over this many beats (Challenge).
    rate_hysteresis_bpm, rate_recovery_s : int, float
        A rate alert ends after the rate has been this far within its limit for this long. Half a minute makes one
        episode of a heart rate near its limit (nsrdb, svdb and DS1 of mitdb).
    asystole_s : float
        Asystole: no QRS complex for this long (Challenge).
    pause_s : float
        Pause: no QRS complex, or an RR interval, for this long. Staff set it for a patient.
    flat_mv : float
        Above this activity the signal moves. It is the limit of coarse fibrillation (AHA; Kerber 1997,
        doi:10.1161/01.CIR.95.6.1677); the true asystoles of challenge-2015 have up to 0.15.
    active_s : float
        Asystole and pause take this much longer where the signal moves: it may be fibrillation or noise.
    vt_beats, vt_bpm : int
        Ventricular tachycardia: this many ventricular beats in a row, faster than this (Challenge).
    pvc_per_minute, pvc_hysteresis : int
        The alert needs more ventricular beats a minute than this; it ends at this many fewer. Staff set the first one
        for a patient.
    supraventricular_run_beats : int
        A run needs this many supraventricular beats in a row.
    supraventricular_run_bpm : int
        A run is faster than this, like every tachycardia: healthy hearts make slower runs when they breathe or speed
        up (nsrdb).
    supraventricular_run_step : float
        A run begins with an interval of at most this proportion of the one before; a sinus rhythm speeds up by less at
        a time. It costs one of 40 true alerts of svdb and one of 16 of DS1, and removes all three false ones of nsrdb.
    cycles : int
        Bigeminy and trigeminy need this many cycles.
    anomaly_windows, anomaly_of : int
        An anomaly needs this many abnormal windows of the last so many.
    anomaly_p, anomaly_over_baseline : float
        A window is abnormal above this probability, and only this far above the patient's baseline. The bundle in
        service has its own ``anomaly_p``.
    noisy_quality : float
        The signal is noisy if its best lead has a lower quality than this.
    noisy_uncertainty : float
        The signal is noisy from this uncertainty of the QRS network on. Every stretch of recorded electrode motion
        reaches it within 9 s, as do 0.8 % of the seconds of mitdb (held out) and 0.2 % of those of nsrdb; no true
        tachycardia of challenge-2015 exceeds 0.2.
    clear_uncertainty : float
        Noise by uncertainty ends below this.
    noisy_similarity : float
        Beats that are more similar than this are a heart's, in a shape that is new to the network (EC13's have 0.92
        and more); 95 of 100 seconds of recorded motion have less.
    noisy_s : int
        The alert needs this many noisy seconds.
    lead_back_s : float
        A lead that was off counts again after this long, so that a loose contact is one episode.
    learning_s : float
        The monitor learns a new patient for this long. Until then it reports only standstill, fibrillation, rates and
        technical conditions.
    known_af : bool
        Atrial fibrillation is the patient's own rhythm, so it is no alert. Staff set it.
    paced : bool
        The patient has a pacemaker: its pulses are no QRS complexes, and its beats are not ventricular. Staff set it.
    af_p : float
        From this probability on, one answer is enough for atrial fibrillation: by F1 on challenge-2017, out of fold
        (.80 to .81 from .64 on).
    af_steady_p, af_steady_answers : float, int
        This many answers in a row, a minute and a half, are enough from this mean probability on. It finds fibrillation
        with frequent ventricular beats (203 of mitdb). The largest F1 by beats on DS1, out of fold (.715 at .27, .779
        at .35, .777 at .37).
    af_beats : int
        The rule ignores answers over fewer beats than this.
    af_lag_s : float
        Fibrillation begins this long before the last answer against it: the network looks back, and knows a beat a
        second late.
    af_sinus_signs, af_sinus_beats : float, int
        An answer over this many beats or more counts as 0 if the signs of a sinus rhythm add up to this: the proportion
        of the signal before the QRS complexes that is a steady P wave, and the proportion of the variation of the RR
        intervals that follows the breath. Chosen out of fold on challenge-2017 and DS1, and on sinus arrhythmia made of
        svdb's beats: the lowest sum that costs no F1 there.
    af_no_s_p : float
        From this mean of those answers on, S beats become N: on DS1 and svdb, out of fold, .65 to .85 are better than
        no such rule.
    af_s, af_recovery_s : float
        An alert after this long; the episode ends after this long without fibrillation.
    ventricular : VentricularLimits
        The thresholds of ventricular tachycardia and fibrillation.
    technical_rises_s : float
        Lead off and noise have a higher priority after this long.
    off : tuple of str
        The alert codes that staff switched off for this patient.
    """

    hr_low_bpm: int = 50
    hr_high_bpm: int = 120
    hr_low_delay_s: float = 3.0
    hr_high_delay_s: float = 3.0
    slight_excess_s: float = 600.0
    extreme_low_bpm: int = 40
    extreme_high_bpm: int = 140
    low_beats: int = 5
    high_beats: int = 17
    rate_hysteresis_bpm: int = 5
    rate_recovery_s: float = 30.0
    asystole_s: float = 4.0
    pause_s: float = 3.0
    flat_mv: float = 0.2
    active_s: float = 4.0
    vt_beats: int = 5
    vt_bpm: int = 100
    pvc_per_minute: int = 10
    pvc_hysteresis: int = 3
    supraventricular_run_beats: int = 3
    supraventricular_run_bpm: int = 100
    supraventricular_run_step: float = 0.9
    cycles: int = 3
    anomaly_windows: int = 4
    anomaly_of: int = 6
    anomaly_p: float = 0.5
    anomaly_over_baseline: float = 0.25
    noisy_quality: float = 0.25
    noisy_uncertainty: float = 0.4
    clear_uncertainty: float = 0.25
    noisy_similarity: float = 0.85
    noisy_s: int = 2
    lead_back_s: float = 5.0
    learning_s: float = 30.0
    known_af: bool = False
    paced: bool = False
    af_p: float = 0.67
    af_steady_p: float = 0.35
    af_steady_answers: int = 18
    af_beats: int = 6
    af_lag_s: float = 5.0
    af_sinus_signs: float = 0.75
    af_sinus_beats: int = 24
    af_no_s_p: float = 0.75
    af_s: float = 60.0
    af_recovery_s: float = 120.0
    ventricular: VentricularLimits = VentricularLimits()
    technical_rises_s: float = 60.0
    off: tuple[str, ...] = ()


class Condition(msgspec.Struct, frozen=True):
    """A condition that holds now, since ``onset``, with the measured value and its threshold."""

    code: str
    onset: int
    rule: str
    value: float
    threshold: float
    unit: str


class RhythmBeat(msgspec.Struct, frozen=True):
    """A classified beat: its R peak, its class, the interval before it (None after a gap)."""

    r: int
    symbol: Symbol
    rr: int | None
    paced: bool = False
    """Whether the patient's known pacemaker made it."""


class SecondSummary(msgspec.Struct, frozen=True):
    """What the signal path measured in a second, without any network but the QRS network."""

    k: int
    last_r: int
    """The newest R peak; before the first one, the sample at which detection began."""
    leads_usable_since: int
    """Since when at least one lead is neither off nor invalid; after ``k`` while no lead is usable."""
    quality: float
    """Quality of the best lead."""
    qrs_uncertainty: float = 0.0
    """This and the next three are those of :class:`wardbeat.ecg.features.quality.Quality`, for all leads together."""
    beat_similarity: float = 1.0
    activity_mv: float = 0.0
    high_frequency_noise: bool = False
    flat: bool = False
    """No lead changes at all, so that no lead can show a standstill."""
    possible_qrs: bool = True
    """The newest signal may hold a QRS complex that the detector has not reported yet."""
