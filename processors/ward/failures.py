"""Failed monitors: until the new monitor has learned the patient, it does not detect everything. Pure."""

from collections.abc import Iterable

import msgspec

from wardbeat.contracts.messages import Origin, Status

RECOVERED_AFTER_S = 30.0
"""A monitor detects everything again after the learning time (``RhythmLimits.learning_s``)."""


class MonitorFailed(msgspec.Struct, frozen=True):
    """A monitor failed with the chunk that ends at native sample ``sample``; a new one starts with the next chunk.

    ``error`` is the type of the error. Its text stays in the log, because it may contain anything.
    """

    stream_id: str
    session_id: str
    origin: Origin
    sample: int
    fs: float
    error: str


class Failure(msgspec.Struct):
    """A stream whose monitor failed: its first failure and when that was (Unix ns), the new monitor's first status."""

    first: MonitorFailed
    since_ns: int
    good_since: Status | None = None


class Failures:
    """The streams whose monitors failed and have not recovered."""

    def __init__(self) -> None:
        self._by_stream: dict[str, Failure] = {}

    @property
    def lasting(self) -> list[Failure]:
        """The failures that last."""
        return list(self._by_stream.values())

    def note(self, outputs: Iterable[object], now_ns: int) -> None:
        """Note which monitors failed and which go on, from a ward's outputs in their order."""
        for output in outputs:
            if isinstance(output, MonitorFailed):
                self._by_stream.setdefault(output.stream_id, Failure(output, now_ns)).good_since = None
            elif isinstance(output, Status) and output.stream_id in self._by_stream:
                self._go_on(self._by_stream[output.stream_id], output)

    def end(self, stream_ids: Iterable[str]) -> None:
        """Note the end of these streams. The failure of a replayed stream ends with it; that of a live bed lasts."""
        for stream_id in stream_ids:
            failure = self._by_stream.get(stream_id)
            if failure is not None and failure.first.origin != "live":
                del self._by_stream[stream_id]

    def forget(self, stream_id: str) -> None:
        """Remove a stream that belongs to another worker now."""
        self._by_stream.pop(stream_id, None)

    def _go_on(self, failure: Failure, status: Status) -> None:
        since = failure.good_since
        if since is None or since.session_id != status.session_id:
            failure.good_since = status
        elif status.sample - since.sample >= RECOVERED_AFTER_S * status.fs:
            del self._by_stream[status.stream_id]
