"""Examples of each class with their signal: beats of different patients, strips of rhythms and of labelled records."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.explore.annotation_facts import AFTER_S, BEFORE_S
from training.explore.data_set import base_name
from training.explore.record_facts import RecordFacts
from training.explore.tables import RecordTable
from wardbeat.ecg.io.records import open_record, read_mv
from wardbeat.ecg.leads import choose_leads

BEATS, STRIPS = 6, 2
"""Examples of a class."""
STRIP_S = 10.0
MOST_CLASSES = 12
"""Classes with strips; the most frequent ones."""


class ExampleSignal(NamedTuple):
    """A stretch of one lead: class, record, lead name, seconds from the R peak or the start, mV (NaN if invalid)."""

    label: str
    record: str
    lead: str
    t_s: NDArray[np.float64]
    signal_mv: NDArray[np.float64]


class _Place(NamedTuple):
    facts: RecordFacts
    sample: int


def beat_examples(facts: Sequence[RecordFacts], table: RecordTable, seed: int) -> dict[str, list[ExampleSignal]]:
    """Beats of each symbol, the most frequent symbol first, from as many patients as possible.

    Raises
    ------
    RecordError
        If a signal can't be read.
    """
    places: defaultdict[str, list[_Place]] = defaultdict(list)
    numbers: defaultdict[str, int] = defaultdict(int)
    for one in facts:
        for place in one.annotations.beat_places if one.annotations else ():
            places[place.label].append(_Place(one, place.sample))
        for symbol, number in (one.annotations.beats if one.annotations else {}).items():
            numbers[symbol] += number
    return {
        symbol: [_cut(symbol, place, -BEFORE_S, AFTER_S) for place in _choose(places[symbol], table, BEATS, seed)]
        for symbol in sorted(places, key=lambda one: -numbers[one])
    }


def strip_examples(facts: Sequence[RecordFacts], table: RecordTable, seed: int) -> dict[str, list[ExampleSignal]]:
    """Strips of each rhythm of the annotations, and of each label of the table; the longest rhythms come first.

    Raises
    ------
    RecordError
        If a signal can't be read.
    """
    places: defaultdict[str, list[_Place]] = defaultdict(list)
    amounts: defaultdict[str, float] = defaultdict(float)
    for one in facts:
        for place in one.annotations.rhythm_places if one.annotations else ():
            places[place.label].append(_Place(one, place.sample))
            amounts[place.label] += one.annotations.rhythms_s[place.label] if one.annotations else 0.0
        for label in table.labels.get(base_name(one.record), ()) if one.readable else ():
            places[label].append(_Place(one, 0))
            amounts[label] += one.duration_s
    chosen = sorted(places, key=lambda one: -amounts[one])[:MOST_CLASSES]
    return {
        label: [_cut(label, place, 0.0, STRIP_S) for place in _choose(places[label], table, STRIPS, seed)]
        for label in chosen
    }


def _choose(places: Sequence[_Place], table: RecordTable, number: int, seed: int) -> list[_Place]:
    """Places at random, a second one of a patient only when all patients have one."""
    shuffled = [places[at] for at in np.random.default_rng(seed).permutation(len(places))]
    seen: defaultdict[str, int] = defaultdict(int)
    ranked = []
    for order, place in enumerate(shuffled):
        patient = table.patients.get(base_name(place.facts.record), place.facts.record)
        ranked.append((seen[patient], order, place))
        seen[patient] += 1
    return [place for _, _, place in sorted(ranked, key=lambda one: one[:2])[:number]]


def _cut(label: str, place: _Place, begin_s: float, end_s: float) -> ExampleSignal:
    record = open_record(place.facts.path)
    lead, _ = choose_leads(record.sig_name)
    start = max(0, place.sample + round(begin_s * record.fs))
    stop = min(record.n_samples, place.sample + round(end_s * record.fs))
    signal = read_mv(record, start, stop)[lead]
    t_s = (np.arange(start, stop) - place.sample) / record.fs
    return ExampleSignal(label, place.facts.record, record.sig_name[lead], t_s, signal)
