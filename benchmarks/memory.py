"""Measures the memory of a process, and whether it grows."""

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
    """Growth in MB per hour, and its confidence interval."""

    mb_per_h: float
    low_mb_per_h: float
    high_mb_per_h: float


def memory_mb(pid: int) -> float | None:
    """The proportional set size (PSS) of a process, from Linux; None if the process has ended.

    PSS divides shared memory among the processes that use it, so the values of several processes can be added.
    """
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return None
    kilobytes = {name: rest.split() for name, _, rest in (line.partition(":") for line in lines[1:])}
    return int(kilobytes["Pss"][0]) / _KB_PER_MB if "Pss" in kilobytes else None


def slope_of(at_s: Sequence[float], mb: Sequence[float]) -> Slope | None:
    """The slope of a straight line through samples of memory; None with too few samples.

    Consecutive samples are correlated: a heap grows, and shrinks when it is collected. With single samples the interval
    would be far too narrow. So the line is fitted to the means of ``BLOCKS`` blocks of equal length, and the interval
    is Student's with ``BLOCKS`` − 2 degrees of freedom.
    """
    if len(at_s) < 2 * BLOCKS:
        return None
    from scipy.stats import t as student

    size = len(at_s) / BLOCKS
    edges = [round(block * size) for block in range(BLOCKS + 1)]
    x = [statistics.fmean(at_s[a:b]) / 3600 for a, b in pairwise(edges)]
    y = [statistics.fmean(mb[a:b]) for a, b in pairwise(edges)]
    line = statistics.linear_regression(x, y)
    residual = sum((mean - line.slope * hour - line.intercept) ** 2 for hour, mean in zip(x, y, strict=True))
    spread = sum((hour - statistics.fmean(x)) ** 2 for hour in x)
    standard_error = math.sqrt(residual / (BLOCKS - 2) / spread)
    half_width = float(student.ppf((1 + CONFIDENCE) / 2, BLOCKS - 2)) * standard_error
    return Slope(line.slope, line.slope - half_width, line.slope + half_width)
