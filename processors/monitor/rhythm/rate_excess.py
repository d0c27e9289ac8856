"""How far and how long a heart rate is beyond its limit: a limit is crossed by the excess summed over time.

A rate of 20/min beyond its limit is an alert after ``RhythmLimits.hr_low_delay_s`` or ``hr_high_delay_s``. One that is
less beyond takes longer: only what is more than ``SLIGHT_BPM`` beyond counts, and the sum must reach the same value.
With 3 s that is 18 s at 5/min beyond. A slight excess is an alert after ``RhythmLimits.slight_excess_s``.
"""

from statistics import median

from processors.monitor.rhythm.conditions import FS_HZ, RhythmBeat, RhythmLimits
from processors.monitor.rhythm.rhythm_state import RateExcess, RhythmState

SLIGHT_BPM = 2
"""An excess of up to this much is slight. A healthy heart near its limit makes it for minutes (nsrdb)."""
FAR_BPM = 20
"""The excess for which the delays are stated."""
LARGEST_PART = 0.5
"""One interval counts at most this part of the sum at which the limit is crossed: one long interval, from a pause or a
missed beat, is no bradycardia."""
MEDIAN_OF = 5
"""A fast rate counts by the median of so many intervals: one beat too many makes two short intervals, and would
otherwise add 60 s/min, more than the whole sum."""
SIDES = {"bradycardia": -1, "tachycardia": 1}
_ROUNDING = 1e-6


def add_to_excess(state: RhythmState, beat: RhythmBeat, limits: RhythmLimits) -> None:
    """Count the interval before the newest beat in the sums of both limits. A gap changes nothing."""
    if beat.rr is None:
        return
    summary = state.beat_summary
    rr_s = beat.rr / FS_HZ
    typical_s = median([one.rr for one in state.beats[-MEDIAN_OF:] if one.rr is not None]) / FS_HZ
    for code, mean_bpm in (("bradycardia", summary.low_bpm), ("tachycardia", summary.high_bpm)):
        limit_bpm, side = _limit_bpm(code, limits), SIDES[code]
        before = _excess(state, code, limits)
        enough = _enough(code, limits)
        counted_s = rr_s if code == "bradycardia" else typical_s
        # (rate - limit - slight) · time, for the rate 60 / time of one interval
        part = min(side * (60.0 - (limit_bpm + side * SLIGHT_BPM) * counted_s), LARGEST_PART * enough)
        beyond = mean_bpm > 0 and side * (round(mean_bpm) - limit_bpm) > 0
        beyond_s = before.beyond_s + (rr_s if beyond else -rr_s)
        state.rate_excess[code] = RateExcess(
            limit_bpm,
            min(max(before.summed + part, 0.0), enough),
            min(max(beyond_s, 0.0), limits.slight_excess_s),
        )


def crossed_since(state: RhythmState, code: str, n: int, k: int, limits: RhythmLimits) -> int | None:
    """Since which sample the rate is beyond its limit, if it is so far or for so long that this is an alert.

    Parameters
    ----------
    state : RhythmState
        Its mean rate over the newest ``n`` beats is beyond the limit.
    code : str
        A code of ``SIDES``, or of an extreme rate. Those need no excess.
    n : int
    k : int
        The sample of the decision.
    limits : RhythmLimits
    """
    if code not in SIDES:
        return state.beats[-n].r
    excess = _excess(state, code, limits)
    if excess.summed >= _enough(code, limits) - _ROUNDING:
        return state.beats[-n].r
    if excess.beyond_s >= limits.slight_excess_s:
        return max(0, min(state.beats[-n].r, k - round(limits.slight_excess_s * FS_HZ)))
    return None


def _excess(state: RhythmState, code: str, limits: RhythmLimits) -> RateExcess:
    """The sums up to now; those that were counted against another limit do not count."""
    limit_bpm = _limit_bpm(code, limits)
    known = state.rate_excess.get(code)
    return known if known and known.limit_bpm == limit_bpm else RateExcess(limit_bpm)


def _limit_bpm(code: str, limits: RhythmLimits) -> int:
    return limits.hr_low_bpm if code == "bradycardia" else limits.hr_high_bpm


def _enough(code: str, limits: RhythmLimits) -> float:
    """The sum at which the limit is crossed, in s/min."""
    delay_s = limits.hr_low_delay_s if code == "bradycardia" else limits.hr_high_delay_s
    return (FAR_BPM - SLIGHT_BPM) * delay_s
