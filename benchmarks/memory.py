"""How much memory a process has, and whether it grows."""

import math
import statistics
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

BLOCKS: Final = 20
CONFIDENCE: Final = 0.95
_KB_PER_MB: Final = 1024


class Slope(NamedTuple):
    """Growth in MB an hour, and its confidence interval."""

    mb_per_h: float
    low_mb_per_h: float
    high_mb_per_h: float


def memory_mb(pid: int) -> float | None:
    """A process' share of memory (PSS), as Linux counts it; None of a process that is gone.

    What several processes have in common is shared out among them, so that their figures may be added.
    """
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return None
    kilobytes = {name: rest.split() for name, _, rest in (line.partition(":") for line in lines[1:])}
    return int(kilobytes["Pss"][0]) / _KB_PER_MB if "Pss" in kilobytes else None


def slope_of(at_s: Sequence[float], mb: Sequence[float]) -> Slope | None:
    """The straight line through samples of memory; None of too few.

    Samples that follow each other are alike: heaps grow, and fall when they are collected. Taken one by one they would
    make the interval far too narrow. So the line is laid through the means of ``BLOCKS`` blocks of equal length, and
    the interval is Student's with as many degrees of freedom, less two.
    """
    if len(at_s) < 2 * BLOCKS:
        return None
    from scipy.stats import t as student

    size = len(at_s) / BLOCKS
    edges = [round(block * size) for block in range(BLOCKS + 1)]
    x = [statistics.fmean(at_s[a:b]) / 3600 for a, b in pairwise(edges)]
    y = [statistics.fmean(mb[a:b]) for a, b in pairwise(edges)]
    line = statistics.linear_regression(x, y)
    rest = sum((there - line.slope * hour - line.intercept) ** 2 for hour, there in zip(x, y, strict=True))
    spread = sum((hour - statistics.fmean(x)) ** 2 for hour in x)
    error = math.sqrt(rest / (BLOCKS - 2) / spread)
    reach = float(student.ppf((1 + CONFIDENCE) / 2, BLOCKS - 2)) * error
    return Slope(line.slope, line.slope - reach, line.slope + reach)
