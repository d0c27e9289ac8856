"""Atrial fibrillation: from the network's answers to a rhythm with onset and end, and to a condition for an alert."""

from collections.abc import Mapping

import msgspec

from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmLimits

CODE = "atrial_fibrillation"
RHYTHM = "(AFIB"
"""WFDB aux string."""
HIDDEN = ("(N", "(B", "(T", "(SVTA")
"""Rhythms that atrial fibrillation is said instead of: its pauses and aberrant beats make such patterns by chance."""
SILENCE_S = 10
"""Without a beat for so long nothing is known of the atria."""

Renamed = tuple[int, Mapping[str, str]]
"""Since which sample, and what each name of a rhythm is to be instead."""


class AtrialAnswer(msgspec.Struct, frozen=True):
    """What the network said at sample ``k``: the chance of fibrillation over the beats ``first_r`` to ``last_r``."""

    k: int
    p: float
    first_r: int
    last_r: int


class AtrialFibrillation(msgspec.Struct):
    """Whether the atria fibrillate, and since when. Indices count 250 Hz samples of the session."""

    on: bool = False
    onset: int = 0
    """Of the stretch that lasts, or of the last one."""
    until: int = -(10**9)
    """How long it has lasted, as far as answers say."""
    refuted: int = 0
    """When the network last said that the atria do not fibrillate."""
    answers: list[float] = []
    """The last chances, ``RhythmLimits.af_steady_answers`` of them at the most."""
    episode: int | None = None
    """Onset of the episode that an alert is about: stretches with less than ``af_recovery_s`` between them."""

    def add_answer(self, answer: AtrialAnswer, limits: RhythmLimits) -> Renamed | None:
        """Take the next answer in; since when the rhythm has another name, if it has one now.

        One answer that is sure says yes, and so do many that are half sure: it then lasts up to the last of those. An
        answer that looks back beyond the onset, and says no, is about the whole stretch: it never was.
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
            self.refuted = answer.k
        return renamed

    def no_s(self, limits: RhythmLimits) -> bool:
        """Whether no beat can be premature: fibrillating atria have no rhythm that one could come too early in."""
        return self._mean() >= limits.af_no_s_p

    def conditions(self, k: int, limits: RhythmLimits) -> dict[str, Condition]:
        """Atrial fibrillation as a condition, by code, at sample ``k``."""
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
        self.onset = max(answer.first_r, self.refuted - int(limits.af_lag_s * FS_HZ))
        return self.onset, dict.fromkeys(HIDDEN, RHYTHM)

    def _end(self, answer: AtrialAnswer) -> Renamed:
        self.on = False
        if answer.first_r <= self.onset:
            self.until = self.onset
        return self.until, {RHYTHM: "(N"}
