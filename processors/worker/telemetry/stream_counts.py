"""Irregularities of each stream's chunks, and the clocks of their devices."""

from collections.abc import Mapping
from typing import Final

from processors.monitor.chunk_order import ChunkCounts
from processors.worker.telemetry.device_clock import DeviceClock
from wardbeat.contracts.canary import is_canary
from wardbeat.contracts.messages import EcgChunk

IRREGULARITIES: Final[Mapping[str, str]] = {
    "repeated": "repeated",
    "late": "late",
    "contradictory": "contradictory",
    "replaced": "replaced",
    "out_of_order": "out_of_order",
    "gap": "gaps",
    "format_change": "format_changes",
}
"""The label of each irregularity, and its field in :class:`processors.monitor.chunk_order.ChunkCounts`."""


class StreamCounts:
    """Counts since the worker started, of each stream that it has had.

    Attributes
    ----------
    of_stream : dict of str to ChunkCounts
        By stream. The ward counts into it.
    clock_steps : int
        How often the clock of a device was set within a session.
    """

    def __init__(self) -> None:
        self.of_stream: dict[str, ChunkCounts] = {}
        self.clock_steps = 0
        self._clocks: dict[str, DeviceClock] = {}
        self._ahead_s: dict[str, float] = {}

    def add_chunk(self, chunk: EcgChunk, arrived_s: float = 0.0) -> None:
        """Measure the device's clock by a chunk that arrived in Kafka at Unix second ``arrived_s`` (0: unknown)."""
        if arrived_s:
            self._ahead_s[chunk.stream_id] = chunk.acquired_ns / 1e9 + chunk.n_samples / chunk.fs - arrived_s
        clock = self._clocks.get(chunk.stream_id)
        if clock is None or clock.newest.session_id != chunk.session_id:
            self._clocks[chunk.stream_id] = DeviceClock(chunk, chunk)
        else:
            self.clock_steps += clock.add_chunk(chunk)

    def is_real_time(self, stream_id: str) -> bool:
        """Whether a stream is known to run in real time; a replay may be faster."""
        clock = self._clocks.get(stream_id)
        return clock is not None and clock.real_time

    def irregularities(self) -> dict[str, float]:
        """The number of irregularities of each kind, over all streams."""
        of_streams = list(self._of_patients().values())
        found = {kind: sum(getattr(one, field) for one in of_streams) for kind, field in IRREGULARITIES.items()}
        return found | {"clock_step": self.clock_steps}

    def missing_s(self) -> dict[str, float]:
        """Seconds of missing ECG, by stream."""
        return {stream_id: one.missing_s for stream_id, one in self._of_patients().items()}

    def drift_ppm(self) -> dict[str, float]:
        """How much faster each device's clock runs than its samples, in millionths, where it can be measured."""
        drifts = {stream_id: clock.drift_ppm for stream_id, clock in self._clocks.copy().items()}
        return {stream_id: drift for stream_id, drift in drifts.items() if drift is not None}

    def ahead_s(self) -> dict[str, float]:
        """By how much the clock of each real-time device is ahead of the broker's clock; late ECG makes it negative."""
        return {
            stream_id: ahead_s for stream_id, ahead_s in self._ahead_s.copy().items() if self.is_real_time(stream_id)
        }

    def remove_stream(self, stream_id: str) -> None:
        """Drop the clock of a stream that is no longer this worker's; its counts stay."""
        self._clocks.pop(stream_id, None)
        self._ahead_s.pop(stream_id, None)

    def _of_patients(self) -> dict[str, ChunkCounts]:
        return {stream_id: one for stream_id, one in self.of_stream.copy().items() if not is_canary(stream_id)}
