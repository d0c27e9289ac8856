"""What the annotations of one record hold: beats by symbol, time of each rhythm, RR intervals, places of examples."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from wardbeat.ecg.aami import AAMI_CLASS

Annotation = tuple[int, str, str]
"""Sample, WFDB symbol, aux string."""
EXAMPLES = 2
"""Places of examples of each class in a record."""
BEFORE_S, AFTER_S = 0.4, 0.6
"""The signal of an example beat around its R peak."""


class ExamplePlace(msgspec.Struct, frozen=True):
    """A beat or the start of a rhythm in a record, at the record's own rate."""

    label: str
    sample: int


class AnnotationFacts(msgspec.Struct, frozen=True):
    """What the annotations of a record hold.

    Attributes
    ----------
    beats : dict of str to int
        Number of beats of each WFDB symbol.
    other : dict of str to int
        Number of the other annotations of each symbol.
    rhythms_s : dict of str to float
        Seconds of each rhythm, by its WFDB aux string.
    rr_s : ndarray of float32
        Intervals between consecutive beats.
    beat_places, rhythm_places : list of ExamplePlace
        Some beats of each symbol; the longest stretch of each rhythm.
    """

    beats: dict[str, int]
    other: dict[str, int]
    rhythms_s: dict[str, float]
    rr_s: NDArray[np.float32]
    beat_places: list[ExamplePlace]
    rhythm_places: list[ExamplePlace]


def annotation_facts(
    annotations: Sequence[Annotation], fs: float, n_samples: int, random: np.random.Generator
) -> AnnotationFacts:
    """Count the annotations of a record.

    Parameters
    ----------
    annotations : sequence of (int, str, str)
        In the order of their samples.
    fs : float
        In Hz.
    n_samples : int
        Length of the record. A rhythm lasts up to the next one, or up to the end of the record.
    random : Generator
        Chooses the examples.
    """
    beats = [(sample, symbol) for sample, symbol, _ in annotations if symbol in AAMI_CLASS]
    samples = np.array([sample for sample, _ in beats], np.int64)
    changes = [(sample, aux) for sample, symbol, aux in annotations if symbol == "+" and aux.startswith("(")]
    seconds, longest = _rhythms(changes, fs, n_samples)
    return AnnotationFacts(
        beats=dict(Counter(symbol for _, symbol in beats)),
        other=dict(Counter(symbol for _, symbol, _ in annotations if symbol not in AAMI_CLASS)),
        rhythms_s=seconds,
        rr_s=(np.diff(samples) / fs).astype(np.float32),
        beat_places=_beat_places(beats, fs, n_samples, random),
        rhythm_places=longest,
    )


def _rhythms(
    changes: Sequence[tuple[int, str]], fs: float, n_samples: int
) -> tuple[dict[str, float], list[ExamplePlace]]:
    seconds: defaultdict[str, float] = defaultdict(float)
    longest: dict[str, tuple[float, int]] = {}
    ends = [*(sample for sample, _ in changes[1:]), n_samples]
    for (begin, rhythm), end in zip(changes, ends, strict=False):  # without changes there is one end too many
        lasts_s = max(0, end - begin) / fs
        seconds[rhythm] += lasts_s
        longest[rhythm] = max(longest.get(rhythm, (0.0, begin)), (lasts_s, begin))
    return dict(seconds), [ExamplePlace(rhythm, begin) for rhythm, (_, begin) in longest.items()]


def _beat_places(
    beats: Sequence[tuple[int, str]], fs: float, n_samples: int, random: np.random.Generator
) -> list[ExamplePlace]:
    """Some beats of each symbol, with enough signal around them."""
    by_symbol: defaultdict[str, list[int]] = defaultdict(list)
    for sample, symbol in beats:
        if BEFORE_S * fs <= sample < n_samples - AFTER_S * fs:
            by_symbol[symbol].append(sample)
    return [
        ExamplePlace(symbol, int(sample))
        for symbol, samples in by_symbol.items()
        for sample in sorted(random.choice(samples, min(EXAMPLES, len(samples)), replace=False))
    ]
