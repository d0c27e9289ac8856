"""What a worker shows of itself."""

from collections import Counter
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from prometheus_client import Histogram

from processors.ward.ward import Networks
from processors.worker.telemetry.counts import Counts
from processors.worker.telemetry.heartbeat import Heartbeat
from wardbeat.ecg.qrs.network import QrsNetwork
from wardbeat.observability.instruments import Instruments
from wardbeat.store.live_store import WorkerHealth

NEEDS: Final = ("networks", "partitions", "redis")
"""What a worker needs to be ready."""


class TimedNetworks:
    """Networks whose calls are timed and whose rows are counted."""

    def __init__(self, networks: Networks, counts: Counts) -> None:
        self._networks = networks
        self._counts = counts
        self._histograms: dict[str, tuple[Histogram, Histogram]] = {}

    @property
    def qrs(self) -> QrsNetwork:
        """The weights that each monitor runs."""
        return self._networks.qrs

    def run(self, network: str, inputs: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        """What the network answers."""
        seconds, rows = self._histograms.get(network) or self._of(network)
        rows.observe(len(next(iter(inputs.values()))))
        with seconds.time():
            return self._networks.run(network, inputs)

    def _of(self, network: str) -> tuple[Histogram, Histogram]:
        pair = (self._counts.model_s.labels(network), self._counts.model_rows.labels(network))
        self._histograms[network] = pair
        return pair


def show_worker(instruments: Instruments, counts: Counts, heartbeat: Heartbeat) -> None:
    """Show what a worker counts and says of itself; its networks have been loaded by now."""
    instruments.probes.ask("networks", lambda: None)
    instruments.probes.ask("partitions", lambda: "none assigned yet" if heartbeat.health is None else None)
    instruments.probes.ask("redis", lambda: heartbeat.redis_problem)
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


def alerts_by_code(counts: Counts) -> dict[str, float]:
    """How many alerts of each code were raised, over all streams."""
    total: Counter[str] = Counter()
    for codes in list(counts.alerts.values()):
        total.update(codes.copy())
    return dict(total)


def _of_health(heartbeat: Heartbeat, figure: Callable[[WorkerHealth], int]) -> Callable[[], float | None]:
    def read() -> float | None:
        health = heartbeat.health  # once: the loop may take it away meanwhile
        return None if health is None else figure(health)

    return read
