"""Takes the pulses of a pacemaker out of a signal: they have the energy of a QRS complex and are none.

A pulse lasts 0.1 to 2 ms (IEC 60601-2-27), less than any muscle needs; a recorder's filters and ours make some 10 ms
of it. So what stands alone and is bent like nothing else is replaced by a line. A pulse that a complex follows at once
does not stand alone, and stays: that heart has answered.
"""

from typing import Final

from numba import njit

RING: Final = 32
MASK: Final = RING - 1
REACH: Final = 8
"""32 ms on both sides, in which a pulse and what interpolation from 128 Hz makes of it is over."""
DELAY: Final = 2 * REACH - 1
"""Samples by which the signal comes out later."""
CORE: Final = 4
"""16 ms from its peak a pulse is over, but for ripples."""
LEAST_MV: Final = 0.2
"""A smaller one has not the energy of the smallest QRS complex."""
BENT: Final = 0.5
"""Second difference at the peak over its height. One sample at 128 Hz, interpolated, has at least 0.65, one of a faster
recorder more than 1; the sharpest triangle of 48 ms has 0.33."""
RIPPLE: Final = 0.3
"""What may be left beside the core, over the height of the peak."""


@njit(cache=True)
def without_pulses(value, k, ring):  # type: ignore[no-untyped-def] # numba
    """Take sample ``k`` of a lead in and give the one ``DELAY`` samples before it, or a line in place of a pulse.

    ``ring`` holds the last ``RING`` samples, each at its index modulo ``RING``.
    """
    ring[k & MASK] = value
    centre = k - REACH
    if centre >= REACH and _is_pulse(centre, ring):
        first, last = ring[(centre - REACH) & MASK], ring[k & MASK]
        for offset in range(1 - REACH, REACH):
            ring[(centre + offset) & MASK] = first + (last - first) * (offset + REACH) / (2 * REACH)
    return ring[(k - DELAY) & MASK] if k >= DELAY else 0.0


@njit(cache=True)
def _is_pulse(centre, ring):  # type: ignore[no-untyped-def] # numba
    before, at, after = ring[(centre - 1) & MASK], ring[centre & MASK], ring[(centre + 1) & MASK]
    bend = 2 * at - before - after
    if abs(bend) < BENT * LEAST_MV:
        return False
    first, last = ring[(centre - REACH) & MASK], ring[(centre + REACH) & MASK]
    height = at - 0.5 * (first + last)
    if abs(height) < LEAST_MV or bend / height < BENT:
        return False
    for offset in range(CORE, REACH + 1):
        rise = 0.5 * (last - first) * offset / REACH
        left = ring[(centre - offset) & MASK] - (at - height - rise)
        right = ring[(centre + offset) & MASK] - (at - height + rise)
        if max(abs(left), abs(right)) > RIPPLE * abs(height):
            return False
    return True
