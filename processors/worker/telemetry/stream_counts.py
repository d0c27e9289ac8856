"""What was not in order with each stream's chunks, and how the clocks of their devices go."""

from collections.abc import Mapping
from typing import Final

from processors.monitor.chunk_order import ChunkCounts
from processors.worker.telemetry.device_clock import DeviceClock
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
"""What may be wrong with chunks, and where :class:`processors.monitor.chunk_order.ChunkCounts` has it."""


class StreamCounts:
    """Counted since the worker started, of each stream that it has had.

    ``of_stream`` is what became of chunks, which the ward counts; ``clock_steps`` are devices' clocks that were set in
    mid-stream.
    """

    def __init__(self) -> None:
        self.of_stream: dict[str, ChunkCounts] = {}
        self.clock_steps = 0
        self._clocks: dict[str, DeviceClock] = {}
        self._ahead_s: dict[str, float] = {}

    def see(self, chunk: EcgChunk, arrived_s: float = 0.0) -> None:
        """See how the clock of a chunk's device goes; the broker had it at Unix second ``arrived_s`` (0: unknown)."""
        if arrived_s:
            self._ahead_s[chunk.stream_id] = chunk.acquired_ns / 1e9 + chunk.n_samples / chunk.fs - arrived_s
        clock = self._clocks.get(chunk.stream_id)
        if clock is None or clock.newest.session_id != chunk.session_id:
            self._clocks[chunk.stream_id] = DeviceClock(chunk, chunk)
        else:
            self.clock_steps += clock.see(chunk)

    def is_real_time(self, stream_id: str) -> bool:
        """Whether a stream is known to go at the speed of time; a replay may be faster."""
        clock = self._clocks.get(stream_id)
        return clock is not None and clock.real_time

    def irregularities(self) -> dict[str, float]:
        """What was not in order, by kind, over all streams."""
        of_streams = list(self.of_stream.values())
        found = {kind: sum(getattr(one, field) for one in of_streams) for kind, field in IRREGULARITIES.items()}
        return found | {"clock_step": self.clock_steps}

    def missing_s(self) -> dict[str, float]:
        """Seconds of ECG that never came, by stream."""
        return {stream_id: one.missing_s for stream_id, one in self.of_stream.copy().items()}

    def drift_ppm(self) -> dict[str, float]:
        """How much faster each device's clock goes than its samples, where that can be told."""
        drifts = {stream_id: clock.drift_ppm for stream_id, clock in self._clocks.copy().items()}
        return {stream_id: drift for stream_id, drift in drifts.items() if drift is not None}

    def ahead_s(self) -> dict[str, float]:
        """How far the clock of each device at the speed of time is ahead of the broker's; late ECG looks behind."""
        return {
            stream_id: ahead_s for stream_id, ahead_s in self._ahead_s.copy().items() if self.is_real_time(stream_id)
        }

    def forget(self, stream_id: str) -> None:
        """The stream is another worker's now; what was counted stays."""
        self._clocks.pop(stream_id, None)
        self._ahead_s.pop(stream_id, None)
