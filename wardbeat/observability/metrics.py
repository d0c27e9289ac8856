"""Every metric of every process in one table, and how each gets its value.

Counters and gauges are read when a client requests them (:class:`Reading`), so they cost nothing otherwise. Only
histograms get their values as they occur, once a batch or once a call of a network. A label names a stream, never a
person.
"""

from collections.abc import Callable, Mapping
from typing import Final, Literal, NamedTuple

import prometheus_client
from prometheus_client import Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

STAGES: Final = ("decode", "monitor", "redis", "kafka")
"""The stages of a batch in a worker, in this order; ``monitor`` includes the networks."""
_STAGE_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_MODEL_S: Final = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5)
_DECISION_S: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 5.0, 10.0, 30.0, 60.0)
_WAITED_S: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
_SNAPSHOT_BYTES: Final = (50e3, 100e3, 150e3, 200e3, 300e3, 500e3, 1e6, 2e6)
_ROWS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)

# Otherwise each histogram has another series with the time of its creation, which no one needs.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]


class Metric(NamedTuple):
    """One metric: its name, kind and description.

    ``label`` is the name of its label; empty if it has none. ``buckets`` are the upper bounds of a histogram.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    words: str
    label: str = ""
    buckets: tuple[float, ...] = ()


_TABLE: Final = (
    # every process
    Metric("wardbeat_info", "gauge", "always 1; the label is the version", "version"),
    Metric("wardbeat_need_met", "gauge", "1 if a need of the process is met, else 0", "need"),
    Metric("wardbeat_loop_silent_seconds", "gauge", "time since the event loop last turned"),
    Metric("wardbeat_clock_step_seconds", "gauge", "by how much the machine's clock was set since the process started"),
    # a worker
    Metric("wardbeat_worker_chunks_total", "counter", "chunks of ECG received"),
    Metric("wardbeat_worker_repeats_total", "counter", "records that Kafka delivered again"),
    Metric("wardbeat_worker_beats_total", "counter", "beats found"),
    Metric("wardbeat_worker_windows_total", "counter", "windows that the detector scored"),
    Metric("wardbeat_worker_alerts_total", "counter", "alerts raised", "code"),
    Metric("wardbeat_worker_dead_letters_total", "counter", "records that could not be used", "kind"),
    Metric("wardbeat_worker_irregularities_total", "counter", "faults in the sequence of the chunks of ECG", "kind"),
    Metric("wardbeat_worker_missing_seconds_total", "counter", "seconds of ECG that never arrived", "stream"),
    Metric(
        "wardbeat_worker_clock_drift_ppm",
        "gauge",
        "how much faster a device's clock runs than its samples, after a minute; only at real-time speed",
        "stream",
    ),
    Metric(
        "wardbeat_worker_clock_ahead_seconds",
        "gauge",
        "how far a device's clock is ahead of the broker's; only at real-time speed",
        "stream",
    ),
    Metric("wardbeat_worker_failures_total", "counter", "monitors that failed and were restarted"),
    Metric("wardbeat_worker_partitions", "gauge", "partitions that the worker has"),
    Metric("wardbeat_worker_streams", "gauge", "streams that the worker monitors"),
    Metric("wardbeat_worker_waiting_records", "gauge", "records that wait in Kafka"),
    Metric(
        "wardbeat_worker_lag_seconds",
        "gauge",
        "age of a stream's newest ECG when all its effects are written, or of the present batch; "
        "only at real-time speed",
        "stream",
    ),
    Metric("wardbeat_worker_batch_age_seconds", "gauge", "time since the present batch began, 0 between batches"),
    Metric("wardbeat_worker_batch_records", "histogram", "records in a batch", buckets=_ROWS),
    Metric(
        "wardbeat_worker_batch_waited_seconds",
        "histogram",
        "how long the oldest record of a batch waited in Kafka",
        buckets=_WAITED_S,
    ),
    Metric("wardbeat_worker_behind", "gauge", "1 while records wait so long that screens get no live ECG, else 0"),
    Metric(
        "wardbeat_worker_frames_left_out_total",
        "counter",
        "frames of live ECG that were not sent to screens for this reason",
    ),
    Metric(
        "wardbeat_worker_snapshot_seconds", "histogram", "time to store the snapshots of a partition", buckets=_STAGE_S
    ),
    Metric("wardbeat_worker_snapshot_bytes", "histogram", "size of a monitor's snapshot", buckets=_SNAPSHOT_BYTES),
    Metric(
        "wardbeat_worker_snapshot_age_seconds",
        "gauge",
        "age of the oldest snapshots of a partition: how much ECG a takeover runs again",
    ),
    Metric("wardbeat_worker_snapshot_failures_total", "counter", "failed attempts to store snapshots"),
    Metric("wardbeat_worker_redis_memory_ratio", "gauge", "proportion of its memory limit that Redis uses"),
    Metric("wardbeat_worker_stage_seconds", "histogram", "time of one stage of a batch", "stage", _STAGE_S),
    Metric("wardbeat_worker_model_seconds", "histogram", "time of one call of a network", "network", _MODEL_S),
    Metric("wardbeat_worker_model_rows", "histogram", "rows in one call of a network", "network", _ROWS),
    Metric(
        "wardbeat_worker_decision_seconds",
        "histogram",
        "from the newest sample that an alert needed to the alert; only at real-time speed",
        buckets=_DECISION_S,
    ),
    # a replay
    Metric("wardbeat_replay_patients", "gauge", "patients in the replay"),
    Metric("wardbeat_replay_chunks_sent_total", "counter", "chunks that the broker has acknowledged"),
    Metric("wardbeat_replay_chunks_failed_total", "counter", "chunks that the broker did not acknowledge"),
    Metric("wardbeat_replay_chunks_waiting", "gauge", "chunks that wait for their acknowledgement"),
    Metric("wardbeat_replay_late_seconds", "gauge", "the largest delay of a chunk behind its time"),
    # a dashboard
    Metric("wardbeat_dashboard_browsers", "gauge", "connected browsers"),
    Metric("wardbeat_dashboard_outbox_frames", "gauge", "waveform frames that wait for the slowest browser"),
    Metric("wardbeat_dashboard_dropped_frames_total", "counter", "waveform frames that were not sent to slow browsers"),
    Metric("wardbeat_dashboard_beds", "gauge", "beds on the screens, by whether they are monitored", "monitored"),
    Metric("wardbeat_dashboard_open_alerts", "gauge", "alerts that are not resolved", "priority"),
    Metric("wardbeat_dashboard_escalates", "gauge", "1 while an escalator is running, else 0"),
    # an escalator
    Metric("wardbeat_escalator_told_total", "counter", "escalations that were delivered"),
    Metric("wardbeat_escalator_failed_total", "counter", "failed attempts to deliver an escalation"),
    Metric("wardbeat_escalator_canary_age_seconds", "gauge", "age of the canary's last proof"),
    Metric("wardbeat_escalator_canary_delay_seconds", "gauge", "from the injected onset to the alert of this proof"),
    Metric("wardbeat_escalator_canary_pings_failed_total", "counter", "pings that the outside watch did not answer"),
)
METRICS: Final[Mapping[str, Metric]] = {metric.name: metric for metric in _TABLE}


class Reading(Collector):
    """A counter or gauge whose value is read at each request.

    Parameters
    ----------
    name : str
        One of :data:`METRICS`.
    read : callable
        Returns the value, or values by label; None if it is unknown. It runs in another thread, so it must copy a
        collection before it iterates over it.
    """

    def __init__(self, name: str, read: Callable[[], float | Mapping[str, float] | None]) -> None:
        self._metric = METRICS[name]
        self._read = read

    def describe(self) -> list[CounterMetricFamily | GaugeMetricFamily]:
        """The metric without a value."""
        family = CounterMetricFamily if self._metric.kind == "counter" else GaugeMetricFamily
        return [family(self._metric.name, self._metric.words, labels=_labels(self._metric))]

    def collect(self) -> list[CounterMetricFamily | GaugeMetricFamily]:
        """The metric with its present value."""
        (family,) = self.describe()
        value = self._read()
        if isinstance(value, Mapping):
            for label, one in value.items():
                family.add_metric([label], one)
        elif value is not None:
            family.add_metric([], value)
        return [family]


def histogram(name: str) -> Histogram:
    """A histogram of :data:`METRICS` that is not registered yet. Get the child of a label once, not at each event."""
    metric = METRICS[name]
    return Histogram(metric.name, metric.words, _labels(metric), registry=None, buckets=metric.buckets)


def _labels(metric: Metric) -> list[str]:
    return [metric.label] if metric.label else []
