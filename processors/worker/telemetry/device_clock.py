"""Measures the clock of a device by its own samples. Pure; no decision depends on it.

Monitors count samples, so a clock that drifts or is set changes no beat and no alert. It changes only the apparent age
of the ECG.
"""

import msgspec

from wardbeat.contracts.messages import EcgChunk

REAL_TIME_WITHIN = 0.05
"""A device's clock and its sampling rate agree within 5 %; no replay has a speed this close to 1."""
STEP_S = 1.0
"""If clock and samples differ by more than 1 s, the clock was set (our choice); chunks jitter by far less."""
MEASURED_AFTER_S = 60.0
"""Over less time the jitter of the chunks' times hides the drift: 10 ms in a minute are 170 ppm."""


class DeviceClock(msgspec.Struct):
    """The clock of one session's device, measured by its chunks.

    Attributes
    ----------
    since : EcgChunk
        The first chunk, or the first one after the clock was set.
    newest : EcgChunk
    real_time : bool
        Whether the stream runs in real time; a replay may be faster.
    """

    since: EcgChunk
    newest: EcgChunk
    real_time: bool = False

    def add_chunk(self, chunk: EcgChunk) -> bool:
        """Add the next chunk of the session; whether the clock was set before it."""
        sample_s, clock_s = _passed_s(self.newest, chunk)
        self.newest = chunk
        if self.real_time and abs(clock_s - sample_s) > STEP_S:
            self.since = chunk
            return True
        sample_s, clock_s = _passed_s(self.since, chunk)
        self.real_time = abs(clock_s - sample_s) <= REAL_TIME_WITHIN * abs(sample_s)
        return False

    @property
    def drift_ppm(self) -> float | None:
        """How much faster the clock runs than the samples, in millionths; None before ``MEASURED_AFTER_S``."""
        sample_s, clock_s = _passed_s(self.since, self.newest)
        if not self.real_time or sample_s < MEASURED_AFTER_S:
            return None
        return (clock_s - sample_s) / sample_s * 1e6


def _passed_s(since: EcgChunk, now: EcgChunk) -> tuple[float, float]:
    """Seconds between the starts of two chunks, by their samples and by their clock."""
    return (now.first_sample - since.first_sample) / now.fs, (now.acquired_ns - since.acquired_ns) / 1e9
