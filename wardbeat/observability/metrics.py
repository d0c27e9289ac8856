"""Every metric of every process, in one table, and how each gets its value.

What a process counts anyway is read when somebody asks (:class:`Reading`), so it costs nothing while nobody does. Only
what is spread over time is put into a histogram as it happens, once a batch or a call of a network.
A label names a stream, never a person.
"""

from collections.abc import Callable, Mapping
from typing import Final, Literal, NamedTuple

import prometheus_client
from prometheus_client import Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

STAGES: Final = ("decode", "monitor", "redis", "kafka")
"""What a worker does with a batch, in this order; ``monitor`` includes the networks."""
_STAGE_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_MODEL_S: Final = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5)
_DECISION_S: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 5.0, 10.0, 30.0, 60.0)
_WAITED_S: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
_SNAPSHOT_BYTES: Final = (50e3, 100e3, 150e3, 200e3, 300e3, 500e3, 1e6, 2e6)
_ROWS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)

# Else each histogram has another series with the moment of its making, which nobody asks for.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]


class Metric(NamedTuple):
    """One metric; what it is called is what it is asked for by.

    ``buckets`` are the upper bounds of a histogram, ``label`` is what its values are told apart by, empty for none.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    words: str
    label: str = ""
    buckets: tuple[float, ...] = ()


_TABLE: Final = (
    # every process
    Metric("wardbeat_info", "gauge", "1; the version that runs", "version"),
    Metric("wardbeat_need_met", "gauge", "1 where what the process needs to be ready is there, else 0", "need"),
    Metric("wardbeat_loop_silent_seconds", "gauge", "time since the event loop last turned"),
    Metric("wardbeat_clock_step_seconds", "gauge", "by how much the machine's clock was set since the process began"),
    # a worker
    Metric("wardbeat_worker_chunks_total", "counter", "chunks of ECG received"),
    Metric("wardbeat_worker_repeats_total", "counter", "records that Kafka brought again"),
    Metric("wardbeat_worker_beats_total", "counter", "beats found"),
    Metric("wardbeat_worker_windows_total", "counter", "windows judged"),
    Metric("wardbeat_worker_alerts_total", "counter", "alerts raised", "code"),
    Metric("wardbeat_worker_dead_letters_total", "counter", "records that could not be used", "kind"),
    Metric("wardbeat_worker_irregularities_total", "counter", "what was not in order with the chunks of ECG", "kind"),
    Metric("wardbeat_worker_missing_seconds_total", "counter", "seconds of ECG that never came", "stream"),
    Metric(
        "wardbeat_worker_clock_drift_ppm",
        "gauge",
        "how much faster a device's clock goes than its samples, after a minute; at the speed of time only",
        "stream",
    ),
    Metric(
        "wardbeat_worker_clock_ahead_seconds",
        "gauge",
        "how far a device's clock is ahead of the broker's; at the speed of time only",
        "stream",
    ),
    Metric("wardbeat_worker_failures_total", "counter", "monitors that failed and started anew"),
    Metric("wardbeat_worker_partitions", "gauge", "partitions that the worker has"),
    Metric("wardbeat_worker_streams", "gauge", "streams that the worker monitors"),
    Metric("wardbeat_worker_waiting_records", "gauge", "records that wait in Kafka to be read"),
    Metric(
        "wardbeat_worker_lag_seconds",
        "gauge",
        "age of a stream's newest ECG when all that follows from it was written, and of the batch under way; at the "
        "speed of time only",
        "stream",
    ),
    Metric("wardbeat_worker_batch_age_seconds", "gauge", "time since the batch under way began, 0 between batches"),
    Metric("wardbeat_worker_batch_records", "histogram", "records in a batch", buckets=_ROWS),
    Metric(
        "wardbeat_worker_batch_waited_seconds",
        "histogram",
        "how long the oldest record of a batch had waited in Kafka",
        buckets=_WAITED_S,
    ),
    Metric("wardbeat_worker_behind", "gauge", "1 while records wait so long that screens get no live ECG, else 0"),
    Metric("wardbeat_worker_frames_left_out_total", "counter", "frames of live ECG that screens were not sent then"),
    Metric(
        "wardbeat_worker_snapshot_seconds", "histogram", "time to keep the snapshots of a partition", buckets=_STAGE_S
    ),
    Metric("wardbeat_worker_snapshot_bytes", "histogram", "size of a monitor's snapshot", buckets=_SNAPSHOT_BYTES),
    Metric(
        "wardbeat_worker_snapshot_age_seconds",
        "gauge",
        "age of the partition's snapshots that are the oldest: what a takeover would run again",
    ),
    Metric("wardbeat_worker_snapshot_failures_total", "counter", "times that snapshots could not be kept"),
    Metric("wardbeat_worker_redis_memory_ratio", "gauge", "share of the memory that Redis may use that it uses"),
    Metric("wardbeat_worker_stage_seconds", "histogram", "time of one stage of a batch", "stage", _STAGE_S),
    Metric("wardbeat_worker_model_seconds", "histogram", "time of one call of a network", "network", _MODEL_S),
    Metric("wardbeat_worker_model_rows", "histogram", "rows in one call of a network", "network", _ROWS),
    Metric(
        "wardbeat_worker_decision_seconds",
        "histogram",
        "from the newest sample that an alert needed to the alert; at the speed of time only",
        buckets=_DECISION_S,
    ),
    # a replay
    Metric("wardbeat_replay_patients", "gauge", "patients that are replayed"),
    Metric("wardbeat_replay_chunks_sent_total", "counter", "chunks that the broker has acknowledged"),
    Metric("wardbeat_replay_chunks_failed_total", "counter", "chunks that it never did"),
    Metric("wardbeat_replay_chunks_waiting", "gauge", "chunks that wait for their acknowledgement"),
    Metric("wardbeat_replay_late_seconds", "gauge", "how long after its time the latest of all chunks was handed over"),
    # a dashboard
    Metric("wardbeat_dashboard_browsers", "gauge", "browsers that are told what happens"),
    Metric("wardbeat_dashboard_outbox_frames", "gauge", "waveform frames that wait for the slowest browser"),
    Metric("wardbeat_dashboard_dropped_frames_total", "counter", "waveform frames that slow browsers were not sent"),
    Metric("wardbeat_dashboard_beds", "gauge", "beds on the screens, by whether they are monitored", "monitored"),
    Metric("wardbeat_dashboard_open_alerts", "gauge", "alerts that are not resolved", "priority"),
    Metric("wardbeat_dashboard_escalates", "gauge", "1 while an escalator is at work, else 0"),
    # an escalator
    Metric("wardbeat_escalator_told_total", "counter", "escalations that were delivered"),
    Metric("wardbeat_escalator_failed_total", "counter", "tries that were not"),
)
METRICS: Final[Mapping[str, Metric]] = {metric.name: metric for metric in _TABLE}


class Reading(Collector):
    """The value of a counter or gauge, read whenever somebody asks.

    Parameters
    ----------
    name : str
        One of :data:`METRICS`.
    read : callable
        The value, or values by label; None where none is known. It is called in another thread than the process's own,
        so it may look, but must copy what it goes through.
    """

    def __init__(self, name: str, read: Callable[[], float | Mapping[str, float] | None]) -> None:
        self._metric = METRICS[name]
        self._read = read

    def describe(self) -> list[CounterMetricFamily | GaugeMetricFamily]:
        """The metric without a value."""
        family = CounterMetricFamily if self._metric.kind == "counter" else GaugeMetricFamily
        return [family(self._metric.name, self._metric.words, labels=_labels(self._metric))]

    def collect(self) -> list[CounterMetricFamily | GaugeMetricFamily]:
        """The metric with its value now."""
        (family,) = self.describe()
        value = self._read()
        if isinstance(value, Mapping):
            for label, one in value.items():
                family.add_metric([label], one)
        elif value is not None:
            family.add_metric([], value)
        return [family]


def histogram(name: str) -> Histogram:
    """A histogram of :data:`METRICS`, in no registry yet. With a label, take its children once, not at each event."""
    metric = METRICS[name]
    return Histogram(metric.name, metric.words, _labels(metric), registry=None, buckets=metric.buckets)


def _labels(metric: Metric) -> list[str]:
    return [metric.label] if metric.label else []
