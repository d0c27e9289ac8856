"""Which high alerts the reference bears out: a wide test of each alert's name, by annotated beats and rhythms alone.

It is wider than :mod:`~training.evaluation.alerts.scores.reference_agreement`, and uses none of the monitor's rules:

- `ventricular_fibrillation`: flutter (``[`` to ``]``), or a rhythm ``(VF…``, within 2 s.
- `ventricular_tachycardia`: the same, a rhythm ``(VT…``, or 3 and more V, E or F in a row, within 5 s of the alert.
- `asystole`: an RR interval of 3 s and more, within 2 s.
- `extreme_bradycardia`: a mean of 4 RR intervals (5 beats) below 50/min, from 15 s before the onset until 5 s after the
  raising; or an RR interval of 3 s and more within 2 s.
- `extreme_tachycardia`: such a mean above 130/min; or flutter, VF or VT within 5 s.

The time of an alert is from its onset until its raising. An alert of any other code is not borne out. A record without
annotated beats (vfdb) bears out no asystole and no rate.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.alerts.findings import DetectedAlert, MonitorFindings
from training.evaluation.alerts.scores.episodes import EpisodeRow, ScoredEpisode
from training.evaluation.alerts.scores.intervals import TimeInterval
from training.evaluation.alerts.scores.proportions import interval_of, proportion, proportion_of
from training.evaluation.bootstrap import Interval
from wardbeat.contracts.alert_codes import CODES
from wardbeat.ecg.aami import AAMI_CLASS

RUN_SYMBOLS = frozenset("VEF")
RUN_BEATS = 3
PAUSE_S = 3.0
BEATS_OF_A_RATE = 5
LOW_BPM, HIGH_BPM = 50.0, 130.0
RATE_BEFORE_S, RATE_AFTER_S = 15.0, 5.0
NEAR_S, NEAR_TACHYCARDIA_S = 2.0, 5.0
ALL = "all"


class Annotated(NamedTuple):
    """An annotation: its time in s, its WFDB symbol and its aux string."""

    t_s: float
    symbol: str
    aux: str


class ReferenceEvidence(NamedTuple):
    """What the reference of a record has that can bear out an alert.

    Attributes
    ----------
    fibrillation, tachycardia, pauses : list of TimeInterval
    rates : ndarray, shape (n, 2)
        Time in s of the middle of 5 beats, and their mean rate per minute.
    """

    fibrillation: list[TimeInterval]
    tachycardia: list[TimeInterval]
    pauses: list[TimeInterval]
    rates: NDArray[np.float64]


class RecordAlerts(msgspec.Struct, frozen=True):
    """High physiological alerts of a record by code: all, and those that the reference bears out."""

    hours: float
    raised: dict[str, int]
    borne_out: dict[str, int]


class BorneOutRow(msgspec.Struct, frozen=True):
    """Alerts of a code (or all): counts, the share that is borne out (0 to 1), and the others in 24 h."""

    code: str
    raised: int
    borne_out: int
    share: Interval
    false_a_day: Interval


class BorneOut(msgspec.Struct, frozen=True, kw_only=True):
    """The high alerts of one folder or several, held against the reference.

    Attributes
    ----------
    hours : float
    codes : list of BorneOutRow
        The last row has all codes.
    runs : EpisodeRow
        Runs of at least 5 V at more than 100/min in the reference: how many were alerted within 10 s of their first V.
    every_run : list of ScoredEpisode
    by_record : dict of RecordAlerts
    """

    hours: float
    codes: list[BorneOutRow]
    runs: EpisodeRow
    every_run: list[ScoredEpisode]
    by_record: dict[str, RecordAlerts]


def evidence_of(annotations: Sequence[Annotated], duration_s: float) -> ReferenceEvidence:
    """What the annotations of a record can bear out; the last rhythm lasts until the end of the record."""
    beats = [one for one in annotations if one.symbol in AAMI_CLASS]
    times = np.array([beat.t_s for beat in beats], np.float64)
    rr_s = np.diff(times)
    rhythms = [one for one in annotations if one.symbol == "+"]
    changes = [*((one.t_s, one.aux) for one in rhythms), (duration_s, "")]
    named = [(aux, TimeInterval(start_s, stop_s)) for (start_s, aux), (stop_s, _) in pairwise(changes)]
    return ReferenceEvidence(
        [*_flutter(annotations), *(interval for aux, interval in named if aux.startswith("(VF"))],
        [*(interval for aux, interval in named if aux.startswith("(VT")), *_runs(beats)],
        [TimeInterval(float(times[at]), float(times[at + 1])) for at in np.flatnonzero(rr_s >= PAUSE_S)],
        _rates(times, rr_s),
    )


def is_borne_out(alert: DetectedAlert, evidence: ReferenceEvidence) -> bool:
    """Whether the reference bears out a high alert."""
    time = TimeInterval(alert.onset_s, max(alert.onset_s, alert.raised_s))
    ventricular = [*evidence.fibrillation, *evidence.tachycardia]
    at_s, bpm = evidence.rates.T
    rates = bpm[(at_s > time.start_s - RATE_BEFORE_S) & (at_s < time.stop_s + RATE_AFTER_S)]
    match alert.code:
        case "ventricular_fibrillation":
            return _near(time, evidence.fibrillation, NEAR_S)
        case "ventricular_tachycardia":
            return _near(time, ventricular, NEAR_TACHYCARDIA_S)
        case "asystole":
            return _near(time, evidence.pauses, NEAR_S)
        case "extreme_bradycardia":
            return bool((rates < LOW_BPM).any()) or _near(time, evidence.pauses, NEAR_S)
        case "extreme_tachycardia":
            return bool((rates > HIGH_BPM).any()) or _near(time, ventricular, NEAR_TACHYCARDIA_S)
    return False


def judged_alerts(findings: MonitorFindings, evidence: ReferenceEvidence) -> list[tuple[DetectedAlert, bool]]:
    """The high physiological alerts of a record, and whether each is borne out."""
    return [
        (alert, is_borne_out(alert, evidence))
        for alert in findings.alerts
        if alert.priority == "high" and alert.kind != "technical"
    ]


def record_alerts(judged: Sequence[tuple[DetectedAlert, bool]], duration_s: float) -> RecordAlerts:
    """The counts of a record."""
    return RecordAlerts(
        duration_s / 3600,
        dict(Counter(alert.code for alert, _ in judged)),
        dict(Counter(alert.code for alert, borne_out in judged if borne_out)),
    )


def borne_out_of(
    records: Mapping[str, RecordAlerts],
    runs: tuple[EpisodeRow, Sequence[ScoredEpisode]],
    resamples: NDArray[np.int64],
) -> BorneOut:
    """The figures of all records together.

    Parameters
    ----------
    records : mapping of RecordAlerts
    runs : tuple of EpisodeRow and sequence of ScoredEpisode
        The runs of V beats of these records.
    resamples : ndarray, shape (resamples, records)
        How often each record is in each resample of the bootstrap.
    """
    raised = [code for code in CODES if any(code in record.raised for record in records.values())]
    return BorneOut(
        hours=round(sum(record.hours for record in records.values()), 3),
        codes=[_row(code, list(records.values()), resamples) for code in (*raised, ALL)],
        runs=runs[0],
        every_run=list(runs[1]),
        by_record=dict(records),
    )


def _row(code: str, records: Sequence[RecordAlerts], resamples: NDArray[np.int64]) -> BorneOutRow:
    cells = np.array(
        [(_count(one.raised, code), _count(one.borne_out, code), one.hours) for one in records], np.float64
    ).reshape(-1, 3)
    raised, borne_out, _ = cells.sum(axis=0)
    return BorneOutRow(
        code,
        int(raised),
        int(borne_out),
        share=interval_of(proportion_of(1, 0), cells, resamples),
        false_a_day=interval_of(
            lambda cells: proportion(24.0 * (cells[..., 0] - cells[..., 1]), cells[..., 2]), cells, resamples
        ),
    )


def _count(by_code: Mapping[str, int], code: str) -> int:
    return sum(by_code.values()) if code == ALL else by_code.get(code, 0)


def _near(time: TimeInterval, intervals: Sequence[TimeInterval], within_s: float) -> bool:
    return any(
        interval.start_s - within_s <= time.stop_s and time.start_s <= interval.stop_s + within_s
        for interval in intervals
    )


def _flutter(annotations: Sequence[Annotated]) -> list[TimeInterval]:
    """From each ``[`` until its ``]``; a ``[`` without its end has no length."""
    intervals, start_s = [], None
    for one in annotations:
        if one.symbol == "[":
            start_s = one.t_s
        elif one.symbol == "]" and start_s is not None:
            intervals.append(TimeInterval(start_s, one.t_s))
            start_s = None
    return intervals


def _runs(beats: Sequence[Annotated]) -> list[TimeInterval]:
    """The runs of ``RUN_BEATS`` and more ventricular beats."""
    intervals: list[TimeInterval] = []
    run: list[float] = []
    for t_s, symbol, _ in (*beats, Annotated(0.0, "", "")):
        if symbol in RUN_SYMBOLS:
            run.append(t_s)
            continue
        if len(run) >= RUN_BEATS:
            intervals.append(TimeInterval(run[0], run[-1]))
        run = []
    return intervals


def _rates(times: NDArray[np.float64], rr_s: NDArray[np.float64]) -> NDArray[np.float64]:
    width = BEATS_OF_A_RATE - 1
    if len(rr_s) < width:
        return np.zeros((0, 2))
    means = np.lib.stride_tricks.sliding_window_view(rr_s, width).mean(axis=1)
    bpm = proportion(np.full(len(means), 60.0), means)  # beats at one sample have no rate
    return np.column_stack((times[2 : 2 + len(means)], bpm))
