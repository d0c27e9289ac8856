"""Atrial fibrillation: from the answers of the atrial network to a rhythm with onset and end, and to a condition.

Fibrillation needs both: no P wave before the QRS complexes, and RR intervals without a pattern. A sleeping healthy
heart has irregular intervals, but they follow its breath, and there are P waves. So these two signs of a sinus rhythm,
added up, rule fibrillation out, whatever the network answers.
"""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmLimits
from processors.monitor.sinus_beats import is_sinus_beat
from wardbeat.ecg.features.atrial_beats import AtrialBeats
from wardbeat.ecg.features.atrial_measures import MEASURES, atrial_measures
from wardbeat.ecg.features.respiratory_pattern import respiratory_share

CODE = "atrial_fibrillation"
RHYTHM = "(AFIB"
"""WFDB aux string."""
HIDDEN = ("(N", "(B", "(T", "(SVTA")
"""Rhythms that atrial fibrillation replaces: its pauses and aberrant beats make such patterns by chance."""
SILENCE_S = 10
"""After 10 s without a beat the monitor knows nothing about the atria."""

P_WAVE = MEASURES.index("wave_coherence")

Renamed = tuple[int, Mapping[str, str]]
"""The sample from which on rhythms get another name, and the new name by the old one."""


class AtrialAnswer(msgspec.Struct, frozen=True):
    """The network's answer at sample ``k``: the probability of fibrillation from the beat ``first_r`` to ``last_r``."""

    k: int
    p: float
    first_r: int
    last_r: int
    beats: int = 0
    p_wave: float = 0.0
    """Proportion of the signal before the QRS complexes that is in their mean, 0…1: a P wave is, noise and fibrillatory
    waves are not."""
    respiration: float = 0.0
    """Proportion of the variation of the RR intervals that follows the breath
    (:mod:`wardbeat.ecg.features.respiratory_pattern`), 0…1."""

    def is_sinus(self, limits: RhythmLimits) -> bool:
        """Whether P wave and breath together show a sinus rhythm."""
        return self.beats >= limits.af_sinus_beats and self.p_wave + self.respiration >= limits.af_sinus_signs


def atrial_answer(k: int, p: float, beats: AtrialBeats) -> AtrialAnswer:
    """The network's answer ``p`` at sample ``k`` about these beats, with the two signs of a sinus rhythm."""
    p_wave = round(max(0.0, float(atrial_measures(beats.rows)[P_WAVE])), 3)
    respiration = round(respiratory_share(beats.rows), 3)
    return AtrialAnswer(k, p, beats.first_r, beats.last_r, beats.count, p_wave, respiration)


class AtrialFibrillation(msgspec.Struct):
    """Whether the atria fibrillate, and since when. Indices count 250 Hz samples of the session."""

    on: bool = False
    onset: int = 0
    """Start of the current stretch of fibrillation, or of the last one."""
    until: int = -(10**9)
    """The last sample for which an answer supports fibrillation."""
    last_no_k: int = 0
    """When the network last answered that the atria do not fibrillate."""
    answers: list[float] = []
    """The last probabilities, at most ``RhythmLimits.af_steady_answers`` of them."""
    p_wave: float = 0.0
    """``AtrialAnswer.p_wave`` of the last answer."""
    signs: tuple[float, float] = (0.0, 0.0)
    """``p_wave`` and ``respiration`` of the last answer that supports fibrillation."""
    episode: int | None = None
    """Onset of the alert's episode: stretches with less than ``af_recovery_s`` between them."""

    def add_answer(self, answer: AtrialAnswer, limits: RhythmLimits) -> Renamed | None:
        """Take in the next answer. If it changes the name of the rhythm, return from where on and how.

        Fibrillation begins with one answer of a high probability, or with many of a medium one. It lasts up to the last
        answer of a medium probability. A negative answer over beats from before the onset covers the whole stretch:
        then there was no fibrillation at all. An answer over beats that are surely sinus beats is negative.
        """
        if answer.k - answer.last_r > SILENCE_S * FS_HZ:
            self.on = False
            self.answers = []
            self.p_wave = 0.0
            return None
        self.p_wave = answer.p_wave
        sinus = answer.is_sinus(limits)
        if sinus:
            answer = msgspec.structs.replace(answer, p=0.0)
        self.answers = [*self.answers, answer.p][-limits.af_steady_answers :]
        enough = len(self.answers) == limits.af_steady_answers and not sinus
        steady = enough and self._mean() >= limits.af_steady_p
        renamed = None
        if answer.p >= limits.af_p or steady:
            if answer.p >= limits.af_steady_p or not self.on:
                self.until = answer.k
                self.signs = answer.p_wave, answer.respiration
            renamed = None if self.on else self._begin(answer, limits)
        elif self.on:
            renamed = self._end(answer)
        if answer.p < limits.af_p:
            self.last_no_k = answer.k
        return renamed

    def rules_out_s(
        self, p: Sequence[float], rr: int | None, features: NDArray[np.float32], limits: RhythmLimits
    ) -> bool:
        """Whether a beat can't be premature: the atria have no rhythm, or the beat belongs to a sinus arrhythmia.

        Fibrillating atria have no rhythm that a beat could come too early in. The other parameters are those of
        :func:`processors.monitor.sinus_beats.is_sinus_beat`.
        """
        return self._mean() >= limits.af_no_s_p or is_sinus_beat(p, rr, features, self.p_wave)

    def conditions(self, k: int, limits: RhythmLimits) -> dict[str, Condition]:
        """Atrial fibrillation as a condition at sample ``k``, by code; empty if it does not hold."""
        if self.on and self.episode is None and self.until - self.onset >= limits.af_s * FS_HZ:
            self.episode = self.onset
        if self.episode is not None and k - self.until >= limits.af_recovery_s * FS_HZ:
            self.episode = None
        if self.episode is None or limits.known_af:
            return {}
        p_wave, respiration = self.signs
        rule = (
            "chance of atrial fibrillation over the last beats: "
            f"a steady P wave is {p_wave:.0%} of the signal before the QRS complexes, "
            f"{respiration:.0%} of the variation of the RR intervals follows the breath"
        )
        return {CODE: Condition(CODE, self.episode, rule, round(self._mean(), 2), limits.af_steady_p, "")}

    def _mean(self) -> float:
        return sum(self.answers) / max(len(self.answers), 1)

    def _begin(self, answer: AtrialAnswer, limits: RhythmLimits) -> Renamed:
        self.on = True
        self.onset = max(answer.first_r, self.last_no_k - int(limits.af_lag_s * FS_HZ))
        return self.onset, dict.fromkeys(HIDDEN, RHYTHM)

    def _end(self, answer: AtrialAnswer) -> Renamed:
        self.on = False
        if answer.first_r <= self.onset:
            self.until = self.onset
        return self.until, {RHYTHM: "(N"}
