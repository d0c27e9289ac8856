"""Spans of time with a name: what the rhythm was, how long an alert lasted, where the signal was analysed."""

from collections.abc import Iterable, Sequence

import msgspec

from wardbeat.contracts.messages import Alert, RhythmChange, Status

NOT_ANALYSED = "no_signal"
"""The state of the monitor while no lead is usable."""


class Span(msgspec.Struct, frozen=True):
    """A named time, in seconds from the start of the record."""

    name: str
    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


class SpanGroup(msgspec.Struct, frozen=True):
    """All spans of one name: their number, their total duration, the start of the first, and the longest one."""

    name: str
    spans: int
    total_s: float
    first_s: float
    longest: Span


def rhythm_spans(changes: Sequence[RhythmChange], duration_s: float) -> list[Span]:
    """The rhythms one after another, by their WFDB names; the last one lasts to the end of the record."""
    spans: list[Span] = []
    starts = [change.sample / change.fs for change in changes]
    for change, start_s, end_s in zip(changes, starts, [*starts[1:], duration_s], strict=False):
        if spans and spans[-1].name == change.rhythm:
            spans[-1] = msgspec.structs.replace(spans[-1], end_s=end_s)
        else:
            spans.append(Span(change.rhythm, start_s, end_s))
    return spans


def alert_spans(alerts: Iterable[Alert], duration_s: float) -> list[Span]:
    """Each alert from its onset to its end, by onset; one that has no end lasts to the end of the record."""
    spans = [
        Span(alert.code, alert.onset_s, duration_s if alert.ended_s is None else alert.ended_s) for alert in alerts
    ]
    return sorted(spans, key=lambda span: (span.start_s, span.name))


def state_spans(status: Sequence[Status]) -> list[Span]:
    """The states of the monitor one after another; each status is for the second that ends with it."""
    spans: list[Span] = []
    for one in status:
        start_s = spans[-1].end_s if spans else max(0.0, one.t_s - 1.0)
        if spans and spans[-1].name == one.state:
            spans[-1] = msgspec.structs.replace(spans[-1], end_s=one.t_s)
        else:
            spans.append(Span(one.state, start_s, one.t_s))
    return spans


def analysed_spans(status: Sequence[Status]) -> list[Span]:
    """The times in which a lead was usable."""
    return [span for span in state_spans(status) if span.name != NOT_ANALYSED]


def total_s(spans: Iterable[Span]) -> float:
    """The sum of the durations."""
    return sum(span.duration_s for span in spans)


def overlap_s(spans: Iterable[Span], others: Sequence[Span]) -> float:
    """The seconds that lie within both; neither sequence may overlap itself."""
    return sum(
        max(0.0, min(span.end_s, other.end_s) - max(span.start_s, other.start_s)) for span in spans for other in others
    )


def cut(spans: Iterable[Span], start_s: float, end_s: float) -> list[Span]:
    """The parts of spans between two times."""
    parts = (Span(span.name, max(span.start_s, start_s), min(span.end_s, end_s)) for span in spans)
    return [part for part in parts if part.end_s > part.start_s]


def grouped(spans: Iterable[Span]) -> dict[str, SpanGroup]:
    """The spans of each name together, in the order of their first appearance."""
    by_name: dict[str, list[Span]] = {}
    for span in spans:
        by_name.setdefault(span.name, []).append(span)
    return {
        name: SpanGroup(name, len(own), total_s(own), own[0].start_s, max(own, key=lambda span: span.duration_s))
        for name, own in by_name.items()
    }
