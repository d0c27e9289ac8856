"""Sustained VF and VT: whether and how soon each episode was alerted, also where a stream begins in its middle."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.alerts.observations import MonitorFindings
from training.evaluation.alerts.scores.intervals import RhythmInterval, TimeInterval
from training.evaluation.alerts.scores.lethal_rhythms import (
    CODES,
    FIBRILLATION,
    LETHAL,
    TACHYCARDIA,
    lethal_intervals,
)
from training.evaluation.alerts.scores.proportions import interval_of, part_of
from training.evaluation.bootstrap import Interval

SUSTAINED_S = 8.0
IN_TIME_S = 10.0
"""AAMI EC13 asks for an alarm within 10 s of the onset."""
JOINED_AFTER_S = 5.0
JOINED_HEARD_S = 30.0
JOINED_IN_TIME_S = 15.0
"""A stream that begins so long after the onset of VF is heard for so long, and to be alerted within that."""


class ScoredEpisode(msgspec.Struct, frozen=True):
    """VF or VT without a break, and when it was alerted.

    Attributes
    ----------
    record : str
    kind : str
        ``VF`` if any of it is.
    onset_s, duration_s : float
        In the record; of a joined stream from where it begins.
    raised_s : float or None
        From the onset until an alert of VF or VT stood: 0 where one did already, None where none came.
    code : str or None
        Of that alert.
    any_high_s : float or None
        The same for any physiological alert of high priority.
    """

    record: str
    kind: str
    onset_s: float
    duration_s: float
    raised_s: float | None
    code: str | None
    any_high_s: float | None


class EpisodeRow(msgspec.Struct, frozen=True):
    """Episodes of a kind: how many were alerted, how soon; seconds, shares of 1.

    Attributes
    ----------
    kind : str
    episodes, alerted : int
    in_time_s : float
        What is in time.
    in_time : Interval
        Share of all episodes that had an alert of VF or VT by then.
    any_high_in_time : Interval
        Share that had some physiological alert of high priority by then.
    median_s, p90_s : float
        Until the alert; an episode without one takes forever.
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
    found = []
    for span in lethal_intervals(reference, at_least_s=SUSTAINED_S):
        fibrillates = any(span.overlap_s(other) > 0 for other in fibrillation)
        found.append(_episode(name, FIBRILLATION if fibrillates else TACHYCARDIA, span, span, findings))
    return found


def joined_spans(reference: Sequence[RhythmInterval]) -> list[TimeInterval]:
    """What is left of each VF from where a stream joins it, if it lasts until it should have been alerted."""
    episodes = lethal_intervals(reference, (FIBRILLATION,), JOINED_AFTER_S + JOINED_IN_TIME_S)
    return [TimeInterval(episode.start_s + JOINED_AFTER_S, episode.stop_s) for episode in episodes]


def score_joined(name: str, left: TimeInterval, findings: MonitorFindings) -> ScoredEpisode:
    """A stream of record ``name`` that begins in VF, of which this is left."""
    return _episode(name, FIBRILLATION, left, TimeInterval(0.0, left.duration_s), findings)


def in_time(episode: ScoredEpisode, seconds: float) -> bool:
    """Whether an alert of VF or VT stood so soon after the onset."""
    return episode.raised_s is not None and episode.raised_s <= seconds


def episode_rows(records: Sequence[Sequence[ScoredEpisode]], drawn: NDArray[np.int64]) -> list[EpisodeRow]:
    """The figures of the episodes of several records, all together and by kind."""
    kinds = {"all": LETHAL} | {kind: (kind,) for kind in LETHAL}
    return [
        episode_row(kind, [[one for one in record if one.kind in kinds[kind]] for record in records], IN_TIME_S, drawn)
        for kind in kinds
    ]


def episode_row(
    kind: str, records: Sequence[Sequence[ScoredEpisode]], seconds: float, drawn: NDArray[np.int64]
) -> EpisodeRow:
    """The figures of episodes, record by record, that are to be alerted within so many seconds."""
    episodes = [episode for record in records for episode in record]
    raised = [math.inf if episode.raised_s is None else episode.raised_s for episode in episodes]
    cells = np.array(
        [
            (
                sum(in_time(one, seconds) for one in record),
                sum(one.any_high_s is not None and one.any_high_s <= seconds for one in record),
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
        seconds,
        in_time=interval_of(part_of(0, 2), cells, drawn),
        any_high_in_time=interval_of(part_of(1, 2), cells, drawn),
        median_s=_quantile(raised, 0.5),
        p90_s=_quantile(raised, 0.9),
    )


def _episode(name: str, kind: str, place: TimeInterval, span: TimeInterval, findings: MonitorFindings) -> ScoredEpisode:
    """An episode that stands at ``place`` of a record and at ``span`` of what was heard of it."""
    raised = _first_raised(findings, span, CODES)
    high = _first_raised(findings, span, None)
    return ScoredEpisode(
        name,
        kind,
        place.start_s,
        place.duration_s,
        raised_s=raised[0] if raised else None,
        code=raised[1] if raised else None,
        any_high_s=high[0] if high else None,
    )


def _first_raised(
    findings: MonitorFindings, episode: TimeInterval, codes: Sequence[str] | None
) -> tuple[float, str] | None:
    """Seconds from the onset until the first alert of an episode stood, and its code.

    It may be raised when the episode is over, if its condition was of it. Without codes, any physiological alert of
    high priority will do.
    """
    found = [
        (round(max(0.0, alert.raised_s - episode.start_s), 3), alert.code)
        for alert in findings.alerts
        if (alert.code in codes if codes else (alert.priority, alert.kind) == ("high", "physiological"))
        and findings.condition(alert).overlap_s(episode) > 0
    ]
    return min(found, default=None)


def _quantile(seconds: Sequence[float], q: float) -> float:
    """The smallest time within which that share of episodes was alerted; infinite where that many were not."""
    ordered = sorted(seconds)
    return ordered[math.ceil(q * len(ordered)) - 1] if ordered else math.nan
