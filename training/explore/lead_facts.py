"""What the samples of one lead are like: missing, flat, small or large, noisy. Read in blocks, to keep memory small."""

from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

FLAT_S = 0.2
"""A lead whose value does not change for this long is flat; no ECG does so between two beats."""
GOOD_QUALITY = 0.5
"""From this quality on, noise has at most half the level of the QRS complexes."""
EDGES = (0.5, 99.5)
"""Percentiles of the samples between which the amplitude is measured: artefacts are rare and lie outside."""


class LeadFacts(msgspec.Struct, frozen=True):
    """One lead of a record; proportions are from 0 to 1.

    Attributes
    ----------
    name : str
    missing, flat : float
        Proportion of the samples that are invalid, and that lie in a stretch of one value for ``FLAT_S`` or longer.
    amplitude_mv : float or None
        Range of nearly all samples of a minute, the median over the minutes; None without valid samples.
    seconds : int
        Seconds in which the monitor assessed the quality.
    unusable, poor : float
        Proportion of these seconds in which the lead is off or full of hum or muscle noise, and in which its quality is
        below ``GOOD_QUALITY`` (the former are among them).
    quality : float
        Mean quality: (1 − noise level / QRS level) × valid proportion.
    """

    name: str
    missing: float
    flat: float
    amplitude_mv: float | None
    seconds: int
    unusable: float
    poor: float
    quality: float


@dataclass
class LeadTally:
    """Counts over the leads of a record, filled block by block."""

    sig_name: tuple[str, ...]
    fs: float
    samples: int = 0
    missing: NDArray[np.int64] = field(init=False)
    flat: NDArray[np.int64] = field(init=False)
    ranges_mv: list[NDArray[np.float64]] = field(default_factory=list)
    quality: list[tuple[float, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.missing = np.zeros(len(self.sig_name), np.int64)
        self.flat = np.zeros(len(self.sig_name), np.int64)

    def add(self, p_signal: NDArray[np.float64]) -> None:
        """Count a block, shape (leads, samples), in mV with NaN for invalid samples."""
        invalid = ~np.isfinite(p_signal)
        self.samples += p_signal.shape[1]
        self.missing += invalid.sum(axis=1)
        self.flat += [flat_samples(lead, round(FLAT_S * self.fs)) for lead in p_signal]
        self.ranges_mv.append(np.array([_range(lead[~off]) for lead, off in zip(p_signal, invalid, strict=True)]))

    def facts(self) -> list[LeadFacts]:
        """The leads of the whole record."""
        quality = np.array(self.quality, np.float64).reshape(-1, len(self.sig_name))
        seconds = len(quality)
        return [
            LeadFacts(
                name=name,
                missing=float(self.missing[lead] / max(self.samples, 1)),
                flat=float(self.flat[lead] / max(self.samples, 1)),
                amplitude_mv=_median([one[lead] for one in self.ranges_mv]),
                seconds=seconds,
                unusable=float((quality[:, lead] == 0.0).mean()) if seconds else 0.0,
                poor=float((quality[:, lead] < GOOD_QUALITY).mean()) if seconds else 0.0,
                quality=float(quality[:, lead].mean()) if seconds else 0.0,
            )
            for lead, name in enumerate(self.sig_name)
        ]


def flat_samples(lead: NDArray[np.float64], least: int) -> int:
    """The number of valid samples in stretches of one value of at least ``least`` samples.

    Examples
    --------
    >>> flat_samples(np.array([0.0, 1.0, 1.0, 1.0, 2.0, np.nan, np.nan, np.nan]), 3)
    3
    """
    if not len(lead):
        return 0
    begins = np.flatnonzero(np.concatenate([[True], lead[1:] != lead[:-1]]))  # NaN differs from NaN
    lengths = np.diff(np.append(begins, len(lead)))
    return int(lengths[(lengths >= max(least, 2)) & np.isfinite(lead[begins])].sum())


def _range(valid: NDArray[np.float64]) -> float:
    return float(np.ptp(np.percentile(valid, EDGES))) if len(valid) else float("nan")


def _median(ranges_mv: list[float]) -> float | None:
    known = [one for one in ranges_mv if np.isfinite(one)]
    return float(np.median(known)) if known else None
