"""A worker shows its counts as metrics, and whether it is ready."""

import msgspec
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from processors.ward.network_batches import Networks
from processors.worker.telemetry.counts import WorkerCounts
from processors.worker.telemetry.metrics import NEEDS, TimedNetworks, alerts_by_code, show_worker
from tests.support.samples import make_alert, make_chunk
from wardbeat.contracts.messages import EcgChunk
from wardbeat.observability.instruments import Instruments, answer
from wardbeat.observability.metrics import METRICS, STAGES
from wardbeat.store.live_store import WorkerHealth
from wardbeat.store.redis_client import RedisMemory

HALF_S_NS = 500_000_000


class HeartbeatStub:
    """The part of a heartbeat that metrics show."""

    health: WorkerHealth | None = None
    redis_problem: str | None = "not asked yet"
    snapshot_age_s: float | None = None
    redis_memory: RedisMemory | None = None


class OneNetwork:
    """Answers with as many zeros as it has rows."""

    qrs = None

    def run(self, network: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {"p": np.zeros(len(inputs["x"]), np.float32)}


def shown_worker(counts: WorkerCounts, heartbeat: HeartbeatStub) -> Instruments:
    instruments = Instruments(NEEDS)
    show_worker(instruments, counts, heartbeat)  # type: ignore[arg-type]
    return instruments


def values(instruments: Instruments) -> dict[str, float]:
    """Every sample by its name, with its label where it has one."""
    text = answer(instruments, "/metrics")[2].decode()
    return {
        "".join((sample.name, *(f":{value}" for key, value in sample.labels.items() if key != "le"))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_worker_shows_all_documented_metrics() -> None:
    shown = {family.name for family in shown_worker(WorkerCounts(), HeartbeatStub()).registry.collect()}
    promised = {name.removesuffix("_total") for name in METRICS if name.startswith("wardbeat_worker_")}
    assert promised <= shown


def test_the_metrics_show_the_counts() -> None:
    counts, heartbeat = WorkerCounts(), HeartbeatStub()
    instruments = shown_worker(counts, heartbeat)
    for sequence in range(3):
        counts.add_chunk(make_chunk(sequence=sequence))
    counts.add_raised([make_alert("pause"), make_alert("asystole", stream_id="bed-2")], decided_ns=2)
    counts.dead_letters["late"] = 7
    with counts.batch(3):
        for stage in STAGES:
            counts.stage[stage].observe(0.01)
        assert values(instruments)["wardbeat_worker_batch_age_seconds"] > 0
    seen = values(instruments)
    assert seen["wardbeat_worker_chunks_total"] == 3
    assert seen["wardbeat_worker_dead_letters_total:late"] == 7
    assert seen["wardbeat_worker_alerts_total:pause"] == seen["wardbeat_worker_alerts_total:asystole"] == 1
    assert seen["wardbeat_worker_batch_age_seconds"] == 0
    assert seen["wardbeat_worker_batch_records_sum"] == 3
    assert {stage: seen[f"wardbeat_worker_stage_seconds_count:{stage}"] for stage in STAGES} == dict.fromkeys(STAGES, 1)
    assert seen["wardbeat_worker_decision_seconds_count"] == 1  # of the real-time stream
    assert "wardbeat_worker_streams" not in seen
    heartbeat.health = WorkerHealth("w", 1, partitions=6, streams=2, chunks_received=3, dead_letters=7, lag=41)
    heartbeat.redis_memory = RedisMemory(30, 120)
    seen = values(instruments)
    assert seen["wardbeat_worker_redis_memory_ratio"] == 0.25
    assert seen["wardbeat_worker_waiting_records"] == 41
    assert seen["wardbeat_worker_partitions"] == 6
    assert seen["wardbeat_worker_streams"] == 2


def test_a_worker_is_ready_with_partitions_and_redis() -> None:
    heartbeat = HeartbeatStub()
    instruments = shown_worker(WorkerCounts(), heartbeat)
    assert instruments.probes.problems() == {
        "networks": None,
        "partitions": "none assigned yet",
        "redis": "not asked yet",
    }
    heartbeat.health = WorkerHealth("w", 1, 6, 2, 3, 7, 0)
    heartbeat.redis_problem = None
    assert set(instruments.probes.problems().values()) == {None}


def ended(chunk: EcgChunk) -> EcgChunk:
    return msgspec.structs.replace(chunk, final=True)


def test_lag_is_the_age_of_the_newest_written_ecg() -> None:
    counts = WorkerCounts()
    chunks = [make_chunk(sequence=sequence) for sequence in range(3)]
    for chunk in chunks:
        counts.add_chunk(chunk)
    newest_ns = 3 * HALF_S_NS  # the end of the third chunk
    counts.add_written(chunks, newest_ns + 80_000_000)
    assert counts.lag_s() == {"bed-1": pytest.approx(0.08)}
    with counts.batch(1):
        assert counts.lag_s()["bed-1"] > 0.08, "a long batch delays all streams"
    counts.add_written(chunks, newest_ns, {"bed-1": newest_ns - 7 * 10**9})
    assert counts.lag_s() == {"bed-1": pytest.approx(7.0)}, "it has waited in Kafka; the device's clock does not matter"
    counts.add_written([ended(chunks[2])], newest_ns)
    assert counts.lag_s() == {}


def test_the_wait_grows_while_a_batch_runs() -> None:
    counts = WorkerCounts()
    assert counts.waited_s == 0
    with counts.batch(1, waited_s=4.0):
        assert counts.waited_s > 4
    assert counts.waited_s == 0
    assert values(shown_worker(counts, HeartbeatStub()))["wardbeat_worker_batch_waited_seconds_sum"] == 4


def test_a_fast_replay_and_a_stream_of_another_worker_have_no_lag() -> None:
    counts = WorkerCounts()
    fast = [msgspec.structs.replace(make_chunk(sequence=n), acquired_ns=n * HALF_S_NS // 5) for n in range(3)]
    for chunk in fast:
        counts.add_chunk(chunk)
    counts.add_written(fast, 10**12)
    assert counts.lag_s() == {}
    real = [make_chunk("bed-2", sequence=n) for n in range(3)]
    for chunk in real:
        counts.add_chunk(chunk)
    counts.add_written(real, 10**12)
    assert list(counts.lag_s()) == ["bed-2"]
    counts.remove_stream("bed-2")
    assert counts.lag_s() == {}


def test_networks_are_timed_and_their_rows_counted() -> None:
    counts = WorkerCounts()
    plain: Networks = OneNetwork()  # type: ignore[assignment]
    networks = TimedNetworks(plain, counts)
    assert len(networks.run("beat", {"x": np.zeros((5, 2), np.float32)})["p"]) == 5
    networks.run("beat", {"x": np.zeros((1, 2), np.float32)})
    networks.run("window", {"x": np.zeros((2, 2), np.float32)})
    seen = values(shown_worker(counts, HeartbeatStub()))
    assert seen["wardbeat_worker_model_rows_sum:beat"] == 6
    assert seen["wardbeat_worker_model_seconds_count:beat"] == 2
    assert seen["wardbeat_worker_model_rows_sum:window"] == 2


def test_alerts_are_counted_over_all_streams() -> None:
    counts = WorkerCounts()
    for stream in ("bed-1", "bed-2"):
        counts.add_raised([make_alert("pause", stream_id=stream)], decided_ns=2)
    assert alerts_by_code(counts) == {"pause": 2}
