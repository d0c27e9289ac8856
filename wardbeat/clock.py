"""What time a process takes it to be: Unix time that never jumps.

A machine's wall clock is set now and then: by NTP after it was wrong, by hand, after a pause of a virtual machine. Then
silences, snapshots, acknowledgements and escalations would be due at once, or not for an hour. So a process reads the
wall clock once, at its start, and counts on from there by the machine's steady clock, which NTP slews but nobody sets.
If the wall clock is set, the process goes on as if it were not, and shows by how much; started again, it goes by the
new time. Screens compare the age of ECG with the wall clock all the same: whichever of the two is wrong, ECG that is
old by the other is not shown as live (ADR 022).
"""

import time
from typing import Final

_STEADY: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux has one that goes on while the machine sleeps."""


def _steady_ns() -> int:
    return time.clock_gettime_ns(_STEADY)


_AHEAD_NS: Final = time.time_ns() - _steady_ns()


def unix_ns() -> int:
    """Nanoseconds since 1970, by the wall clock at the start of this process and the steady clock since then."""
    return _AHEAD_NS + _steady_ns()


def stepped_s() -> float:
    """By how much the wall clock was set since this process began; positive if forward."""
    return (time.time_ns() - unix_ns()) / 1e9
