"""The metrics and the readiness of a worker."""

from collections import Counter
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from prometheus_client import Histogram

from processors.ward.network_batches import Networks
from processors.worker.telemetry.counts import WorkerCounts
from processors.worker.telemetry.heartbeat import Heartbeat
from wardbeat.ecg.qrs.network import QrsNetwork
from wardbeat.observability.instruments import Instruments
from wardbeat.store.live_store import WorkerHealth

NEEDS: Final = ("networks", "partitions", "redis")
"""A worker is ready if it has all of these."""


class TimedNetworks:
    """Networks; measures the time and the rows of each call."""

    def __init__(self, networks: Networks, counts: WorkerCounts) -> None:
        self._networks = networks
        self._counts = counts
        self._histograms: dict[str, tuple[Histogram, Histogram]] = {}

    @property
    def qrs(self) -> QrsNetwork:
        """The QRS network, which each monitor runs itself."""
        return self._networks.qrs

    def run(self, network: str, inputs: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        """The outputs of the network."""
        seconds, rows = self._histograms.get(network) or self._of(network)
        rows.observe(len(next(iter(inputs.values()))))
        with seconds.time():
            return self._networks.run(network, inputs)

    def _of(self, network: str) -> tuple[Histogram, Histogram]:
        pair = (self._counts.model_s.labels(network), self._counts.model_rows.labels(network))
        self._histograms[network] = pair
        return pair


def show_worker(instruments: Instruments, counts: WorkerCounts, heartbeat: Heartbeat) -> None:
    """Show the counts and the health of a worker. Its networks are loaded at this time."""
    instruments.probes.set_check("networks", lambda: None)
    instruments.probes.set_check("partitions", lambda: "none assigned yet" if heartbeat.health is None else None)
    instruments.probes.set_check("redis", lambda: heartbeat.redis_problem)
    for histogram in counts.histograms:
        instruments.registry.register(histogram)
    read = instruments.read
    read("wardbeat_worker_chunks_total", lambda: counts.chunks_received)
    read("wardbeat_worker_repeats_total", lambda: counts.repeats)
    read("wardbeat_worker_beats_total", lambda: counts.beats)
    read("wardbeat_worker_windows_total", lambda: counts.windows)
    read("wardbeat_worker_dead_letters_total", counts.dead_letters.copy)
    read("wardbeat_worker_irregularities_total", counts.streams.irregularities)
    read("wardbeat_worker_missing_seconds_total", counts.streams.missing_s)
    read("wardbeat_worker_clock_drift_ppm", counts.streams.drift_ppm)
    read("wardbeat_worker_clock_ahead_seconds", counts.streams.ahead_s)
    read("wardbeat_worker_failures_total", lambda: counts.failures)
    read("wardbeat_worker_alerts_total", lambda: alerts_by_code(counts))
    read("wardbeat_worker_lag_seconds", counts.lag_s)
    read("wardbeat_worker_batch_age_seconds", lambda: counts.batch_age_s)
    read("wardbeat_worker_behind", lambda: counts.behind)
    read("wardbeat_worker_frames_left_out_total", lambda: counts.frames_left_out)
    read("wardbeat_worker_snapshot_age_seconds", lambda: heartbeat.snapshot_age_s)
    read("wardbeat_worker_snapshot_failures_total", lambda: counts.snapshot_failures)
    read("wardbeat_worker_redis_memory_ratio", lambda: heartbeat.redis_memory and heartbeat.redis_memory.used_ratio)
    read("wardbeat_worker_partitions", _of_health(heartbeat, lambda health: health.partitions))
    read("wardbeat_worker_streams", _of_health(heartbeat, lambda health: health.streams))
    read("wardbeat_worker_waiting_records", _of_health(heartbeat, lambda health: health.lag))


def alerts_by_code(counts: WorkerCounts) -> dict[str, float]:
    """How many alerts of each code were raised, over all streams."""
    total: Counter[str] = Counter()
    for codes in list(counts.alerts.values()):
        total.update(codes.copy())
    return dict(total)


def _of_health(heartbeat: Heartbeat, figure: Callable[[WorkerHealth], int]) -> Callable[[], float | None]:
    def read() -> float | None:
        health = heartbeat.health  # read it once: the event loop may clear it meanwhile
        return None if health is None else figure(health)

    return read
