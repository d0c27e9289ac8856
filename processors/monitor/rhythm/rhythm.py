"""The entry to the rhythm rules: it takes in beats, seconds and windows, and gives the conditions that hold.

Pure rules over sample time. :mod:`processors.monitor.alerting` makes alerts of the conditions. The definitions and
their default thresholds are those of the design's table of alerts. Each rule family has its own module:

========================  ==========================================================================
``standstill``            asystole, pause
``rates``                 bradycardia, tachycardia and their extremes
``rate_excess``           how far and how long a rate is beyond its limit, for ``rates``
``ventricular``           ventricular tachycardia and fibrillation by the ventricular network
``ventricular_runs``      ventricular tachycardia, ventricular rhythm, runs and couplets by the beats
``ectopy_patterns``       bigeminy, trigeminy, ventricular beats a minute, supraventricular runs
``atrial_fibrillation``   atrial fibrillation by the atrial network (the session uses it directly)
``anomaly``               abnormal windows that no other rule explains
``technical``             lead off, noisy signal
``unreadable``            what noise hides, so that no rule counts it
========================  ==========================================================================
"""

from statistics import median

import msgspec

from processors.monitor.rhythm.anomaly import WINDOW_MEMORY, anomaly_conditions
from processors.monitor.rhythm.beat_intervals import in_learning_time, starts_run
from processors.monitor.rhythm.conditions import Condition, RhythmBeat, RhythmLimits, SecondSummary
from processors.monitor.rhythm.ectopy_patterns import (
    periodic_conditions,
    periodic_length,
    pvc_rate_conditions,
    supraventricular_conditions,
)
from processors.monitor.rhythm.rate_excess import add_to_excess
from processors.monitor.rhythm.rates import mean_rate_bpm, rate_conditions
from processors.monitor.rhythm.rhythm_state import BeatSummary, RhythmState
from processors.monitor.rhythm.standstill import standstill_conditions
from processors.monitor.rhythm.technical import (
    AFFECTED_BY_NOISE,
    TECHNICAL_CODES,
    count_noisy_seconds,
    is_noisy,
    technical_conditions,
)
from processors.monitor.rhythm.unreadable import is_untrusted, is_void_second, kept_v_peaks
from processors.monitor.rhythm.ventricular import BeatReliability
from processors.monitor.rhythm.ventricular_runs import ventricular_conditions
from wardbeat.ecg.features.waves import WaveShape

BEAT_MEMORY = 256
"""256 beats: a minute at the fastest possible rate."""


class Rhythm(RhythmState):
    """The rhythm rules of one session."""

    def add_beat(self, beat: RhythmBeat, limits: RhythmLimits) -> None:
        """Take in the next classified beat."""
        self.beats.append(beat)
        del self.beats[:-BEAT_MEMORY]
        if beat.symbol == "V" and not in_learning_time(beat, limits) and not self.unreadable.is_recent(beat.r):
            self.v_peaks.append(beat.r)
        if beat.symbol == "Q":
            self.unreadable.add_beat(beat.r)
            self.v_peaks = kept_v_peaks(self.v_peaks, self.unreadable)
        new_run = starts_run(beat, limits)
        periodic = "V" in [recent.symbol for recent in self.beats[-3:]]
        before = self.beat_summary
        self.beat_summary = BeatSummary(
            ventricular_run=_run_length(before.ventricular_run, new_run) if beat.symbol == "V" else 0,
            supraventricular_run=_run_length(before.supraventricular_run, new_run) if beat.symbol == "S" else 0,
            bigeminy=periodic_length(self.beats, 2, limits) if periodic else 0,
            trigeminy=periodic_length(self.beats, 3, limits) if periodic else 0,
            low_bpm=mean_rate_bpm(self.beats, limits.low_beats, limits),
            high_bpm=mean_rate_bpm(self.beats, limits.high_beats, limits),
        )
        add_to_excess(self, beat, limits)

    def is_after_unreadable(self) -> bool:
        """Whether the newest beat is unreadable, so that no RR interval begins at it."""
        return bool(self.beats) and self.beats[-1].symbol == "Q"

    def add_second(self, second: SecondSummary, limits: RhythmLimits) -> None:
        """Take in the next second."""
        self.second = second
        noisy = is_noisy(self, second, limits)
        self.noisy_seconds = count_noisy_seconds(self.noisy_seconds, noisy, limits)
        stands_still = "asystole" in self.holding or "pause" in self.holding  # it began before the noise, and goes on
        if is_void_second(second, noisy=noisy, limits=limits) and not stands_still:
            self.unreadable.add_second(second)
            self.v_peaks = kept_v_peaks(self.v_peaks, self.unreadable)

    def add_ventricular_answer(self, p: float, waves: WaveShape, limits: RhythmLimits) -> None:
        """Take in the ventricular network's answer for the newest second, and the shape of its waves."""
        if self.second is None:
            raise AssertionError("an answer needs its second")
        k, unreadable = self.second.k, self.unreadable.is_recent(self.second.k)
        reliability = BeatReliability(
            self.second.qrs_uncertainty, self.second.beat_similarity, self.second.high_frequency_noise, unreadable
        )
        self.ventricular_rhythm.add_answer(k, p, reliability, waves, limits.ventricular)

    def note_no_qrs(self, k: int, possible_qrs: bool) -> None:
        """Take in that there is no QRS complex up to sample ``k`` either, between two seconds."""
        if self.second:
            self.second = msgspec.structs.replace(self.second, k=k, possible_qrs=possible_qrs)

    def add_window(self, end: int, p_abnormal: float) -> None:
        """Take in the probability of the next window, which ends at sample ``end``."""
        self.p_abnormal.append((end, p_abnormal))
        del self.p_abnormal[:-WINDOW_MEMORY]
        self.baseline_p = median(p for _, p in self.p_abnormal)

    def conditions(self, k: int, limits: RhythmLimits) -> dict[str, Condition]:
        """All conditions that hold at sample ``k``, by code.

        The order of the families matters: a ventricular rhythm explains a standstill, and any of them an anomaly.
        """
        found = [
            *ventricular_conditions(self, k, limits),
            *periodic_conditions(self, k, limits),
            *supraventricular_conditions(self, k, limits),
            *pvc_rate_conditions(self, k, limits),
            *rate_conditions(self, k, limits),
        ]
        found += standstill_conditions(self, found, limits)
        found += technical_conditions(self, found, limits)
        if any(condition.code not in TECHNICAL_CODES for condition in found):
            self.explained_k = k
        found += anomaly_conditions(self, k, limits)
        self.holding = {condition.code: condition for condition in found if not self._is_from_noise(condition, k)}
        return self.holding

    def _is_from_noise(self, condition: Condition, k: int) -> bool:
        """Whether noise may cause a condition, now or before. A condition that held before goes on."""
        if condition.code in self.holding or condition.code not in AFFECTED_BY_NOISE:
            return False
        return self.noisy_seconds > 0 or is_untrusted(condition, self.unreadable, k)


def _run_length(run: int, new_run: bool) -> int:
    """Length of a run with one more beat of its class, limited to the beats that are kept."""
    return 1 if new_run else min(run + 1, BEAT_MEMORY)
