"""Bradycardia and tachycardia: the mean heart rate over the newest beats against the patient's limits.

A limit is crossed by how far and how long (:class:`processors.monitor.rhythm.rate_excess.RateExcess`). The extreme
limits are crossed as soon as the mean rate is beyond them.
"""

from itertools import pairwise

from processors.monitor.rhythm.beat_intervals import bpm as rate_of
from processors.monitor.rhythm.beat_intervals import known_intervals
from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmBeat, RhythmLimits
from processors.monitor.rhythm.rate_excess import crossed_since
from processors.monitor.rhythm.rhythm_state import RhythmState
from processors.monitor.rhythm.standstill import time_without_qrs

READABLE_PART = 0.75
"""A rate needs this part of its intervals: one unreadable beat must not hide a fast heart (our choice)."""


def rate_conditions(state: RhythmState, k: int, limits: RhythmLimits) -> list[Condition]:
    """Bradycardia, tachycardia and their extremes at sample ``k``, with hysteresis in rate and time."""
    low_bpm, high_bpm = state.beat_summary.low_bpm, state.beat_summary.high_bpm
    slow = low_bpm and low_bpm < max(limits.hr_low_bpm, limits.extreme_low_bpm)
    fast = high_bpm > min(limits.hr_high_bpm, limits.extreme_high_bpm)
    if not (slow or fast or state.holding):
        return []
    if not state.beats_are_current(k, limits):
        low_bpm = high_bpm = 0.0
    rows = (
        ("extreme_bradycardia", limits.low_beats, low_bpm, limits.extreme_low_bpm, -1),
        ("bradycardia", limits.low_beats, round(low_bpm), limits.hr_low_bpm, -1),  # rounded, as screens show it
        ("extreme_tachycardia", limits.high_beats, high_bpm, limits.extreme_high_bpm, 1),
        ("tachycardia", limits.high_beats, round(high_bpm), limits.hr_high_bpm, 1),
    )
    standstill = time_without_qrs(state)[1] >= limits.pause_s
    found = []
    for code, n, bpm, limit, side in rows:
        if standstill and side > 0:
            continue  # a heart that stands still is not fast; it may well be slow
        holds = state.holding.get(code)
        margin = -limits.rate_hysteresis_bpm if holds else 0
        if bpm and side * (bpm - limit) > margin:
            since = state.beats[-n].r if holds else crossed_since(state, code, n, k, limits)
            if since is None:
                continue  # not far or not long enough
            state.rate_last_met[code] = k
            onset = state.onset_of(code, since)
            found.append(Condition(code, onset, f"mean rate over {n} beats", round(bpm, 1), limit, "/min"))
        elif holds and k - state.unreadable.known_until(state.rate_last_met[code]) < limits.rate_recovery_s * FS_HZ:
            found.append(holds)
        elif holds:
            state.rate_excess.pop(code, None)  # the next episode begins at 0
    return found


def mean_rate_bpm(beats: list[RhythmBeat], n: int, limits: RhythmLimits) -> float:
    """Mean rate over the last ``n`` beats in 1/min, without the intervals at unreadable beats.

    0 with fewer beats or readable intervals, after a gap, and with an interval of ``RhythmLimits.asystole_s`` or more:
    that is a standstill.
    """
    if len(beats) < n:
        return 0.0
    readable = [beat for before, beat in pairwise(beats[-n:]) if "Q" not in (before.symbol, beat.symbol)]
    intervals = known_intervals(readable)
    enough = len(intervals) >= READABLE_PART * (n - 1)
    return rate_of(intervals) if enough and max(intervals) < limits.asystole_s * FS_HZ else 0.0
