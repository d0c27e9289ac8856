"""How high QRS complexes and noise stand in each lead, and how much each lead counts.

``levels`` and ``runs`` have a row a lead, with the columns that :class:`wardbeat.ecg.qrs.detector.QrsState` names.
"""

from typing import Final

from numba import njit

ENERGY_SAMPLES: Final = 33
"""133 ms: about the width of a wide QRS complex."""
MINIMUM_LEVEL_MV: Final = 0.04
LEVEL_GAIN: Final = 0.125
LARGEST: Final = 1.5
"""No beat moves a level by more than half of it: a pop is no QRS complex."""
SILENT_AFTER: Final = 300
"""1.2 s: a lead without a peak of its own for this long must not outvote one that has them (electrode pops had raised
its level in mitdb 200)."""
STILL_AFTER: Final = 250
"""Samples without any change after which a lead tells nothing."""


@njit(cache=True)
def trust(lead, levels):  # type: ignore[no-untyped-def] # numba
    """The fourth power of a lead's distance from noise."""
    level = max(levels[lead, 0], MINIMUM_LEVEL_MV)
    return max(0.001, (1.0 - min(1.0, levels[lead, 1] / level)) ** 4)


@njit(cache=True)
def weight(lead, levels, runs):  # type: ignore[no-untyped-def] # numba
    """How much a lead counts now: nothing while it is still or just back, little while it is silent."""
    if runs[lead, 2] < ENERGY_SAMPLES or runs[lead, 0] >= STILL_AFTER:
        return 0.0
    return 0.01 * trust(lead, levels) if runs[lead, 3] > SILENT_AFTER else trust(lead, levels)


@njit(cache=True)
def learn(levels):  # type: ignore[no-untyped-def] # numba
    """The first levels."""
    for lead in range(levels.shape[0]):
        levels[lead, 0] = max(0.7 * levels[lead, 2], MINIMUM_LEVEL_MV)
        levels[lead, 1] = 0.2 * levels[lead, 0]
        levels[lead, 2] = 0.0


@njit(cache=True)
def follow_beat(beats, levels, runs):  # type: ignore[no-untyped-def] # numba
    """The levels follow the QRS just found, the first ones fast, as what was learnt may have been an artefact."""
    gain = max(LEVEL_GAIN, 1.0 / beats)
    for lead in range(levels.shape[0]):
        if runs[lead, 2] >= ENERGY_SAMPLES:
            energy = min(levels[lead, 2], LARGEST * max(levels[lead, 0], MINIMUM_LEVEL_MV))
            levels[lead, 0] += gain * (energy - levels[lead, 0])


@njit(cache=True)
def follow_noise(levels):  # type: ignore[no-untyped-def] # numba
    """What has just passed was no QRS: it is noise."""
    for lead in range(levels.shape[0]):
        levels[lead, 1] += LEVEL_GAIN * (levels[lead, 2] - levels[lead, 1])


@njit(cache=True)
def decay(levels):  # type: ignore[no-untyped-def] # numba
    """A step without any beat for long: QRS complexes may have become smaller."""
    for lead in range(levels.shape[0]):
        levels[lead, 0] += (MINIMUM_LEVEL_MV - levels[lead, 0]) * 0.005
