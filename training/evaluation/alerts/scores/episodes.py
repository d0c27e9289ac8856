"""Sustained VF and VT, and runs of V beats: whether and how soon each raised an alert, also in streams joined in VF."""

import math
from collections.abc import Sequence
from itertools import groupby

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.alerts.findings import MonitorFindings
from training.evaluation.alerts.scores.intervals import RhythmInterval, TimeInterval
from training.evaluation.alerts.scores.lethal_rhythms import (
    CODES,
    FIBRILLATION,
    LETHAL,
    TACHYCARDIA,
    lethal_intervals,
)
from training.evaluation.alerts.scores.proportions import interval_of, proportion_of
from training.evaluation.bootstrap import Interval
from wardbeat.ecg.reference import ReferenceBeat

SUSTAINED_S = 8.0
IN_TIME_S = 10.0
"""AAMI EC13 requires an alarm within 10 s of the onset."""
JOINED_AFTER_S = 5.0
JOINED_DURATION_S = 30.0
JOINED_IN_TIME_S = 15.0
"""A stream begins 5 s after the onset of VF and lasts 30 s. It must raise an alert within 15 s."""

RUN = "run of V"
RUN_BEATS = 5
RUN_OVER_BPM = 100.0
"""A run of V beats in the reference that must be alerted as VT: at least 5 beats, at a mean rate of over 100/min."""


class ScoredEpisode(msgspec.Struct, frozen=True):
    """VF or VT without a break, or a run of V beats, and the time of its alert.

    Attributes
    ----------
    record : str
    kind : str
        ``VF`` if any part of it is VF, otherwise ``VT``; ``RUN`` for a run of V beats.
    onset_s, duration_s : float
        In the record; for a joined stream from the start of the stream.
    raised_s : float or None
        Seconds from the onset until an alert of VF or VT was displayed: 0 if there was one at the onset, None if there
        was none.
    code : str or None
        Code of that alert.
    any_high_s : float or None
        As ``raised_s``, for any physiological alert of high priority.
    """

    record: str
    kind: str
    onset_s: float
    duration_s: float
    raised_s: float | None
    code: str | None
    any_high_s: float | None


class EpisodeRow(msgspec.Struct, frozen=True):
    """Episodes of a kind: how many raised an alert, and how soon.

    Attributes
    ----------
    kind : str
    episodes, alerted : int
    in_time_s : float
        The longest delay in s that is in time.
    in_time : Interval
        Proportion of all episodes with an alert of VF or VT in time, from 0 to 1.
    any_high_in_time : Interval
        Proportion with any physiological alert of high priority in time.
    median_s, p90_s : float
        Quantiles of the delay; an episode without an alert has an infinite delay.
    """

    kind: str
    episodes: int
    alerted: int
    in_time_s: float
    in_time: Interval
    any_high_in_time: Interval
    median_s: float
    p90_s: float


def score_episodes(name: str, findings: MonitorFindings, reference: Sequence[RhythmInterval]) -> list[ScoredEpisode]:
    """The sustained episodes of a record."""
    fibrillation = lethal_intervals(reference, (FIBRILLATION,))
    episodes = []
    for interval in lethal_intervals(reference, at_least_s=SUSTAINED_S):
        fibrillates = any(interval.overlap_s(other) > 0 for other in fibrillation)
        episodes.append(_episode(name, FIBRILLATION if fibrillates else TACHYCARDIA, interval, interval, findings))
    return episodes


def score_runs(name: str, findings: MonitorFindings, beats: Sequence[ReferenceBeat], fs: float) -> list[ScoredEpisode]:
    """The fast runs of V beats of a record; ``beats`` are at ``fs`` samples a second, in order."""
    runs = [
        [beat.sample for beat in group]
        for ventricular, group in groupby(beats, lambda one: one.symbol == "V")
        if ventricular
    ]
    intervals = [TimeInterval(run[0] / fs, run[-1] / fs) for run in runs if len(run) >= RUN_BEATS and _is_fast(run, fs)]
    return [_episode(name, RUN, interval, interval, findings) for interval in intervals]


def joined_intervals(reference: Sequence[RhythmInterval]) -> list[TimeInterval]:
    """The rest of each VF after a stream joins it, if VF lasts at least until the alert is due."""
    episodes = lethal_intervals(reference, (FIBRILLATION,), JOINED_AFTER_S + JOINED_IN_TIME_S)
    return [TimeInterval(episode.start_s + JOINED_AFTER_S, episode.stop_s) for episode in episodes]


def score_joined(name: str, rest: TimeInterval, findings: MonitorFindings) -> ScoredEpisode:
    """A stream of record ``name`` that begins in VF; ``rest`` is the rest of the episode in the time of the record."""
    return _episode(name, FIBRILLATION, rest, TimeInterval(0.0, rest.duration_s), findings)


def in_time(episode: ScoredEpisode, limit_s: float) -> bool:
    """Whether an alert of VF or VT was displayed within ``limit_s`` of the onset."""
    return episode.raised_s is not None and episode.raised_s <= limit_s


def episode_rows(records: Sequence[Sequence[ScoredEpisode]], resamples: NDArray[np.int64]) -> list[EpisodeRow]:
    """The figures of the episodes of several records: of all kinds, and of each kind."""
    kinds = {"all": LETHAL} | {kind: (kind,) for kind in LETHAL}
    return [
        episode_row(
            kind, [[one for one in record if one.kind in kinds[kind]] for record in records], IN_TIME_S, resamples
        )
        for kind in kinds
    ]


def episode_row(
    kind: str, records: Sequence[Sequence[ScoredEpisode]], limit_s: float, resamples: NDArray[np.int64]
) -> EpisodeRow:
    """The figures of episodes, given record by record; an alert is in time within ``limit_s`` of the onset."""
    episodes = [episode for record in records for episode in record]
    raised = [math.inf if episode.raised_s is None else episode.raised_s for episode in episodes]
    cells = np.array(
        [
            (
                sum(in_time(one, limit_s) for one in record),
                sum(one.any_high_s is not None and one.any_high_s <= limit_s for one in record),
                len(record),
            )
            for record in records
        ],
        np.int64,
    ).reshape(-1, 3)
    return EpisodeRow(
        kind,
        len(episodes),
        sum(episode.raised_s is not None for episode in episodes),
        limit_s,
        in_time=interval_of(proportion_of(0, 2), cells, resamples),
        any_high_in_time=interval_of(proportion_of(1, 2), cells, resamples),
        median_s=_quantile(raised, 0.5),
        p90_s=_quantile(raised, 0.9),
    )


def _is_fast(samples: Sequence[int], fs: float) -> bool:
    """Whether the mean rate is over ``RUN_OVER_BPM``, reckoned in samples so that exactly 100/min is not over."""
    between = samples[-1] - samples[0]
    return bool(between) and 60.0 * fs * (len(samples) - 1) > RUN_OVER_BPM * between


def _episode(
    name: str, kind: str, in_record: TimeInterval, in_signal: TimeInterval, findings: MonitorFindings
) -> ScoredEpisode:
    """An episode, in the time of its record and in the time of the signal that the monitor received."""
    raised = _first_raised(findings, in_signal, CODES)
    high = _first_raised(findings, in_signal, None)
    return ScoredEpisode(
        name,
        kind,
        in_record.start_s,
        in_record.duration_s,
        raised_s=raised[0] if raised else None,
        code=raised[1] if raised else None,
        any_high_s=high[0] if high else None,
    )


def _first_raised(
    findings: MonitorFindings, episode: TimeInterval, codes: Sequence[str] | None
) -> tuple[float, str] | None:
    """Seconds from the onset until the first alert of an episode was displayed, and its code.

    The alert may be raised after the end of the episode if its condition overlaps the episode. Without codes, any
    physiological alert of high priority counts.
    """
    alerts = [
        (round(max(0.0, alert.raised_s - episode.start_s), 3), alert.code)
        for alert in findings.alerts
        if (alert.code in codes if codes else (alert.priority, alert.kind) == ("high", "physiological"))
        and findings.condition(alert).overlap_s(episode) > 0
    ]
    return min(alerts, default=None)


def _quantile(seconds: Sequence[float], q: float) -> float:
    """The shortest time within which the proportion ``q`` of episodes raised an alert; infinite if fewer did."""
    ordered = sorted(seconds)
    return ordered[math.ceil(q * len(ordered)) - 1] if ordered else math.nan
