"""The Unix time of a process, which never jumps.

A machine's wall clock is set from time to time: by NTP, by hand, after a pause of a virtual machine. Then silences,
snapshots, acknowledgements and escalations would be due immediately, or an hour late. So a process reads the wall clock
once at its start, and then adds the time of the machine's steady clock, which NTP slews but never sets. If the wall
clock is set, the process ignores it and reports the difference; after a restart it uses the new time. Screens compare
the age of ECG with the wall clock, too. Whichever clock is wrong, ECG that is old by the other one is not shown as live
(ADR 022).
"""

import time
from typing import Final

_STEADY: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux has one that also counts while the machine sleeps."""


def _steady_ns() -> int:
    return time.clock_gettime_ns(_STEADY)


_AHEAD_NS: Final = time.time_ns() - _steady_ns()


def unix_ns() -> int:
    """Nanoseconds since 1970, by the wall clock at the start of this process and the steady clock since then."""
    return _AHEAD_NS + _steady_ns()


def stepped_s() -> float:
    """By how many seconds the wall clock was set since this process started; positive if forward."""
    return (time.time_ns() - unix_ns()) / 1e9
