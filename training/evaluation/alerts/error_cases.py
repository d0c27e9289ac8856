"""Which errors to look at: of each kind one of each record before a second of any."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from training.evaluation.alerts.observations import MonitorFindings
from training.evaluation.alerts.scores.atrial_fibrillation import StripRow
from training.evaluation.alerts.scores.burden import URGENT, group_of
from training.evaluation.alerts.scores.challenge_2015 import ALARM_S, AlarmRow
from training.evaluation.alerts.scores.episodes import ScoredEpisode, in_time
from training.evaluation.alerts.scores.heart_rate import HeartRateRecord
from training.evaluation.alerts.scores.intervals import RhythmInterval, TimeInterval, covered_s
from training.evaluation.alerts.scores.lethal_rhythms import KIND_OF, OTHER
from training.evaluation.alerts.scores.splices import SpliceRow, splice_is_right
from training.evaluation.alerts.scores.waveforms import WaveformRow, waveform_signal
from wardbeat.ecg.waveforms import WAVEFORMS

CASES = 6
"""Of each kind."""
DECIDED = (10.0, 0.0)
"""A strip before a decision, and one that has what came before an alert and a little of what followed."""
RAISED = (16.0, 4.0)
LONG = (2.0, 18.0)


class AlertError(msgspec.Struct, frozen=True):
    """An error: of which kind, where, and in words what is true and what was said.

    Attributes
    ----------
    kind : str
    record : str
    signal : str
        The name of what was heard: the record itself, or what was made of it.
    at_s : float
        When.
    words : str
    before_s, after_s : float
        How much the strip shows before and after that.
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
    """The cases to show, kind by kind in the order in which they come."""
    by_kind: dict[str, list[AlertError]] = defaultdict(list)
    for case in cases:
        by_kind[case.kind].append(case)
    return [case for found in by_kind.values() for case in _one_a_record_first(found)[:CASES]]


def alarm_cases(rows: Sequence[AlarmRow]) -> Iterator[AlertError]:
    """True alarms that were called false, and false ones called true."""
    for missed in (True, False):
        for row in rows:
            if row.true == missed and row.called != row.true:
                kind = f"{'missed' if missed else 'false'} {row.alarm.replace('_', ' ')}"
                shown = ", ".join(row.codes + row.other_codes) or "no alert"
                yield AlertError(kind, row.record, row.record, ALARM_S, shown, *DECIDED)


def episode_cases(kind: str, episodes: Iterable[tuple[str, ScoredEpisode]], seconds: float) -> Iterator[AlertError]:
    """Episodes that had no alert in time; each with the name of the signal, in which a joined one begins at 0."""
    for signal, episode in episodes:
        if in_time(episode, seconds):
            continue
        at_s = 0.0 if signal != episode.record else episode.onset_s
        when = "never" if episode.raised_s is None else f"after {episode.raised_s:.1f} s ({episode.code})"
        words = f"{episode.kind} of {episode.duration_s:.1f} s, alerted {when}"
        yield AlertError(kind, episode.record, signal, at_s, words)


def false_lethal_cases(
    findings: MonitorFindings, called: Sequence[TimeInterval], reference: Sequence[RhythmInterval]
) -> Iterator[AlertError]:
    """Where VF or VT is said and the reference has another rhythm throughout."""
    other = [rhythm.span for rhythm in reference if KIND_OF.get(rhythm.rhythm, OTHER) == OTHER]
    for span in called:
        if covered_s(span, other) > span.duration_s - 1e-6:
            words = f"said for {span.duration_s:.1f} s"
            yield AlertError("false VF or VT", findings.name, findings.name, span.start_s, words)


def alert_cases(findings: MonitorFindings, codes: Sequence[str] | None) -> Iterator[AlertError]:
    """Alerts of these codes, or without any all that are physiological and not of low priority."""
    for alert in findings.alerts:
        if alert.code in codes if codes else group_of(alert.code) == URGENT:
            words = f"{alert.rule}: {alert.value:g} {alert.unit} (threshold {alert.threshold:g})"
            yield AlertError(f"{alert.code} alert", findings.name, findings.name, alert.raised_s, words, *RAISED)


def rate_cases(records: Sequence[HeartRateRecord]) -> Iterator[AlertError]:
    """Where the heart rate shown was farthest off, the worst record first."""
    wrong = [record for record in records if record.right < record.shown and record.worst_s is not None]
    for record in sorted(wrong, key=lambda one: one.right - one.shown):
        words = f"{record.shown - record.right} of {record.shown} s wrong"
        yield AlertError("wrong heart rate", record.record, record.record, record.worst_s or 0.0, words, *RAISED)


def strip_cases(rows: Sequence[StripRow]) -> Iterator[AlertError]:
    """AF that was not annotated, and what was annotated as AF and is none."""
    for truth, called in (("A", False), ("O", True), ("N", True)):
        kind = f"{'false' if called else 'missed'} AF, the reference has {truth}"
        for row in rows:
            if (row.truth, row.called) == (truth, called):
                yield AlertError(kind, row.record, row.record, 0.0, truth, *LONG)


def splice_cases(rows: Sequence[SpliceRow], signal: str) -> Iterator[AlertError]:
    """Splices without the alert expected in time, or with a heart rate and no alert."""
    for row in rows:
        if not splice_is_right(row):
            when = "never" if row.raised_s is None else f"after {row.raised_s:.1f} s"
            others = f"; {', '.join(row.other_codes)}" if row.other_codes else ""
            words = f"alerted {when}{others}; a heart rate without an alert for {row.rate_s:g} s"
            yield AlertError(f"splice: {row.kind}", row.record, signal, row.start_s, words, *LONG)


def waveform_cases(rows: Sequence[WaveformRow]) -> Iterator[AlertError]:
    """Test waveforms of which heart rate or alert is not as the standard has it."""
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
                *LONG,
            )


def _one_a_record_first(cases: Sequence[AlertError]) -> list[AlertError]:
    """In rounds: the first case of each record, then the second of each, and so on."""
    rounds: dict[str, int] = defaultdict(int)
    ordered = []
    for place, case in enumerate(cases):
        ordered.append((rounds[case.record], place, case))
        rounds[case.record] += 1
    return [case for *_, case in sorted(ordered, key=lambda entry: entry[:2])]
