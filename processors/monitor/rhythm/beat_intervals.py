"""Classified beats and the intervals between them, as several rule families need them."""

from processors.monitor.rhythm.conditions import FS_HZ, RhythmBeat, RhythmLimits


def starts_run(beat: RhythmBeat, limits: RhythmLimits) -> bool:
    """Whether a gap or a pause comes before this beat, so that earlier beats are not part of its run."""
    return beat.rr is None or beat.rr >= limits.pause_s * FS_HZ


def in_learning_time(beat: RhythmBeat, limits: RhythmLimits) -> bool:
    """Whether the monitor does not know the patient yet at this beat.

    Some recorders begin with calibration pulses, which the beat network calls V.
    """
    return beat.r < limits.learning_s * FS_HZ


def mean_bpm(beats: list[RhythmBeat]) -> float:
    """Mean heart rate over the intervals before these beats, in 1/min; 0 if one interval is unknown."""
    return bpm(known_intervals(beats))


def known_intervals(beats: list[RhythmBeat]) -> list[int]:
    """The intervals before these beats, in 250 Hz samples; an empty list if one is unknown."""
    intervals = [beat.rr for beat in beats if beat.rr is not None]
    return intervals if len(intervals) == len(beats) else []


def bpm(intervals: list[int]) -> float:
    """Mean heart rate of intervals in 250 Hz samples, in 1/min; 0 without intervals."""
    return 60.0 * FS_HZ * len(intervals) / sum(intervals) if intervals else 0.0
