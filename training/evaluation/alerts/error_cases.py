"""Finds the errors in the scored rows and chooses those that the report shows, spread over records."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from training.evaluation.alerts.findings import DetectedAlert, MonitorFindings
from training.evaluation.alerts.scores.atrial_fibrillation import StripRow
from training.evaluation.alerts.scores.burden import URGENT, group_of
from training.evaluation.alerts.scores.challenge_2015 import ALARM_S, AlarmRow
from training.evaluation.alerts.scores.episodes import ScoredEpisode, in_time
from training.evaluation.alerts.scores.heart_rate import HeartRateRecord
from training.evaluation.alerts.scores.intervals import RhythmInterval, TimeInterval, covered_s
from training.evaluation.alerts.scores.lethal_rhythms import KIND_OF, OTHER
from training.evaluation.alerts.scores.splices import SpliceRow, splice_passes
from training.evaluation.alerts.scores.waveforms import WaveformRow, waveform_signal
from wardbeat.ecg.waveforms import WAVEFORMS

CASES_PER_KIND = 6
BEFORE_ALARM = (10.0, 0.0)
"""Seconds that a strip shows before and after the time of an error: here the 10 s that decide about an alarm."""
AROUND_ALERT = (16.0, 4.0)
"""The signal that led to an alert, and 4 s after it."""
AFTER_START = (2.0, 18.0)
"""The 20 s that an episode or a splice may last."""


class AlertError(msgspec.Struct, frozen=True):
    """An error of the monitor.

    Attributes
    ----------
    kind : str
    record : str
    signal : str
        Name of the signal: the record itself, or a signal made from it.
    at_s : float
        Time of the error in the signal.
    words : str
        Description of the error: expected and found.
    before_s, after_s : float
        How much the strip shows before and after ``at_s``.
    """

    kind: str
    record: str
    signal: str
    at_s: float
    words: str
    before_s: float = 2.0
    after_s: float = 8.0

    @property
    def file(self) -> str:
        name = "".join(letter if letter.isalnum() else "_" for letter in f"{self.kind} {self.signal}")
        return f"{name}_{self.at_s:.1f}s.png"


def choose_errors(cases: Iterable[AlertError]) -> list[AlertError]:
    """The errors to show, kind by kind: one of each record before a second of any record."""
    by_kind: dict[str, list[AlertError]] = defaultdict(list)
    for case in cases:
        by_kind[case.kind].append(case)
    return [case for of_kind in by_kind.values() for case in _one_per_record_first(of_kind)[:CASES_PER_KIND]]


def alarm_cases(rows: Sequence[AlarmRow]) -> Iterator[AlertError]:
    """True alarms that the monitor rejected, and false alarms that it accepted."""
    for missed in (True, False):
        for row in rows:
            if row.true == missed and row.called != row.true:
                kind = f"{'missed' if missed else 'false'} {row.alarm.replace('_', ' ')}"
                shown = ", ".join(row.codes + row.other_codes) or "no alert"
                yield AlertError(kind, row.record, row.record, ALARM_S, shown, *BEFORE_ALARM)


def episode_cases(kind: str, episodes: Iterable[tuple[str, ScoredEpisode]], seconds: float) -> Iterator[AlertError]:
    """Episodes without an alert in time. Each comes with the name of its signal; a joined one begins there at 0 s."""
    for signal, episode in episodes:
        if in_time(episode, seconds):
            continue
        at_s = 0.0 if signal != episode.record else episode.onset_s
        when = "never" if episode.raised_s is None else f"after {episode.raised_s:.1f} s ({episode.code})"
        words = f"{episode.kind} of {episode.duration_s:.1f} s, alerted {when}"
        yield AlertError(kind, episode.record, signal, at_s, words)


def false_lethal_cases(
    findings: MonitorFindings, detected: Sequence[TimeInterval], reference: Sequence[RhythmInterval]
) -> Iterator[AlertError]:
    """Intervals with an alert of VF or VT in which the reference has another rhythm throughout."""
    other = [rhythm.interval for rhythm in reference if KIND_OF.get(rhythm.rhythm, OTHER) == OTHER]
    for interval in detected:
        if covered_s(interval, other) > interval.duration_s - 1e-6:
            words = f"alerted for {interval.duration_s:.1f} s"
            yield AlertError("false VF or VT", findings.name, findings.name, interval.start_s, words)


def alert_cases(findings: MonitorFindings, codes: Sequence[str] | None) -> Iterator[AlertError]:
    """Alerts of these codes. None: all physiological alerts of high or medium priority."""
    for alert in findings.alerts:
        if alert.code in codes if codes else group_of(alert.code) == URGENT:
            words = f"{alert.rule}: {alert.value:g} {alert.unit} (threshold {alert.threshold:g})"
            yield AlertError(f"{alert.code} alert", findings.name, findings.name, alert.raised_s, words, *AROUND_ALERT)


def not_borne_out_cases(record: str, judged: Iterable[tuple[DetectedAlert, bool]]) -> Iterator[AlertError]:
    """High alerts that the reference does not bear out."""
    for alert, borne_out in judged:
        if not borne_out:
            words = f"{alert.rule}: {alert.value:g} {alert.unit} (threshold {alert.threshold:g})"
            yield AlertError(f"not borne out: {alert.code}", record, record, alert.raised_s, words, *AROUND_ALERT)


def rate_cases(records: Sequence[HeartRateRecord]) -> Iterator[AlertError]:
    """The largest heart rate error of each record, the worst record first."""
    wrong = [record for record in records if record.right < record.shown and record.worst_s is not None]
    for record in sorted(wrong, key=lambda one: one.right - one.shown):
        words = f"{record.shown - record.right} of {record.shown} s wrong"
        yield AlertError("wrong heart rate", record.record, record.record, record.worst_s or 0.0, words, *AROUND_ALERT)


def strip_cases(rows: Sequence[StripRow]) -> Iterator[AlertError]:
    """Records with missed AF, and records with AF that the reference does not have."""
    for reference, detected in (("A", False), ("O", True), ("N", True)):
        kind = f"{'false' if detected else 'missed'} AF, the reference has {reference}"
        for row in rows:
            if (row.truth, row.called) == (reference, detected):
                yield AlertError(kind, row.record, row.record, 0.0, reference, *AFTER_START)


def splice_cases(rows: Sequence[SpliceRow], signal: str) -> Iterator[AlertError]:
    """Splices without the expected alert in time, or with a displayed heart rate and no alert."""
    for row in rows:
        if not splice_passes(row):
            when = "never" if row.raised_s is None else f"after {row.raised_s:.1f} s"
            others = f"; {', '.join(row.other_codes)}" if row.other_codes else ""
            words = f"alerted {when}{others}; a heart rate without an alert for {row.rate_s:g} s"
            yield AlertError(f"splice: {row.kind}", row.record, signal, row.start_s, words, *AFTER_START)


def waveform_cases(rows: Sequence[WaveformRow]) -> Iterator[AlertError]:
    """Test waveforms whose heart rate or alert differs from the standard's."""
    for row in rows:
        if not row.right:
            shown = "none" if row.shown_bpm is None else "{:g} to {:g}/min".format(*row.shown_bpm)
            raised = "no alert" if row.raised_s is None else f"alert after {row.raised_s:.1f} s"
            words = f"heart rate {shown}, expected {row.expected_bpm or 'none'}; {raised}, expected {row.expected_code}"
            yield AlertError(
                "test waveform",
                row.waveform,
                waveform_signal(row.waveform, row.gain),
                WAVEFORMS[row.waveform].onset_s,
                words,
                *AFTER_START,
            )


def _one_per_record_first(cases: Sequence[AlertError]) -> list[AlertError]:
    """Order the cases in rounds: the first case of each record, then the second of each, and so on."""
    rounds: dict[str, int] = defaultdict(int)
    ordered = []
    for place, case in enumerate(cases):
        ordered.append((rounds[case.record], place, case))
        rounds[case.record] += 1
    return [case for *_, case in sorted(ordered, key=lambda entry: entry[:2])]
