"""What a worker did, in numbers."""

import time
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from processors.ward import WardOutput
from wardbeat.messages import Alert, Beat, EcgChunk, Window
from wardbeat.metrics import STAGES, histogram

LATENCIES_KEPT = 100_000
REAL_TIME_WITHIN = 0.05
"""A device's clock and its sampling rate agree better than this; no replay has a speed this close to 1."""


class Counts:
    """Counted since the worker started.

    ``repeats`` are records that Kafka brought again (after a rebalance); ``chunks_received`` leaves them out.
    ``failures`` are monitors that failed and started anew. ``latency_ms`` runs from the acquisition of the newest
    sample that an alert needed to the decision, for streams at the speed of time; the last ``LATENCIES_KEPT`` are kept.
    ``lag_s`` is how old the newest ECG of such a stream was when all that follows from it was written.
    ``histograms`` are all that is spread over time; ``stage`` has the one of each stage of a batch.
    """

    def __init__(self) -> None:
        self.chunks_received = 0
        self.repeats = 0
        self.beats = 0
        self.windows = 0
        self.dead_letters = 0
        self.failures = 0
        self.alerts: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.latency_ms: deque[float] = deque(maxlen=LATENCIES_KEPT)
        self.lag_s: dict[str, float] = {}
        stage = histogram("wardbeat_worker_stage_seconds")
        self.stage = {name: stage.labels(name) for name in STAGES}
        self.batch_records = histogram("wardbeat_worker_batch_records")
        self.model_s = histogram("wardbeat_worker_model_seconds")
        self.model_rows = histogram("wardbeat_worker_model_rows")
        self.decision_s = histogram("wardbeat_worker_decision_seconds")
        self.histograms = (stage, self.batch_records, self.model_s, self.model_rows, self.decision_s)
        self._batch_began_s: float | None = None
        self._first_of: dict[str, EcgChunk] = {}
        self._real_time: dict[str, bool] = {}

    def add_chunk(self, chunk: EcgChunk) -> None:
        """Count a chunk, and see whether its stream goes at the speed of time (a replay may be faster)."""
        self.chunks_received += 1
        first = self._first_of.get(chunk.stream_id)
        if first is None or first.session_id != chunk.session_id:
            self._first_of[chunk.stream_id] = chunk
            return
        sample_s = (chunk.first_sample - first.first_sample) / chunk.fs
        acquired_s = (chunk.acquired_ns - first.acquired_ns) / 1e9
        self._real_time[chunk.stream_id] = abs(acquired_s - sample_s) <= REAL_TIME_WITHIN * sample_s

    @contextmanager
    def batch(self, n_records: int) -> Iterator[None]:
        """A batch is under way."""
        self.batch_records.observe(n_records)
        self._batch_began_s = time.monotonic()
        try:
            yield
        finally:
            self._batch_began_s = None

    @property
    def batch_age_s(self) -> float:
        """Since when the batch under way is; 0 between batches."""
        began_s = self._batch_began_s
        return 0.0 if began_s is None else time.monotonic() - began_s

    def add_written(self, chunks: Iterable[EcgChunk], now_ns: int) -> None:
        """All that follows from these chunks is written."""
        for chunk in chunks:
            if chunk.final:
                self.lag_s.pop(chunk.stream_id, None)
            elif self._real_time.get(chunk.stream_id, False):
                self.lag_s[chunk.stream_id] = (now_ns - chunk.acquired_ns) / 1e9 - chunk.n_samples / chunk.fs

    def add_outputs(self, outputs: Iterable[WardOutput]) -> None:
        for output in outputs:
            self.beats += isinstance(output, Beat)
            self.windows += isinstance(output, Window)

    def add_raised(self, alerts: Iterable[Alert], decided_ns: int) -> None:
        """Count new alerts, and how long after its newest sample each was decided."""
        for alert in alerts:
            self.alerts[alert.stream_id][alert.code] += 1
            if self._real_time.get(alert.stream_id, False):
                latency_ms = (decided_ns - alert.raised_acquired_ns) / 1e6
                self.latency_ms.append(latency_ms)
                self.decision_s.observe(latency_ms / 1000)

    def forget(self, stream_id: str) -> None:
        """The stream is another worker's now; what was counted stays."""
        self._first_of.pop(stream_id, None)
        self._real_time.pop(stream_id, None)
        self.lag_s.pop(stream_id, None)

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
            "failures": self.failures,
        }
