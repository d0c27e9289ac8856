"""Which events get a strip."""

from processors.offline.holter.events import StripEvent, strip_events
from processors.offline.holter.summary import summarise
from tests.support.found_beats import annotations, beat, beats_of, rhythm, seconds


def events_of(symbols: str) -> dict[str, StripEvent]:
    found = annotations(beats_of(symbols, rr_s=0.5, start_s=1.0))
    return {event.title: event for event in strip_events(summarise(found, 60))}


def test_one_run_that_is_the_longest_and_the_fastest_has_one_strip() -> None:
    events = events_of("NNVVVN")
    title = "Longest run of V: 3 beats, 120/min; fastest run of V: 3 beats, 120/min"
    assert events[title] == StripEvent(title, 2.0, 3.0)


def test_single_beats_and_couplets_of_both_classes() -> None:
    titles = set(events_of("NVNSNVVNSSN"))
    assert titles == {
        "Longest RR interval: 0.50 s",
        "First single V",
        "First couplet V",
        "First single S",
        "First couplet S",
    }


def test_extremes_of_the_heart_rate_show_the_intervals_that_they_are_the_mean_of() -> None:
    found = annotations(statuses=seconds([60.0] * 20 + [120.0] * 10))
    events = {event.title: event for event in strip_events(summarise(found, 30))}
    assert events["Slowest heart rate: 60/min"] == StripEvent("Slowest heart rate: 60/min", 0.0, 1.0)
    assert events["Fastest heart rate: 120/min"] == StripEvent("Fastest heart rate: 120/min", 17.0, 21.0)


def test_the_longest_interval_and_the_longest_episode_of_each_rhythm() -> None:
    found = annotations(
        [beat(3, "N", None), beat(7, "N", 4.0)],
        rhythms=[rhythm(1, "(N"), rhythm(10, "(AFIB"), rhythm(20, "(N"), rhythm(30, "(AFIB"), rhythm(34, "(VT")],
    )
    assert strip_events(summarise(found, 40)) == [
        StripEvent("Longest RR interval: 4.00 s", 3, 7),
        StripEvent("Atrial fibrillation, longest episode: 10.0 s", 10, 20),
        StripEvent("Ventricular tachycardia, longest episode: 6.0 s", 34, 40),
    ]


def test_nothing_found_has_no_strip() -> None:
    assert strip_events(summarise(annotations(), 10)) == []
