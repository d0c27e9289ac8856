"""How high QRS complexes and noise stand in each lead, and how much each lead counts.

The arrays ``levels`` and ``runs`` of :class:`wardbeat.ecg.qrs.state.QrsState` have a row a lead; their columns are
named here.
"""

from typing import Final

from numba import njit

QRS_LEVEL, NOISE_LEVEL, PEAK_ENERGY, STEP_ENERGY, LAST_INPUT = range(5)
"""Columns of ``levels`` in mV: two running RMS levels, the energy at the followed peak of the score (of a beat: the
largest near it), the largest energy of the step so far (both RMS), and the last input sample."""
N_LEVELS: Final = 5
UNCHANGED, INVALID, VALID, SINCE_PEAK = range(4)
"""Columns of ``runs`` in samples: since the input last changed, since it was last valid, valid without a break, and
since the lead's own energy last reached half its QRS level."""
N_RUNS: Final = 4
ENERGY_SAMPLES: Final = 33
"""133 ms: about the width of a wide QRS complex."""
MIN_LEVEL_MV: Final = 0.04
LEVEL_GAIN: Final = 0.125
MAX_BEAT_RATIO: Final = 1.5
"""The energy of a beat counts as at most this multiple of the level: an electrode pop is no QRS complex."""
SILENT_AFTER_SAMPLES: Final = 300
"""1.2 s: a lead without a peak of its own for this long must not outvote a lead that has peaks (electrode pops had
raised its level in mitdb 200)."""
FLAT_AFTER_SAMPLES: Final = 250
"""A lead that has not changed for this long does not count."""


@njit(cache=True)
def reliability(lead, levels):  # type: ignore[no-untyped-def] # numba
    """The fourth power of a lead's distance from noise."""
    level = max(levels[lead, QRS_LEVEL], MIN_LEVEL_MV)
    return max(0.001, (1.0 - min(1.0, levels[lead, NOISE_LEVEL] / level)) ** 4)


@njit(cache=True)
def weight(lead, levels, runs):  # type: ignore[no-untyped-def] # numba
    """How much a lead counts now: 0 while it is flat or has only just become valid, little while it is silent."""
    if runs[lead, VALID] < ENERGY_SAMPLES or runs[lead, UNCHANGED] >= FLAT_AFTER_SAMPLES:
        return 0.0
    if runs[lead, SINCE_PEAK] > SILENT_AFTER_SAMPLES:
        return 0.01 * reliability(lead, levels)
    return reliability(lead, levels)


@njit(cache=True)
def learn(levels):  # type: ignore[no-untyped-def] # numba
    """Set the first levels from the largest energy so far."""
    for lead in range(levels.shape[0]):
        levels[lead, QRS_LEVEL] = max(0.7 * levels[lead, PEAK_ENERGY], MIN_LEVEL_MV)
        levels[lead, NOISE_LEVEL] = 0.2 * levels[lead, QRS_LEVEL]
        levels[lead, PEAK_ENERGY] = 0.0


@njit(cache=True)
def follow_beat(beats, levels, runs):  # type: ignore[no-untyped-def] # numba
    """Move the QRS levels towards the new complex.

    The first complexes move them fast, as the first levels may come from an artefact.
    """
    gain = max(LEVEL_GAIN, 1.0 / beats)
    for lead in range(levels.shape[0]):
        if runs[lead, VALID] >= ENERGY_SAMPLES:
            largest = MAX_BEAT_RATIO * max(levels[lead, QRS_LEVEL], MIN_LEVEL_MV)
            energy = min(levels[lead, PEAK_ENERGY], largest)
            levels[lead, QRS_LEVEL] += gain * (energy - levels[lead, QRS_LEVEL])


@njit(cache=True)
def follow_noise(levels):  # type: ignore[no-untyped-def] # numba
    """Move the noise levels towards the peak that has just passed, which is no QRS complex."""
    for lead in range(levels.shape[0]):
        levels[lead, NOISE_LEVEL] += LEVEL_GAIN * (levels[lead, PEAK_ENERGY] - levels[lead, NOISE_LEVEL])


@njit(cache=True)
def decay(levels):  # type: ignore[no-untyped-def] # numba
    """Lower the QRS levels by one step, as no beat has come for long: QRS complexes may have become smaller."""
    for lead in range(levels.shape[0]):
        levels[lead, QRS_LEVEL] += (MIN_LEVEL_MV - levels[lead, QRS_LEVEL]) * 0.005
