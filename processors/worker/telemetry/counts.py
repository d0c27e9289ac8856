"""What a worker has done for patients, in numbers. The canary is no patient, so nothing of it is counted."""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from processors.ward.ward import WardOutput
from processors.worker.telemetry.stream_counts import StreamCounts
from wardbeat.contracts.canary import is_canary
from wardbeat.contracts.dead_letter_kinds import KINDS
from wardbeat.contracts.messages import Alert, Beat, EcgChunk, Window
from wardbeat.observability.metrics import STAGES, histogram

LATENCIES_KEPT = 100_000


class _Batch(NamedTuple):
    """When a batch began, and how long its oldest record had waited at that time."""

    began_s: float
    waited_s: float


class WorkerCounts:
    """Counts since the worker started.

    Attributes
    ----------
    chunks_received, repeats : int
        Chunks; the second one counts those that Kafka brought again after a rebalance, the first leaves them out.
    beats, windows : int
    dead_letters : Counter
        By kind.
    failures : int
        Monitors that failed; a new one started for each.
    behind : bool
        Whether records wait for so long that the worker sends no live ECG to screens.
    frames_left_out : int
        Live ECG that it did not send for this reason.
    snapshot_failures : int
        Times that snapshots could not be written.
    alerts : dict
        New alerts by stream and code.
    latency_ms : deque of float
        From the acquisition of the newest sample that an alert needed to its decision, for real-time streams only; the
        last ``LATENCIES_KEPT``.
    streams : StreamCounts
        Irregularities of each stream.
    stage : dict of str to Histogram
        The duration of each stage of a batch, in seconds.
    histograms : tuple of Histogram
        All histograms.
    """

    def __init__(self) -> None:
        self.chunks_received = 0
        self.repeats = 0
        self.beats = 0
        self.windows = 0
        self.dead_letters: Counter[str] = Counter(
            dict.fromkeys(KINDS, 0)
        )  # from 0 on, so that a rate includes the first one
        self.failures = 0
        self.behind = False
        self.frames_left_out = 0
        self.snapshot_failures = 0
        self.alerts: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.latency_ms: deque[float] = deque(maxlen=LATENCIES_KEPT)
        stage = histogram("wardbeat_worker_stage_seconds")
        self.stage = {name: stage.labels(name) for name in STAGES}
        self.batch_records = histogram("wardbeat_worker_batch_records")
        self.batch_waited_s = histogram("wardbeat_worker_batch_waited_seconds")
        self.snapshot_s = histogram("wardbeat_worker_snapshot_seconds")
        self.snapshot_bytes = histogram("wardbeat_worker_snapshot_bytes")
        self.model_s = histogram("wardbeat_worker_model_seconds")
        self.model_rows = histogram("wardbeat_worker_model_rows")
        self.decision_s = histogram("wardbeat_worker_decision_seconds")
        self.histograms = (
            stage,
            self.batch_records,
            self.batch_waited_s,
            self.snapshot_s,
            self.snapshot_bytes,
            self.model_s,
            self.model_rows,
            self.decision_s,
        )
        self._batch: _Batch | None = None
        self._lag_s: dict[str, float] = {}
        self.streams = StreamCounts()

    def add_chunk(self, chunk: EcgChunk, arrived_s: float = 0.0) -> None:
        """Count a chunk that arrived in Kafka at Unix second ``arrived_s`` (0: unknown)."""
        if is_canary(chunk.stream_id):
            return
        self.chunks_received += 1
        self.streams.add_chunk(chunk, arrived_s)

    @contextmanager
    def batch(self, n_records: int, waited_s: float = 0.0) -> Iterator[None]:
        """Measure a running batch, whose oldest record has waited ``waited_s`` in Kafka."""
        self.batch_records.observe(n_records)
        self.batch_waited_s.observe(waited_s)
        self._batch = _Batch(time.monotonic(), waited_s)
        try:
            yield
        finally:
            self._batch = None

    @property
    def batch_age_s(self) -> float:
        """How long the current batch has run; 0 between batches."""
        batch = self._batch
        return 0.0 if batch is None else time.monotonic() - batch.began_s

    @property
    def waited_s(self) -> float:
        """The age of the oldest record of the current batch; 0 between batches."""
        batch = self._batch
        return 0.0 if batch is None else batch.waited_s + time.monotonic() - batch.began_s

    def lag_s(self) -> dict[str, float]:
        """The age of the newest ECG of each real-time stream when its effects were written.

        A running batch adds its age, as the worker writes nothing newer before the batch ends.
        """
        age_s = self.batch_age_s
        return {stream_id: lag_s + age_s for stream_id, lag_s in self._lag_s.copy().items()}

    def add_written(self, chunks: Iterable[EcgChunk], now_ns: int, arrived_ns: Mapping[str, int] = {}) -> None:
        """The effects of these chunks are written; ``arrived_ns`` is when a stream's newest record arrived in Kafka."""
        for chunk in chunks:
            if chunk.final or not self.streams.is_real_time(chunk.stream_id):
                self._lag_s.pop(chunk.stream_id, None)
            else:
                end_ns = chunk.acquired_ns + round(chunk.n_samples / chunk.fs * 1e9)
                newest_ns = min(end_ns, arrived_ns.get(chunk.stream_id, end_ns))
                self._lag_s[chunk.stream_id] = (now_ns - newest_ns) / 1e9

    def add_outputs(self, outputs: Iterable[WardOutput]) -> None:
        for output in outputs:
            if not is_canary(output.stream_id):
                self.beats += isinstance(output, Beat)
                self.windows += isinstance(output, Window)

    def add_raised(self, alerts: Iterable[Alert], decided_ns: int) -> None:
        """Count new alerts, and measure the latency of each decision."""
        for alert in alerts:
            if is_canary(alert.stream_id):
                continue
            self.alerts[alert.stream_id][alert.code] += 1
            if self.streams.is_real_time(alert.stream_id):
                latency_ms = (decided_ns - alert.raised_acquired_ns) / 1e6
                self.latency_ms.append(latency_ms)
                self.decision_s.observe(latency_ms / 1000)

    def remove_stream(self, stream_id: str) -> None:
        """Drop the clock and the lag of a stream that is no longer this worker's; its counts stay."""
        self.streams.remove_stream(stream_id)
        self._lag_s.pop(stream_id, None)

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
            "dead_letters": self.dead_letters.total(),
            "failures": self.failures,
        }
