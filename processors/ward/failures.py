"""Monitors that failed: their patients are not watched for everything until new ones have learned them. Pure."""

from collections.abc import Iterable

import msgspec

from wardbeat.contracts.messages import Origin, Status

RECOVERED_AFTER_S = 30.0
"""A monitor that has gone on for as long as it learns (``Limits.learning_s``) watches for everything again."""


class MonitorFailed(msgspec.Struct, frozen=True):
    """A monitor failed with the chunk that ends at native sample ``sample``; another begins with the next one.

    ``error`` is the kind of the failure, without its words: they may say anything, and stay in the log.
    """

    stream_id: str
    session_id: str
    origin: Origin
    sample: int
    fs: float
    error: str


class Failure(msgspec.Struct):
    """A stream whose monitor failed: the first time, when that was (Unix ns), and the new monitor's first status."""

    first: MonitorFailed
    since_ns: int
    good_since: Status | None = None


class Failures:
    """The streams whose patients are not watched for everything, as their monitors have failed."""

    def __init__(self) -> None:
        self._by_stream: dict[str, Failure] = {}

    @property
    def lasting(self) -> list[Failure]:
        """Those that have not recovered."""
        return list(self._by_stream.values())

    def note(self, outputs: Iterable[object], now_ns: int) -> None:
        """Note, in the order of what a ward gives, which monitors failed and which go on."""
        for output in outputs:
            if isinstance(output, MonitorFailed):
                self._by_stream.setdefault(output.stream_id, Failure(output, now_ns)).good_since = None
            elif isinstance(output, Status) and output.stream_id in self._by_stream:
                self._go_on(self._by_stream[output.stream_id], output)

    def end(self, stream_ids: Iterable[str]) -> None:
        """These streams are over: of what was replayed nothing is missed any more."""
        for stream_id in stream_ids:
            failure = self._by_stream.get(stream_id)
            if failure is not None and failure.first.origin != "live":
                del self._by_stream[stream_id]

    def forget(self, stream_id: str) -> None:
        """The stream is another worker's now."""
        self._by_stream.pop(stream_id, None)

    def _go_on(self, failure: Failure, status: Status) -> None:
        since = failure.good_since
        if since is None or since.session_id != status.session_id:
            failure.good_since = status
        elif status.sample - since.sample >= RECOVERED_AFTER_S * status.fs:
            del self._by_stream[status.stream_id]
