"""Ventricular beats in a row: tachycardia or a slower ventricular rhythm, short runs, couplets.

:mod:`processors.monitor.rhythm.ventricular` decides on tachycardia and fibrillation first, by the ventricular network.
This module decides by the classes of the beats alone, while that one has no episode.
"""

from processors.monitor.rhythm.beat_intervals import mean_bpm, starts_run
from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmLimits
from processors.monitor.rhythm.rhythm_state import RhythmState

LONG_RUNS = ("ventricular_tachycardia", "ventricular_rhythm")
RUN_LASTS, RUN_LASTS_OF = 4, 6
"""A long run lasts while 4 of the newest 6 beats are ventricular: the network may misclassify two in a row."""

PACED_S, LEAST_PACED = 5, 3
"""A signal is no tachycardia while each beat of the last 5 s is a paced one, at least 3 of them."""
BEATS_OF_PACED_S = 30


def ventricular_conditions(state: RhythmState, k: int, limits: RhythmLimits) -> list[Condition]:
    """The episode that the ventricular network found, else what the runs of ventricular beats make at sample ``k``."""
    episode = state.ventricular_rhythm.episode
    if episode is None or (episode.code == "ventricular_tachycardia" and _is_paced(state, k)):
        return _runs(state, k, limits)
    onset = state.onset_of(episode.code, episode.onset)
    return [Condition(episode.code, onset, episode.rule, episode.value, episode.threshold, episode.unit)]


def _runs(state: RhythmState, k: int, limits: RhythmLimits) -> list[Condition]:
    if not state.beats_are_current(k, limits):
        return []
    run, beats = state.beat_summary.ventricular_run, state.beats
    if run >= limits.vt_beats:
        long_run = _long_run(state, run, limits)
        return [] if _is_rejected(state, long_run.code, limits) else [long_run]
    if state.holding:
        held = [state.holding[code] for code in LONG_RUNS if code in state.holding]
        lasting = [condition for condition in held if not _is_rejected(state, condition.code, limits)]
        if lasting and [beat.symbol for beat in beats[-RUN_LASTS_OF:]].count("V") >= RUN_LASTS:
            return lasting
    if run >= 3:
        return [Condition("ventricular_run", beats[-run].r, "ventricular beats in a row", run, 3, "beats")]
    paired = run == 0 and len(beats) >= 3 and beats[-2].symbol == beats[-3].symbol == "V"
    if paired and (len(beats) == 3 or beats[-4].symbol != "V") and not starts_run(beats[-2], limits):
        return [Condition("couplet", beats[-3].r, "ventricular beats in a row", 2, 2, "beats")]
    return []


def _is_paced(state: RhythmState, k: int) -> bool:
    """Whether a pacemaker makes the beats of the last seconds: wide, regular and no tachycardia."""
    recent = [beat.paced for beat in state.beats[-BEATS_OF_PACED_S:] if beat.r >= k - PACED_S * FS_HZ]
    return len(recent) >= LEAST_PACED and all(recent)


def _is_rejected(state: RhythmState, code: str, limits: RhythmLimits) -> bool:
    """Whether the signal contradicts a run of beats that would be tachycardia."""
    return code == "ventricular_tachycardia" and state.ventricular_rhythm.rejects_runs(limits.ventricular)


def _long_run(state: RhythmState, run: int, limits: RhythmLimits) -> Condition:
    bpm = mean_bpm(state.beats[1 - limits.vt_beats :])  # over the newest of them, as a run may speed up
    fast = bpm > limits.vt_bpm or "ventricular_tachycardia" in state.holding  # once fast, the episode stays one
    code = "ventricular_tachycardia" if fast else "ventricular_rhythm"
    rule = "rate over ventricular beats in a row"
    return Condition(code, state.onset_of(code, state.beats[-run].r), rule, round(bpm, 1), limits.vt_bpm, "/min")
