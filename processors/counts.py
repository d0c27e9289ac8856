"""What a worker did, in numbers."""

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Any

import numpy as np

from processors.monitor import Output
from wardbeat.messages import Alert, Beat, Window

LATENCIES_KEPT = 100_000


class Counts:
    """Counted since the worker started.

    ``repeats`` are records that Kafka brought again (after a rebalance); ``chunks_received`` leaves them out.
    ``latency_ms`` runs from the acquisition of the newest sample that an alert needed to the decision; the last
    ``LATENCIES_KEPT`` are kept.
    """

    def __init__(self) -> None:
        self.chunks_received = 0
        self.repeats = 0
        self.beats = 0
        self.windows = 0
        self.dead_letters = 0
        self.alerts: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.latency_ms: deque[float] = deque(maxlen=LATENCIES_KEPT)

    def add_outputs(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            self.beats += isinstance(output, Beat)
            self.windows += isinstance(output, Window)

    def add_raised(self, alerts: Iterable[Alert], decided_ns: int) -> None:
        """Count new alerts. A replay faster than time is ahead of the clock: it has no latency to speak of."""
        for alert in alerts:
            self.alerts[alert.stream_id][alert.code] += 1
            latency_ms = (decided_ns - alert.raised_acquired_ns) / 1e6
            if alert.origin != "synthetic" and latency_ms >= 0:
                self.latency_ms.append(latency_ms)

    def summary(self) -> dict[str, Any]:
        """All counts as one JSON object."""
        p50, p99 = np.percentile(self.latency_ms, [50, 99]).tolist() if self.latency_ms else (None, None)
        return {
            "chunks_received": self.chunks_received,
            "repeats": self.repeats,
            "beats": self.beats,
            "windows": self.windows,
            "alerts": {stream: dict(codes) for stream, codes in sorted(self.alerts.items())},
            "latency_ms": {"p50": p50, "p99": p99, "n": len(self.latency_ms)},
            "dead_letters": self.dead_letters,
        }
