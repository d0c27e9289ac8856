"""A record in memory, whatever file it came from, with the limits that hold for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wardbeat.contracts.codec import MAX_LEADS
from wardbeat.contracts.rules import FS_RANGE_HZ
from wardbeat.ecg.chunking import fitting_scale, quantise
from wardbeat.ecg.io.lead_names import lead_names
from wardbeat.ecg.selection.choice import JudgedSignal, LeadChoice, SourceSignal, choose_leads_of, why_no_lead
from wardbeat.ecg.selection.shape import has_ecg_shape
from wardbeat.errors import RecordError, UploadError

LONGEST_S: Final = 2 * 3600.0
"""The monitor takes about 10 s for half an hour of two leads; somebody waits for the answer."""
MOST_SAMPLES: Final = 15_000_000
"""Over all leads: 40 min of twelve leads at 500 Hz. In memory they take 120 MB."""


@dataclass(frozen=True, slots=True)
class UploadedRecord:
    """The ECG leads of an upload; an :class:`wardbeat.ecg.chunking.EcgSource`.

    Attributes
    ----------
    name : str
    fs : float
    sig_name : tuple of str
    p_signal : ndarray, shape (leads, samples)
        Millivolts; NaN is invalid.
    gain, baseline : tuple
        ADC units per mV, and ADC value of 0 mV, with which the monitor gets the samples.
    left_out : tuple of str
        The signals of the file that are no ECG leads, each with the reason.
    """

    name: str
    fs: float
    sig_name: tuple[str, ...]
    p_signal: NDArray[np.float64]
    gain: tuple[float, ...]
    baseline: tuple[int, ...]
    left_out: tuple[str, ...] = ()

    @property
    def n_samples(self) -> int:
        return int(self.p_signal.shape[1])

    @property
    def duration_s(self) -> float:
        return self.n_samples / self.fs

    def read(self, start: int, stop: int) -> NDArray[np.int16]:
        """Samples ``start`` to ``stop`` in ADC units, shape (leads, stop − start); −32768 is invalid."""
        return quantise(self.p_signal[:, start:stop], self.gain, self.baseline)


def record_of(name: str, fs: float, sig_name: Sequence[str], p_signal: NDArray[np.float64]) -> UploadedRecord:
    """The ECG leads among signals in millivolts, for a file that states no ADC units.

    Raises
    ------
    UploadError
        If no signal is an ECG lead, or a limit does not allow the record.
    """
    check_size(len(sig_name), p_signal.shape[1], fs)
    names = lead_names(sig_name)
    choice = _choose(name, fs, names, p_signal)
    leads = p_signal[[names.index(lead) for lead in choice.names]]
    gain, baseline = zip(*(fitting_scale(lead) for lead in leads), strict=True)
    leads[~np.isfinite(leads)] = np.nan
    return UploadedRecord(name, fs, choice.names, leads, gain, baseline, tuple(map(str, choice.left_out)))


def _choose(name: str, fs: float, names: Sequence[str], p_signal: NDArray[np.float64]) -> LeadChoice:
    signals = [SourceSignal(one, "mV", in_volts=True) for one in names]
    judged = {signal.name: why_no_lead(signal, signals) for signal in signals}
    candidates = [one for one, reason in judged.items() if reason is None]
    left_out = [JudgedSignal(one, reason) for one, reason in judged.items() if reason]

    def looks_like_ecg(lead: str) -> bool:
        signal = p_signal[names.index(lead)]
        return has_ecg_shape(lambda start, stop: signal[start:stop], len(signal), fs)

    try:
        return choose_leads_of(name, candidates, left_out, (), looks_like_ecg)
    except RecordError as error:
        raise UploadError(str(error)) from error


def check_size(n_leads: int, n_samples: int, fs: float) -> None:
    """Check a record before its samples are read.

    Raises
    ------
    UploadError
        If it has too many leads or samples, or another rate than the monitor takes.
    """
    if not 1 <= n_leads <= MAX_LEADS:
        raise UploadError(f"a record has 1 to {MAX_LEADS} leads, {n_leads} given; send fewer")
    if not FS_RANGE_HZ.holds(fs):
        raise UploadError(
            f"the sampling rate must be {FS_RANGE_HZ.low:g} to {FS_RANGE_HZ.high:g} Hz, {fs:g} given; "
            "correct or resample"
        )
    if n_samples < 1:
        raise UploadError("the record has no samples; send it again")
    if n_samples / fs > LONGEST_S or n_leads * n_samples > MOST_SAMPLES:
        raise UploadError(
            f"a record of {n_samples / fs / 60:.0f} min and {n_leads} leads is too long; at most {LONGEST_S / 60:.0f} "
            f"min and {MOST_SAMPLES:,} samples are taken; `wardbeat annotate` reads longer ones"
        )
