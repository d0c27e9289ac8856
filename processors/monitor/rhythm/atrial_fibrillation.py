"""Atrial fibrillation: from the answers of the atrial network to a rhythm with onset and end, and to a condition."""

from collections.abc import Mapping

import msgspec

from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmLimits

CODE = "atrial_fibrillation"
RHYTHM = "(AFIB"
"""WFDB aux string."""
HIDDEN = ("(N", "(B", "(T", "(SVTA")
"""Rhythms that atrial fibrillation replaces: its pauses and aberrant beats make such patterns by chance."""
SILENCE_S = 10
"""After 10 s without a beat the monitor knows nothing about the atria."""

Renamed = tuple[int, Mapping[str, str]]
"""The sample from which on rhythms get another name, and the new name by the old one."""


class AtrialAnswer(msgspec.Struct, frozen=True):
    """The network's answer at sample ``k``: the probability of fibrillation from the beat ``first_r`` to ``last_r``."""

    k: int
    p: float
    first_r: int
    last_r: int


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
    episode: int | None = None
    """Onset of the alert's episode: stretches with less than ``af_recovery_s`` between them."""

    def add_answer(self, answer: AtrialAnswer, limits: RhythmLimits) -> Renamed | None:
        """Take in the next answer. If it changes the name of the rhythm, return from where on and how.

        Fibrillation begins with one answer of a high probability, or with many of a medium one. It lasts up to the last
        answer of a medium probability. A negative answer over beats from before the onset covers the whole stretch:
        then there was no fibrillation at all.
        """
        if answer.k - answer.last_r > SILENCE_S * FS_HZ:
            self.on = False
            self.answers = []
            return None
        self.answers = [*self.answers, answer.p][-limits.af_steady_answers :]
        steady = len(self.answers) == limits.af_steady_answers and self._mean() >= limits.af_steady_p
        renamed = None
        if answer.p >= limits.af_p or steady:
            if answer.p >= limits.af_steady_p or not self.on:
                self.until = answer.k
            renamed = None if self.on else self._begin(answer, limits)
        elif self.on:
            renamed = self._end(answer)
        if answer.p < limits.af_p:
            self.last_no_k = answer.k
        return renamed

    def rules_out_s(self, limits: RhythmLimits) -> bool:
        """Whether no beat can be premature: fibrillating atria have no rhythm that a beat could come too early in."""
        return self._mean() >= limits.af_no_s_p

    def conditions(self, k: int, limits: RhythmLimits) -> dict[str, Condition]:
        """Atrial fibrillation as a condition at sample ``k``, by code; empty if it does not hold."""
        if self.on and self.episode is None and self.until - self.onset >= limits.af_s * FS_HZ:
            self.episode = self.onset
        if self.episode is not None and k - self.until >= limits.af_recovery_s * FS_HZ:
            self.episode = None
        if self.episode is None or limits.known_af:
            return {}
        rule = "chance of atrial fibrillation over the last beats"
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
