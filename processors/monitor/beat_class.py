"""The class of a beat: the beat network's, unless noise hides the beat or fibrillating atria rule out its class."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wardbeat.contracts.messages import SYMBOLS, Symbol
from wardbeat.ecg.features.readability import is_readable, is_readable_as_v

N, S, V, F = (SYMBOLS.index(symbol) for symbol in "NSVF")
UNREADABLE = tuple([float(symbol == "Q") for symbol in SYMBOLS])
"""The probabilities of a beat that can't be read: the network's mean nothing."""


class BeatClass(NamedTuple):
    """A class with its probabilities in the order of ``SYMBOLS``, and those that the network gave."""

    symbol: Symbol
    probabilities: tuple[float, ...]
    network_probabilities: tuple[float, ...]


def class_of(
    network_p: NDArray[np.float32], unreadable_log_odds: float, *, no_s: bool, paced: bool = False
) -> BeatClass:
    """The class of a beat.

    Parameters
    ----------
    network_p : ndarray, shape (5,)
        The beat network's probabilities.
    unreadable_log_odds : float
        As in :mod:`wardbeat.ecg.features.readability`.
    no_s : bool
        No beat can be premature, so S counts as N.
    paced : bool
        The patient's pacemaker made the beat, so V and F count as N.
    """
    p: list[float] = network_p.tolist()
    if paced:
        p[N], p[V], p[F] = p[N] + p[V] + p[F], 0.0, 0.0
    probabilities = network_probabilities = _rounded(p)
    if no_s:
        p[N], p[S] = p[N] + p[S], 0.0
        probabilities = _rounded(p)
    symbol = SYMBOLS[p.index(max(p))]
    readable = is_readable_as_v(unreadable_log_odds, p[V]) if symbol == "V" else is_readable(unreadable_log_odds)
    if not readable:
        return BeatClass("Q", UNREADABLE, network_probabilities)
    return BeatClass(symbol, probabilities, network_probabilities)


def _rounded(p: list[float]) -> tuple[float, ...]:
    return tuple([round(value, 6) for value in p])
