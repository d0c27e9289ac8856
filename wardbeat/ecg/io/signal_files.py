"""The signal files of WFDB records: how many frames they hold, and their samples.

The library wfdb decodes the samples. Its public functions read the header again, by their own pattern, which takes 6e2
Hz for 6 Hz and drops letters that are not ASCII. So its decoder is called here, with what this package has read.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wardbeat.errors import RecordError

BYTES_PER_SAMPLE: Final[dict[str, float]] = {
    "8": 1, "16": 2, "24": 3, "32": 4, "61": 2, "80": 1, "160": 2, "212": 1.5, "310": 4 / 3, "311": 4 / 3,
}  # fmt: skip
"""Uncompressed signal formats (WFDB signal(5)); a sample of format 8 is the difference from the sample before it."""
FLAC_FORMATS: Final = frozenset({"508", "516", "524"})
KNOWN_FORMATS: Final = (*BYTES_PER_SAMPLE, *FLAC_FORMATS)
DECODER_ERRORS: Final = (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, RuntimeError)
"""Exceptions that wfdb raises on damaged files; soundfile.LibsndfileError is a RuntimeError."""
PADDING_BYTES: Final = 512
"""Files may end with a block of this size that is not full."""


@dataclass(frozen=True, slots=True)
class SignalFile:
    """A file of samples: frame after frame, and in a frame signal after signal.

    Attributes
    ----------
    path : Path
    fmt : str
        One of :data:`KNOWN_FORMATS`.
    offset : int
        Bytes before the first sample; in FLAC files samples.
    block_bytes : int
    samples_per_frame : tuple of int
        Of all signals in the file.
    first : tuple of int
        For format 8: the value before the first difference, for each signal.
    """

    path: Path
    fmt: str
    offset: int
    block_bytes: int
    samples_per_frame: tuple[int, ...]
    first: tuple[int, ...]

    def check_frames(self, wanted: int | None, header: str) -> int:
        """The number of frames in the file, checked against the number that the header states.

        Parameters
        ----------
        wanted : int or None
            None if the header states no number.
        header : str
            Its name, for messages.

        Raises
        ------
        RecordError
            If there is no such file, or it holds another number of frames.
        """
        if not self.path.is_file():
            raise RecordError(
                f"{self.path}: no such signal file, though {header} names it; fetch it or leave the record out"
            )
        held = self._flac_frames(wanted) if self.fmt in FLAC_FORMATS else self._plain_frames()
        if wanted is None:
            return held
        if held < wanted:
            raise RecordError(
                f"{self.path}: truncated, holds {held} of {wanted} samples a signal; fetch the file again"
            )
        spare_bytes = (held - wanted) * sum(self.samples_per_frame) * BYTES_PER_SAMPLE.get(self.fmt, 2)
        if spare_bytes > max(PADDING_BYTES, self.block_bytes):
            raise RecordError(
                f"{self.path}: holds {held} samples for each of {len(self.samples_per_frame)} signals in format "
                f"{self.fmt}, {header} states {wanted}; correct the signals, formats or number of samples in {header}"
            )
        return wanted

    def read(self, start: int, stop: int) -> list[NDArray[np.float64]]:
        """Frames ``start`` to ``stop`` of all signals of the file, in ADC units; NaN is invalid.

        Raises
        ------
        RecordError
            If they can't be read.
        """
        from wfdb.io import _signal

        # A sample of format 8 is the sum of all differences before it, so it is read from its start.
        begin = 0 if self.fmt == "8" else start
        try:
            samples = _signal._rd_dat_signals(  # noqa: SLF001 # there is no public way, see above
                file_name=self.path.name,
                dir_name=str(self.path.parent.absolute()),
                pn_dir=None,
                fmt=self.fmt,
                n_sig=len(self.samples_per_frame),
                sig_len=stop,
                byte_offset=self.offset,
                samps_per_frame=list(self.samples_per_frame),
                skew=[0] * len(self.samples_per_frame),
                init_value=list(self.first),
                sampfrom=begin,
                sampto=stop,
            )
        except DECODER_ERRORS as error:
            raise RecordError(
                f"{self.path}: samples {start} to {stop} can't be read ({_one_line(error)}); fetch the file again"
            ) from error
        invalid = _signal.INVALID_SAMPLE_VALUE[self.fmt]
        return [
            _floats(signal[(start - begin) * per_frame :], invalid)
            for signal, per_frame in zip(samples, self.samples_per_frame, strict=True)
        ]

    def _plain_frames(self) -> int:
        samples = int((self.path.stat().st_size - self.offset) / BYTES_PER_SAMPLE[self.fmt] + 1e-6)
        return max(0, samples) // sum(self.samples_per_frame)

    def _flac_frames(self, wanted: int | None) -> int:
        """Frames in a FLAC file.

        If the end of the file is missing, its header states the full number all the same. So the last sample is
        decoded.
        """
        import soundfile

        try:
            with soundfile.SoundFile(self.path) as flac:
                stated, channels = int(flac.frames), int(flac.channels)
                frames = (stated - self.offset) // self.samples_per_frame[0]
                if stated and (wanted is None or frames >= wanted):
                    flac.seek(stated - 1)
                    if len(flac.read(1, dtype="int32")) != 1:
                        raise RecordError(
                            f"{self.path}: truncated, its last sample of {stated} is missing; fetch the file again"
                        )
        except (RuntimeError, OSError) as error:  # soundfile.LibsndfileError is a RuntimeError
            raise RecordError(
                f"{self.path}: damaged or no FLAC file ({_one_line(error)}); fetch the file again"
            ) from error
        if channels != len(self.samples_per_frame) or len(set(self.samples_per_frame)) > 1:
            raise RecordError(
                f"{self.path}: a FLAC file has a channel for each signal, and the same samples per frame for all; "
                f"{channels} channels and {self.samples_per_frame} samples per frame given; correct the header"
            )
        return frames


def _floats(signal: NDArray[Any], invalid: int | None) -> NDArray[np.float64]:
    values = signal.astype(np.float64)
    if invalid is not None:
        values[signal == invalid] = np.nan
    return values


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
