"""How long tests wait, and when they hold the product to a limit in wall time.

A wait ends as soon as its condition holds. Its limit ends only a test that hangs, so it is minutes: a machine with
other work takes ten times as long as a quiet one.
"""

import os

WAIT_S = 300.0
WAIT_MS = 300_000
QUIET_MACHINE = os.environ.get("QUIET_MACHINE") == "1"
"""``make slow-tests`` sets it: nothing else runs, so a limit in wall time measures the product."""


def promised(limit_s: float) -> float:
    """The limit that the product promises on a quiet machine; ``WAIT_S`` on a machine with other work."""
    return limit_s if QUIET_MACHINE else WAIT_S
