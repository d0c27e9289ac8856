"""What a patient's signal usually measures: a running mean, and how far a new measurement is from it.

A wide complex with a giant T wave is one patient's sinus rhythm and looks like another one's ventricular tachycardia;
what tells them apart is whether anything has changed.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

MEMORY_S = 300
"""The mean is over all seconds so far, and once there are so many it forgets at that rate."""


class Usual(msgspec.Struct):
    """The mean of ``seconds`` measurements; it takes those in that it is given, and no others."""

    mean: NDArray[np.float32]
    seconds: int = 0


def new_usual(n: int) -> Usual:
    """Of a patient of whom nothing is known, with ``n`` values a second."""
    return Usual(np.zeros(n, np.float32))


def deviation(usual: Usual, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far values are from what is usual, 0 while nothing is known, and after them the seconds that are known."""
    found = np.zeros(len(values) + 1, np.float32)
    if usual.seconds:
        found[:-1] = values - usual.mean
    found[-1] = usual.seconds
    return found


def learn(usual: Usual, values: NDArray[np.float32]) -> None:
    """Take a second's values in."""
    usual.seconds = min(usual.seconds + 1, MEMORY_S)
    usual.mean = usual.mean + (values - usual.mean) / np.float32(usual.seconds)
