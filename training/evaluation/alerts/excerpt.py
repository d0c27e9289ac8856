"""A part of an ECG source that the monitor receives as a separate stream."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardbeat.ecg.chunking import EcgSource


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Samples ``start`` to ``start + n_samples`` of a source, with another name."""

    source: EcgSource
    name: str
    start: int
    n_samples: int

    @property
    def fs(self) -> float:
        return self.source.fs

    @property
    def sig_name(self) -> tuple[str, ...]:
        return self.source.sig_name

    @property
    def left_out(self) -> tuple[str, ...]:
        return self.source.left_out

    @property
    def gain(self) -> tuple[float, ...]:
        return self.source.gain

    @property
    def baseline(self) -> tuple[int, ...]:
        return self.source.baseline

    def read(self, start: int, stop: int) -> NDArray[np.int16]:
        """Samples ``start`` to ``stop`` in ADC units, shape (leads, stop − start)."""
        return self.source.read(self.start + start, self.start + stop)


def excerpt(source: EcgSource, name: str, start_s: float, stop_s: float | None) -> Excerpt:
    """The source from ``start_s`` up to ``stop_s``, or up to its end if it ends earlier."""
    start = round(start_s * source.fs)
    stop = source.n_samples if stop_s is None else min(source.n_samples, round(stop_s * source.fs))
    return Excerpt(source, name, start, stop - start)
