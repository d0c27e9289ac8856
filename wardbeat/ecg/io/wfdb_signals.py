"""The ECG leads of a WFDB record: their samples in millivolts, and the scale of their chunks.

The rate is that of the leads: if a frame holds several samples of a lead, all of them count; a lead with fewer samples
per frame than the others repeats them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from wardbeat.contracts.rules import FS_RANGE_HZ
from wardbeat.ecg.chunking import MAX_SAMPLE, READ_S
from wardbeat.ecg.io.headers import WIDE_FORMATS, Layout, Lead, Segment, read_layout
from wardbeat.ecg.selection.choice import JudgedSignal, LeadChoice, choose_leads_of
from wardbeat.ecg.selection.shape import has_ecg_shape
from wardbeat.errors import RecordError

COARSEST_GAIN_PER_MV: Final = 200.0
"""5 µV a step, as in mitdb: samples of a wide format that need coarser steps saturate instead."""


@dataclass(frozen=True, slots=True)
class WfdbSignals:
    """The ECG leads of a WFDB record.

    Attributes
    ----------
    path : Path
        Of the header, without ``.hea``.
    fs : float
        Frame rate × samples per frame, in Hz.
    samples_per_frame : int
    choice : LeadChoice
    segments : tuple of Segment
    """

    path: Path
    fs: float
    samples_per_frame: int
    choice: LeadChoice
    segments: tuple[Segment, ...]

    @classmethod
    def open(cls, path: Path, wanted: Sequence[str] = ()) -> Self:
        """Read the headers of the record at ``path``, check its files, and choose its leads.

        Parameters
        ----------
        path : Path
        wanted : sequence of str
            The leads that a person has chosen; none for the automatic choice.

        Raises
        ------
        RecordError
            If the record can't be read, or has no such leads.
        """
        layout = read_layout(path, wanted)

        def looks_like_ecg(name: str) -> bool:
            one = cls._of(path, layout, LeadChoice((JudgedSignal(name, ""),), ()))
            return has_ecg_shape(lambda start, stop: one.read_mv(start, stop)[0], one.n_samples, one.fs)

        choice = choose_leads_of(f"{path}.hea", layout.sig_name, layout.left_out, wanted, looks_like_ecg)
        signals = cls._of(path, layout, choice)
        if not FS_RANGE_HZ.holds(signals.fs):
            raise RecordError(
                f"{path}.hea: the sampling rate must be {FS_RANGE_HZ.low:g} to {FS_RANGE_HZ.high:g} Hz, {signals.fs:g} "
                "given; resample the record or leave it out"
            )
        return signals

    @classmethod
    def _of(cls, path: Path, layout: Layout, choice: LeadChoice) -> Self:
        layout = layout.with_leads(choice.names)
        rates = {lead.samples_per_frame for segment in layout.segments for lead in segment.leads}
        most = max(rates)
        uneven = sorted(rate for rate in rates if most % rate)
        if uneven:
            raise RecordError(
                f"{path}.hea: samples per frame must divide {most}, {uneven[0]} given; "
                "resample the record or leave it out"
            )
        return cls(path, layout.frame_rate_hz * most, most, choice, layout.segments)

    @property
    def sig_name(self) -> tuple[str, ...]:
        return self.choice.names

    @property
    def n_samples(self) -> int:
        return self.samples_per_frame * sum(segment.n_frames for segment in self.segments)

    def read_mv(self, start: int, stop: int) -> NDArray[np.float64]:
        """Samples in mV, shape (leads, stop − start); NaN is invalid."""
        out = np.full((len(self.sig_name), stop - start), np.nan)
        segment_start = 0
        for segment in self.segments:
            segment_stop = segment_start + segment.n_frames * self.samples_per_frame
            begin, end = max(start, segment_start), min(stop, segment_stop)
            if begin < end:
                part = out[:, begin - start : end - start]
                self._read_segment(segment, begin - segment_start, part)
            segment_start = segment_stop
        return out

    def scale(self) -> list[tuple[float, int]]:
        """Gain per mV and baseline of each lead's chunks: those of the header if 16 bits hold all values."""
        every = [lead for segment in self.segments for lead in segment.leads]
        leads = [[lead for lead in every if lead.name == name] for name in self.sig_name]
        scales = [_header_scale(group) for group in leads]
        if None not in scales:
            return [scale for scale in scales if scale is not None]
        measured = self._measured_scales(leads)
        return [own or fitting for own, fitting in zip(scales, measured, strict=True)]

    def _read_segment(self, segment: Segment, start: int, out: NDArray[np.float64]) -> None:
        """Fill ``out`` with the samples of a segment from ``start`` on."""
        leads = segment.leads
        first, last = start // self.samples_per_frame, -(-(start + out.shape[1]) // self.samples_per_frame)
        for file in dict.fromkeys(lead.file for lead in leads):
            own = [lead for lead in leads if lead.file == file]
            skew = max(-(-lead.skew // lead.samples_per_frame) for lead in own)
            samples = file.read(first, min(last + skew, segment.n_frames))
            for lead in own:
                adc = _shifted(samples[lead.place], lead.skew, (last - first) * lead.samples_per_frame)
                p_signal = np.repeat(
                    (adc - lead.baseline) / lead.gain_per_mv, self.samples_per_frame // lead.samples_per_frame
                )
                begin = start - first * self.samples_per_frame
                out[self.sig_name.index(lead.name)] = p_signal[begin : begin + out.shape[1]]

    def _measured_scales(self, leads: list[list[Lead]]) -> list[tuple[float, int]]:
        """Gain and baseline per lead that fit its whole range into 16 bits; reads the record once."""
        lows, highs, medians = [], [], []
        n_read = max(1, round(READ_S * self.fs))
        for start in range(0, self.n_samples, n_read):
            p_signal = self.read_mv(start, min(start + n_read, self.n_samples))
            valid = np.isfinite(p_signal)
            lows.append(np.min(p_signal, axis=1, where=valid, initial=np.inf))
            highs.append(np.max(p_signal, axis=1, where=valid, initial=-np.inf))
            medians.append(
                [np.median(row[ok]) if ok.any() else np.nan for row, ok in zip(p_signal, valid, strict=True)]
            )
        low_mv, high_mv, medians_mv = np.min(lows, axis=0), np.max(highs, axis=0), np.array(medians)
        return [
            _fitting_scale(group, float(low_mv[index]), float(high_mv[index]), medians_mv[:, index])
            for index, group in enumerate(leads)
        ]


def _shifted(samples: NDArray[np.float64], skew: int, n_samples: int) -> NDArray[np.float64]:
    """``n_samples`` samples from ``skew`` on; the file ends before the last of them, which are then invalid."""
    kept = samples[skew : skew + n_samples]
    return np.pad(kept, (0, n_samples - len(kept)), constant_values=np.nan)


def _header_scale(leads: list[Lead]) -> tuple[float, int] | None:
    """Gain and baseline of a lead if all its segments have the same and 16 bits hold its values; otherwise None."""
    scales = {(lead.gain_per_mv, lead.baseline) for lead in leads}
    if len(scales) != 1 or any(lead.file.fmt in WIDE_FORMATS for lead in leads):
        return None
    gain, baseline = scales.pop()
    return (gain, baseline) if gain > 0 else (-gain, -baseline)


def _fitting_scale(
    leads: list[Lead], low_mv: float, high_mv: float, medians_mv: NDArray[np.float64]
) -> tuple[float, int]:
    finest = max(leads, key=lambda lead: abs(lead.gain_per_mv))
    gain = abs(finest.gain_per_mv)
    baseline = finest.baseline if finest.gain_per_mv > 0 else -finest.baseline
    if low_mv > high_mv:  # the lead has no valid sample
        return gain, 0
    if low_mv * gain + baseline >= -MAX_SAMPLE and high_mv * gain + baseline <= MAX_SAMPLE:
        return gain, baseline
    centre_mv = (low_mv + high_mv) / 2
    if (high_mv - low_mv) * gain > 2 * MAX_SAMPLE - 1:
        fitting = (2 * MAX_SAMPLE - 1) / (high_mv - low_mv)
        gain = max(fitting, min(gain, COARSEST_GAIN_PER_MV))
        if gain > fitting:
            centre_mv = float(np.nanmedian(medians_mv))
    return gain, -round(centre_mv * gain)
