"""What the rhythm rules remember between events: beats, seconds, windows and the conditions that hold.

Every rule family reads this one state. Only :class:`processors.monitor.rhythm.rhythm.Rhythm` ``rates`` and
``rate_excess`` (for ``rate_last_met`` and ``rate_excess``) and ``ectopy_patterns`` (for ``v_peaks``) change it.
"""

import msgspec

from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmBeat, RhythmLimits, SecondSummary
from processors.monitor.rhythm.unreadable import Unreadable
from processors.monitor.rhythm.ventricular import VentricularRhythm

CLASSIFIED_AFTER_S = 1.75
"""The class of a beat comes at most 1.75 s after its R peak."""


class BeatSummary(msgspec.Struct, frozen=True):
    """Run lengths and rates at the newest beat. They are counted once a beat, because the rules run at every event.

    Lengths are in beats and go back to a gap or a pause at the most. A rate is 0 where it is unknown.
    """

    ventricular_run: int = 0
    supraventricular_run: int = 0
    bigeminy: int = 0
    trigeminy: int = 0
    low_bpm: float = 0.0
    """Mean rate over ``RhythmLimits.low_beats``."""
    high_bpm: float = 0.0
    """Mean rate over ``RhythmLimits.high_beats``."""


class RateExcess(msgspec.Struct, frozen=True):
    """How far and how long a rate is beyond a limit. Both sums are 0 or more and stop where the limit is crossed.

    Attributes
    ----------
    limit_bpm : int
        The limit against which was counted.
    summed : float
        The excess beyond the slight one, times its seconds, in s/min. It falls while the rate is nearer to its limit.
    beyond_s : float
        Counts the seconds in which the mean rate is beyond the limit up, and those in which it is within down.
    """

    limit_bpm: int
    summed: float = 0.0
    beyond_s: float = 0.0


class RhythmState(msgspec.Struct):
    """State of the rhythm rules of one session. Indices count its 250 Hz samples."""

    beats: list[RhythmBeat] = []
    """The newest classified beats, oldest first."""
    beat_summary: BeatSummary = BeatSummary()
    v_peaks: list[int] = []
    """R peaks of the ventricular beats of the last minute, without those of the learning time."""
    ventricular_rhythm: VentricularRhythm = msgspec.field(default_factory=VentricularRhythm)
    """Tachycardia and fibrillation by the ventricular network."""
    second: SecondSummary | None = None
    """The newest second."""
    noisy_seconds: int = 0
    """Counts up in noisy seconds and down, twice as fast, in clean ones."""
    unreadable: Unreadable = msgspec.field(default_factory=Unreadable)
    """The newest stretches that nobody can read."""
    holding: dict[str, Condition] = {}
    """The conditions that hold, by code. Rules with hysteresis depend on them."""
    p_abnormal: list[tuple[int, float]] = []
    """(end of the window, probability) of the last windows."""
    baseline_p: float = 0.0
    """The median of those probabilities: the patient's baseline."""
    explained_k: int = -(10**9)
    """The newest sample at which another rule explained the signal, so that it is no anomaly."""
    rate_last_met: dict[str, int] = {}
    """When each rate condition was last met, by code: an irregular slow heart is one episode."""
    rate_excess: dict[str, RateExcess] = {}
    """How far and how long the rate is beyond the limits of bradycardia and tachycardia, by code."""

    def onset_of(self, code: str, onset: int) -> int:
        """The onset that a condition began with if it holds already, else ``onset``."""
        return self.holding[code].onset if code in self.holding else onset

    def beats_are_current(self, k: int, limits: RhythmLimits) -> bool:
        """Whether the newest beat shows the rhythm at sample ``k``: no beat is overdue by more than its class takes."""
        return bool(self.beats) and k - self.beats[-1].r < (limits.asystole_s + CLASSIFIED_AFTER_S) * FS_HZ
