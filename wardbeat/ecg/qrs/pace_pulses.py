"""Removes the pulses of a pacemaker from a signal: a pulse has the energy of a QRS complex and is none.

A pulse lasts 0.1 to 2 ms (IEC 60601-2-27), less than any muscle needs; the filters of the recorder and of the monitor
stretch it to some 10 ms. So the kernel replaces a deflection that stands alone and has the sharpest bend by a line. If
a complex follows a pulse immediately, the pulse does not stand alone and stays in the signal: that heart has answered.
"""

from typing import Final

from numba import njit

RING: Final = 32
MASK: Final = RING - 1
HALF_WIDTH: Final = 8
"""32 ms on both sides of the peak hold a whole pulse, also after interpolation from 128 Hz."""
DELAY_SAMPLES: Final = 2 * HALF_WIDTH - 1
"""Samples by which the output lags behind the input."""
HALF_CORE: Final = 4
"""16 ms from its peak a pulse is over, except for ripples."""
MIN_HEIGHT_MV: Final = 0.2
"""A smaller pulse has less energy than the smallest QRS complex."""
MIN_BEND_RATIO: Final = 0.5
"""Second difference at the peak over its height. One sample at 128 Hz, interpolated, has at least 0.65, one sample of a
faster recorder more than 1; the sharpest triangle of 48 ms has 0.33."""
MAX_RIPPLE_RATIO: Final = 0.3
"""Largest deflection beside the core over the height of the peak."""


@njit(cache=True)
def without_pulses(value, k, ring):  # type: ignore[no-untyped-def] # numba
    """Take sample ``k`` of a lead; return sample ``k − DELAY_SAMPLES``, or a point of the line in place of a pulse.

    ``ring`` holds the last ``RING`` samples, each at its index modulo ``RING``.
    """
    ring[k & MASK] = value
    centre = k - HALF_WIDTH
    if centre >= HALF_WIDTH and _is_pulse(centre, ring):
        first, last = ring[(centre - HALF_WIDTH) & MASK], ring[k & MASK]
        for offset in range(1 - HALF_WIDTH, HALF_WIDTH):
            ring[(centre + offset) & MASK] = first + (last - first) * (offset + HALF_WIDTH) / (2 * HALF_WIDTH)
    return ring[(k - DELAY_SAMPLES) & MASK] if k >= DELAY_SAMPLES else 0.0


@njit(cache=True)
def _is_pulse(centre, ring):  # type: ignore[no-untyped-def] # numba
    before, at, after = ring[(centre - 1) & MASK], ring[centre & MASK], ring[(centre + 1) & MASK]
    bend = 2 * at - before - after
    if abs(bend) < MIN_BEND_RATIO * MIN_HEIGHT_MV:
        return False
    first, last = ring[(centre - HALF_WIDTH) & MASK], ring[(centre + HALF_WIDTH) & MASK]
    height = at - 0.5 * (first + last)
    if abs(height) < MIN_HEIGHT_MV or bend / height < MIN_BEND_RATIO:
        return False
    for offset in range(HALF_CORE, HALF_WIDTH + 1):
        rise = 0.5 * (last - first) * offset / HALF_WIDTH
        left = ring[(centre - offset) & MASK] - (at - height - rise)
        right = ring[(centre + offset) & MASK] - (at - height + rise)
        if max(abs(left), abs(right)) > MAX_RIPPLE_RATIO * abs(height):
            return False
    return True
