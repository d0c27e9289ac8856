"""The newest signal of a session, to distinguish a repeated chunk from one with other samples in the same place."""

import msgspec
import numpy as np

from wardbeat.contracts.messages import INVALID_SAMPLE, EcgChunk

COMPARED_S = 5.0
"""A repeat is compared with the newest 5 s (our choice): 7 kB at 360 Hz and two leads."""
REMEMBERED_GAPS = 64
_NS_PER_S = 1e9


class ReceivedSignal(msgspec.Struct):
    """The newest signal of a session, its last gaps, and the end of its acquisition."""

    recent: list[EcgChunk] = []
    gaps: list[tuple[int, int]] = []
    """(first missing sample, first sample after the gap) of each."""
    newest_ns: int = 0
    """End of the newest chunk's acquisition, Unix ns."""

    def add(self, chunk: EcgChunk, gap: int) -> None:
        """Add the next chunk of the signal, after ``gap`` missing samples."""
        if gap:
            self.gaps = [*self.gaps, (chunk.first_sample - gap, chunk.first_sample)][-REMEMBERED_GAPS:]
        self.newest_ns = max(self.newest_ns, _end_ns(chunk))
        self.recent.append(chunk)
        oldest = end_of(chunk) - int(COMPARED_S * chunk.fs)  # an int, as a float near 2**62 loses the difference
        while end_of(self.recent[0]) < oldest:
            del self.recent[0]

    def contradicts(self, chunk: EcgChunk) -> bool:
        """Whether a chunk has other values for samples that were received before.

        For signal that is no longer kept the acquisition time decides: a chunk that was acquired after all received
        signal is not a repeat.
        """
        if not self.recent:
            return False
        if end_of(chunk) <= self.recent[0].first_sample:
            return _end_ns(chunk) > self.newest_ns
        return any(differ(chunk, known) for known in reversed(self.recent))

    def misses(self, chunk: EcgChunk) -> bool:
        """Whether a chunk has samples that count as missing."""
        return any(first < end_of(chunk) and chunk.first_sample < end for first, end in self.gaps)


def end_of(chunk: EcgChunk) -> int:
    """The sample after a chunk's last one."""
    return chunk.first_sample + chunk.n_samples


def differ(one: EcgChunk, other: EcgChunk) -> bool:
    """Whether two chunks have different values for the same samples. An invalid sample equals every value."""
    first, end = max(one.first_sample, other.first_sample), min(end_of(one), end_of(other))
    if first >= end:
        return False
    if _format(one) != _format(other):
        return True
    if one.samples == other.samples and one.first_sample == other.first_sample:
        return False
    a, b = (chunk.d_signal()[:, first - chunk.first_sample : end - chunk.first_sample] for chunk in (one, other))
    return bool(np.any((a != b) & (a != INVALID_SAMPLE) & (b != INVALID_SAMPLE)))


def _end_ns(chunk: EcgChunk) -> int:
    return chunk.acquired_ns + int(chunk.n_samples / chunk.fs * _NS_PER_S)


def _format(chunk: EcgChunk) -> tuple[object, ...]:
    return chunk.fs, chunk.sig_name, chunk.gain, chunk.baseline
