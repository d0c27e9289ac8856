"""Records changed in memory by a fault or noise; their reference annotations stay the same."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wardbeat.ecg.chunking import quantise
from wardbeat.ecg.io.records import Record, read_mv
from wardbeat.ecg.leads import choose_leads

LEAD_FAULTS = ("none", "first lead dead", "second lead dead", "leads swapped", "both inverted", "half gain")
"""The first lead is the limb lead and the second the precordial lead, by name (:mod:`wardbeat.ecg.leads`)."""


@dataclass(frozen=True, slots=True)
class AlteredRecord:
    """A record with another signal, in mV, shape (leads, samples); it has the interface of an ECG source."""

    record: Record
    p_signal: NDArray[np.float64] = field(repr=False)

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def fs(self) -> float:
        return self.record.fs

    @property
    def sig_name(self) -> tuple[str, ...]:
        return self.record.sig_name

    @property
    def left_out(self) -> tuple[str, ...]:
        return self.record.left_out

    @property
    def gain(self) -> tuple[float, ...]:
        return self.record.gain

    @property
    def baseline(self) -> tuple[int, ...]:
        return self.record.baseline

    @property
    def n_samples(self) -> int:
        return self.record.n_samples

    def read(self, start: int, stop: int) -> NDArray[np.int16]:
        """Samples ``start`` to ``stop`` in ADC units, shape (leads, stop − start)."""
        return quantise(self.p_signal[:, start:stop], self.gain, self.baseline)


def with_fault(record: Record, fault: str) -> AlteredRecord:
    """A record with one of ``LEAD_FAULTS``; a dead lead is flat, swapped leads keep each other's names.

    Raises
    ------
    RecordError
        If the record can't be read.
    """
    p_signal = read_mv(record, 0, record.n_samples)
    first, second = choose_leads(record.sig_name)
    match fault:
        case "first lead dead":
            p_signal[first] = 0.0
        case "second lead dead":
            p_signal[second] = 0.0
        case "leads swapped":
            p_signal[[first, second]] = p_signal[[second, first]]
        case "both inverted":
            p_signal = -p_signal
        case "half gain":
            p_signal = p_signal / 2
    return AlteredRecord(record, p_signal)


def has_two_leads(record: Record) -> bool:
    """Whether a record has both a limb and a precordial lead."""
    return min(choose_leads(record.sig_name)) >= 0
