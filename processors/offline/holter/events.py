"""Chooses the events that the report shows with a strip of ECG: the longest and fastest of each kind."""

from collections.abc import Iterator

import msgspec

from processors.offline.holter.ectopy import ECTOPIC, BeatSequence, fastest_run, longest_run
from processors.offline.holter.heart_rate import RateFigures
from processors.offline.holter.summary import HolterSummary
from processors.offline.holter.words import lasting
from wardbeat.contracts.rhythm_words import rhythm_words

RATE_INTERVALS = 8
"""The displayed heart rate is the mean over this many RR intervals."""


class StripEvent(msgspec.Struct, frozen=True):
    """An event with a strip: what it is, and its begin and end in seconds."""

    title: str
    start_s: float
    end_s: float


def strip_events(summary: HolterSummary) -> list[StripEvent]:
    """The events in the order of the report. One event that is both the longest and the fastest has both titles."""
    events: dict[tuple[float, float], StripEvent] = {}
    for event in _events(summary):
        place = (event.start_s, event.end_s)
        before = events.get(place)
        events[place] = StripEvent(f"{before.title}; {_lower(event.title)}", *place) if before else event
    return list(events.values())


def _events(summary: HolterSummary) -> Iterator[StripEvent]:
    if summary.rate:
        yield from _rates(summary.rate)
    if summary.longest_rr:
        rr = summary.longest_rr
        yield StripEvent(f"Longest RR interval: {rr.rr_s:.2f} s", max(0.0, rr.end_s - rr.rr_s), rr.end_s)
    for symbol in ECTOPIC:
        found = summary.sequences[symbol]
        for title, run in (("Longest", longest_run(found)), ("Fastest", fastest_run(found))):
            if run:
                yield StripEvent(f"{title} run of {symbol}: {_of_beats(run)}", run.start_s, run.end_s)
        for title, beats in (("couplet", 2), ("single", 1)):
            first = next((one for one in found if one.beats == beats), None)
            if first:
                yield StripEvent(f"First {title} {symbol}", first.start_s, first.end_s)
    for group in summary.rhythms:
        span = group.longest
        title = f"{rhythm_words(group.name)}, longest episode: {lasting(span.duration_s)}"
        yield StripEvent(title, span.start_s, span.end_s)


def _rates(rate: RateFigures) -> Iterator[StripEvent]:
    for title, bpm, at_s in (
        ("Slowest", rate.slowest_bpm, rate.slowest_at_s),
        ("Fastest", rate.fastest_bpm, rate.fastest_at_s),
    ):
        start_s = max(0.0, at_s - RATE_INTERVALS * 60 / bpm)
        yield StripEvent(f"{title} heart rate: {bpm:.0f}/min", start_s, at_s)


def _of_beats(run: BeatSequence) -> str:
    return f"{run.beats} beats, {run.per_minute:.0f}/min"


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]
