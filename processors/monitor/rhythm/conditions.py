"""What the rules of rhythm are told, measure it against, and say: beats and seconds, limits, conditions.

Indices count 250 Hz samples of the session.
"""

import msgspec

from processors.monitor.rhythm.ventricular import VentricularLimits
from wardbeat.contracts.messages import Symbol

FS_HZ = 250


class RhythmLimits(msgspec.Struct, frozen=True):
    """Every threshold of the rhythm rules; rates in beats per minute, times in seconds.

    *Challenge* is the PhysioNet/CinC Challenge 2015 (doi:10.1088/0967-3334/37/8/E5), whose definitions of what kills
    are ours. Where nothing is named it is our choice.

    Attributes
    ----------
    hr_low_bpm, hr_high_bpm : int
        Bradycardia is below, tachycardia above. Staff set them for a patient.
    extreme_low_bpm, extreme_high_bpm : int
        Extreme bradycardia, extreme tachycardia of a patient without limits of the own (Challenge).
    low_beats, high_beats : int
        Over so many beats (Challenge).
    rate_hysteresis_bpm, rate_recovery_s : int, float
        An alert on a rate ends when it has been so far within its limit for so long. Half a minute is by nsrdb, svdb
        and DS1 of mitdb: a heart about its limit is one episode.
    asystole_s : float
        No QRS complex for so long (Challenge).
    pause_s : float
        No QRS complex for so long, or an interval of it. Staff set it for a patient.
    flat_mv : float
        Above it fibrillation is coarse (AHA; Kerber 1997, doi:10.1161/01.CIR.95.6.1677); the true asystoles of
        challenge-2015 have up to 0.15.
    active_s : float
        So much longer must no QRS complex be found where something moves: it may be fibrillation, or noise.
    vt_beats, vt_bpm : int
        So many ventricular beats in a row, faster than this, are ventricular tachycardia (Challenge).
    pvc_per_minute, pvc_hysteresis : int
        More ventricular beats a minute than this; it ends at so many fewer. Staff set the former for a patient.
    supraventricular_run_beats : int
        So many supraventricular beats in a row.
    supraventricular_run_bpm : int
        As every tachycardia begins above: healthy hearts that breathe or speed up make slower ones (nsrdb).
    supraventricular_run_step : float
        It sets in with an interval of at most so much of the one before; a sinus rhythm speeds up by less at a time.
        It costs one of 40 true alerts of svdb and one of 16 of DS1, and spares all three false ones of nsrdb.
    cycles : int
        Of bigeminy and of trigeminy.
    anomaly_windows, anomaly_of : int
        So many abnormal windows of so many.
    anomaly_p, anomaly_over_baseline : float
        A window is abnormal from this chance on, and only so far above the patient's usual one. The bundle in service
        has its own ``anomaly_p``.
    noisy_quality : float
        The best lead is noisy below this quality.
    noisy_uncertainty : float
        Reached by every stretch of recorded electrode motion within 9 s and by 0.8 % of the seconds of mitdb (held
        out), 0.2 % of those of nsrdb; no true tachycardia of challenge-2015 comes above 0.2.
    clear_uncertainty : float
        Noise by doubt is over below this.
    noisy_similarity : float
        Beats more alike are a heart's, of a shape that the network has never seen (EC13's have 0.92 and more); those
        of recorded motion have less in 95 of 100 seconds.
    noisy_s : int
        An alert after so many noisy seconds.
    lead_back_s : float
        A lead that was off counts again after so long: a loose contact is one episode.
    learning_s : float
        So long a patient is learnt; only standstill, fibrillation, rates and what is technical are told of before.
    known_af : bool
        Atrial fibrillation is the patient's own rhythm, and no alert. Staff set it.
    af_p : float
        From so sure an answer on the atria fibrillate: by F1 on challenge-2017, out of fold (.80 to .81 from .64 on).
    af_steady_p, af_steady_answers : float, int
        So many answers in a row, a minute and a half, may be half sure: fibrillation with frequent ventricular beats
        is found by that (203 of mitdb). Picked by the sensitivity on all of mitdb, out of fold on DS1.
    af_beats : int
        No answer is heard before so many beats.
    af_lag_s : float
        It began this long before the network last said no: the network looks back, and knows a beat a second late.
    af_no_s_p : float
        Mean of those answers from which S beats are N: on DS1 and svdb, out of fold, .65 to .85 are better than none.
    af_s, af_recovery_s : float
        An alert after so long; the episode ends after so long without.
    ventricular : VentricularLimits
        Those of ventricular tachycardia and fibrillation.
    technical_rises_s : float
        Lead off and noise are more urgent after so long.
    off : tuple of str
        Alert codes that are switched off for this patient. Staff set them.
    """

    hr_low_bpm: int = 50
    hr_high_bpm: int = 120
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
    af_p: float = 0.67
    af_steady_p: float = 0.27
    af_steady_answers: int = 18
    af_beats: int = 6
    af_lag_s: float = 5.0
    af_no_s_p: float = 0.75
    af_s: float = 60.0
    af_recovery_s: float = 120.0
    ventricular: VentricularLimits = VentricularLimits()
    technical_rises_s: float = 60.0
    off: tuple[str, ...] = ()


class Condition(msgspec.Struct, frozen=True):
    """Something that holds now, since ``onset``, with the value that says so against its threshold."""

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


class Second(msgspec.Struct, frozen=True):
    """What the signal path knows at the end of a second, without any network."""

    k: int
    last_r: int
    """The newest R peak, or where looking for one began."""
    leads_usable_since: int
    """Since when at least one lead is neither off nor invalid; after ``k`` while none is."""
    quality: float
    """Of the best lead."""
    qrs_uncertainty: float = 0.0
    """As :class:`wardbeat.ecg.features.quality.Quality`, as are the next three, of all leads together."""
    beat_similarity: float = 1.0
    activity_mv: float = 0.0
    high_frequency_noise: bool = False
    flat: bool = False
    """No lead changes at all, so that none is a witness of a standstill."""
    possible_qrs: bool = True
    """The newest signal may hold a QRS complex that nobody has told of yet."""
