"""Many patients in common batches: each gets the outputs that it gets alone, also when another monitor fails."""

from functools import cache

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from models.runtime import Runtime
from processors.monitor.patient_monitor import MonitorConfig, PatientMonitor, Step
from processors.monitor.rhythm.conditions import RhythmLimits
from processors.ward.failures import MonitorFailed
from processors.ward.network_batches import Networks
from processors.ward.ward import Ward, WardOutput
from tests.support.shipped_qrs import shipped_qrs
from tests.support.stub_networks import RowNetworks
from wardbeat.contracts.messages import Alert, Beat, EcgChunk, Status
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.synthetic import Rhythm, synthetic_record, synthetic_scenario

ROWS = RowNetworks()
SCENARIOS: dict[str, tuple[float, list[tuple[Rhythm, float]]]] = {
    "sinus": (250, [("sinus", 45)]),
    "ectopy": (360, [("sinus", 32), ("bigeminy", 12)]),
    "run": (128, [("pvc", 34), ("vt", 8)]),
    "stop": (500, [("brady", 35), ("asystole", 8)]),
    "off": (257, [("af", 33), ("lead_off", 5), ("af", 4)]),
}


@cache
def bed(name: str) -> tuple[EcgChunk, ...]:
    fs, parts = SCENARIOS[name]
    scenario = synthetic_scenario(parts, fs=fs, seed=len(name))
    return tuple(record_chunks(scenario, stream_id=name, session_id=f"{name}-1", origin="synthetic"))


def by_stream(outputs: list[WardOutput]) -> dict[str, list[WardOutput]]:
    streams: dict[str, list[WardOutput]] = {}
    for output in outputs:
        streams.setdefault(output.stream_id, []).append(output)
    return streams


@cache
def alone(name: str, networks: Networks = ROWS) -> list[WardOutput]:
    ward = Ward(networks)
    return [output for chunk in bed(name) for output in ward.take([chunk])]


def together(networks: Networks, names: list[str], seed: int) -> dict[str, list[WardOutput]]:
    """All beds at once, in batches of any size and any mixture."""
    rng = np.random.default_rng(seed)
    ward, waiting, outputs = Ward(networks), {name: list(bed(name)) for name in names}, []
    while any(waiting.values()):
        turns = [waiting[names[index]] for index in rng.integers(len(names), size=rng.integers(1, 40))]
        outputs += ward.take([chunks.pop(0) for chunks in turns if chunks])
    return by_stream(outputs)


def decided(outputs: list[WardOutput]) -> dict[type, list[WardOutput]]:
    """Outputs by kind: in a batch the strips come before the outputs that need a network."""
    kinds: dict[type, list[WardOutput]] = {}
    for output in outputs:
        kinds.setdefault(type(output), []).append(output)
    return kinds


@pytest.mark.parametrize("seed", range(3))
def test_other_patients_in_the_batch_change_no_output(seed: int) -> None:
    mixed = together(ROWS, list(SCENARIOS), seed)
    for name in SCENARIOS:
        assert decided(mixed[name]) == decided(alone(name)), name


def test_other_patients_in_the_batch_change_no_output_of_the_shipped_networks() -> None:
    """Each row is the same to the bit in every batch, so a replay decides as the ward did."""
    runtime, names = Runtime.load(), ["ectopy", "run"]
    mixed = together(runtime, names, seed=1)
    for name in names:
        assert decided(mixed[name]) == decided(alone(name, runtime)), name


def test_each_bed_has_the_alerts_of_its_own_rhythm() -> None:
    ward = together(ROWS, list(SCENARIOS), seed=7)
    codes = {name: {o.code for o in ward[name] if isinstance(o, Alert)} for name in SCENARIOS}
    assert codes["sinus"] == set()
    assert {"bigeminy"} <= codes["ectopy"]
    assert {"asystole"} <= codes["stop"]
    assert {"lead_off"} <= codes["off"]
    for name, (fs, _) in SCENARIOS.items():
        assert {o.fs for o in ward[name] if isinstance(o, Beat | Status)} == {fs}


def test_each_network_runs_once_for_all_patients() -> None:
    batches: list[tuple[str, int]] = []

    class Counting(RowNetworks):
        def run(self, network: str, inputs: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
            batches.append((network, len(next(iter(inputs.values())))))
            return super().run(network, inputs)

    ward, names = Ward(Counting()), [f"bed-{n}" for n in range(5)]
    for chunk in bed("sinus"):
        ward.take([msgspec.structs.replace(chunk, stream_id=name) for name in names])
    assert {size for _, size in batches} <= {5, 10}
    assert len([network for network, _ in batches if network == "window"]) == 9


def test_every_monitor_has_the_limits_of_the_ward() -> None:
    ward = Ward(RowNetworks(), MonitorConfig(limits=RhythmLimits(hr_high_bpm=60)))
    outputs = [output for chunk in bed("sinus") for output in ward.take([chunk])]
    assert {output.code for output in outputs if isinstance(output, Alert)} == {"tachycardia"}
    assert {output.hr_high_bpm for output in outputs if isinstance(output, Status)} == {60}


def test_a_dropped_patient_gets_a_new_monitor() -> None:
    ward = Ward(RowNetworks())
    for chunk in bed("sinus")[:40]:
        ward.take([chunk])
    ward.drop("sinus")
    ward.drop("unknown")
    outputs = [output for chunk in bed("sinus")[40:] for output in ward.take([chunk])]
    assert ward.counts["sinus"].gaps == 0
    first = next(output for output in outputs if isinstance(output, Status))
    assert (first.state, first.hr_bpm, first.t_s) == ("learning", None, 21.0)


def test_the_failure_of_a_network_is_raised() -> None:
    class Failing:
        qrs = shipped_qrs()

        def run(self, network: str, inputs: object) -> dict[str, NDArray[np.float32]]:
            raise RuntimeError("out of memory")

    ward = Ward(Failing(), on_failure=lambda stream_id, error: pytest.fail("no monitor failed"))
    with pytest.raises(RuntimeError, match="out of memory"):
        ward.take(bed("sinus"))


def test_the_state_of_a_patient_does_not_grow() -> None:
    """Snapshots after three and after six minutes of ectopy, runs, stops and loose leads have a similar size."""
    parts: list[tuple[Rhythm, float]] = [("pvc", 60), ("bigeminy", 15), ("vt", 5), ("lead_off", 3), ("asystole", 7)]
    scenario = synthetic_scenario(4 * parts, seed=3)
    ward, sizes = Ward(ROWS), []
    for chunk in record_chunks(scenario, stream_id="bed", session_id="s", origin="synthetic"):
        ward.take([chunk])
        if (chunk.sequence + 1) % 360 == 0:
            sizes.append(len(ward._monitors["bed"].snapshot()))
    assert len(sizes) == 2
    assert sizes[1] < 1.1 * sizes[0] < 265_000


def test_an_anomaly_has_the_reconstruction_and_the_residual_of_its_window() -> None:
    class LaterAbnormal(RowNetworks):
        windows = 0

        def run(self, network: str, inputs: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
            answers = super().run(network, inputs)
            if network == "window":
                self.windows += 1
                answers["p_abnormal"][:] = 0.95 if self.windows > 12 else 0.05
            return answers

    record = synthetic_scenario([("sinus", 110)], fs=250, seed=1)
    ward, outputs = Ward(LaterAbnormal()), []
    for chunk in record_chunks(record, stream_id="bed", session_id="bed-1", origin="synthetic"):
        outputs += ward.take([chunk])
    alert = next(output for output in outputs if isinstance(output, Alert) and output.code == "anomaly")
    evidence = alert.evidence
    strip, reconstruction, residual = (
        np.frombuffer(body, "<i2").reshape(2, -1).astype(int)
        for body in (evidence.strip, evidence.reconstruction, evidence.residual)
    )
    assert reconstruction.shape == residual.shape == (2, 625)
    assert np.abs(residual).max() > 100
    first = round((evidence.window_start_s - evidence.strip_start_s) * evidence.strip_fs_hz)
    assert evidence.strip_end_s - 10 <= evidence.window_start_s <= evidence.strip_end_s - 5
    np.testing.assert_allclose(strip[:, first : first + 625], reconstruction + residual, atol=3)
    others = [output for output in outputs if isinstance(output, Alert) and output.code != "anomaly"]
    assert not any(other.evidence.reconstruction for other in others)


def chunks_of(*stream_ids: str) -> list[EcgChunk]:
    """A minute of the same heart in several beds, bed by bed within each half second."""
    record = synthetic_record("pvc", 60.0)
    beds = [record_chunks(record, stream_id=bed, session_id=bed, origin="synthetic") for bed in stream_ids]
    return [chunk for row in zip(*beds, strict=True) for chunk in row]


def outputs_of(ward: Ward, chunks: list[EcgChunk], batch: int = 6) -> dict[str, list[WardOutput]]:
    outputs: dict[str, list[WardOutput]] = {}
    for start in range(0, len(chunks), batch):
        for output in ward.take(chunks[start : start + batch]):
            outputs.setdefault(output.stream_id, []).append(output)
    return outputs


@pytest.mark.parametrize("method", ["take_chunk", "take_answers"])
def test_a_failed_monitor_is_replaced_and_no_other_is_affected(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    expected = outputs_of(Ward(RowNetworks()), chunks_of("bad", "good"))
    failures: list[tuple[str, Exception]] = []
    original = getattr(PatientMonitor, method)
    calls = 0

    def flaky(monitor: PatientMonitor, taken: object) -> Step:
        nonlocal calls
        calls += monitor.stream_id == "bad"
        if monitor.stream_id == "bad" and calls == 20:
            raise ValueError("a bug that only this signal finds")
        step: Step = original(monitor, taken)
        return step

    monkeypatch.setattr(PatientMonitor, method, flaky)
    ward = Ward(RowNetworks(), on_failure=lambda stream_id, error: failures.append((stream_id, error)))
    outputs = outputs_of(ward, chunks_of("bad", "good"))
    assert [(stream_id, str(error)) for stream_id, error in failures] == [("bad", "a bug that only this signal finds")]
    assert outputs["good"] == expected["good"]
    (failed,) = [output for output in outputs["bad"] if isinstance(output, MonitorFailed)]
    assert (failed.session_id, failed.origin, failed.error) == ("bad", "synthetic", "ValueError")
    samples = [(out.sample, out is failed) for out in outputs["bad"] if isinstance(out, Beat | MonitorFailed)]
    assert 0 < samples.index((failed.sample, True)) < len(samples) - 1, "in its place among the outputs of the monitors"
    last_beat = [output for output in outputs["bad"] if isinstance(output, Beat)][-1]
    assert last_beat.t_s > 55  # it goes on


def test_without_a_callback_a_failure_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_monitor: PatientMonitor, _chunk: EcgChunk) -> Step:
        raise ValueError("a bug")

    monkeypatch.setattr(PatientMonitor, "take_chunk", fail)
    with pytest.raises(ValueError, match="a bug"):
        Ward(RowNetworks()).take(chunks_of("bed-1")[:1])


def test_a_snapshot_that_cannot_be_restored_is_reported_and_leaves_no_monitor() -> None:
    failures: list[str] = []
    chunks = record_chunks(
        synthetic_scenario([("sinus", 10)], fs=250), stream_id="bed-1", session_id="s1", origin="live"
    )
    chunk = next(iter(chunks))
    before = Ward(RowNetworks())
    before.take([chunk])
    good = before.snapshots(["bed-1", "unknown"])
    other_bundle = Ward(
        RowNetworks(), MonitorConfig(RhythmLimits(anomaly_p=0.123)), lambda name, _: failures.append(name)
    )
    assert good.keys() == {"bed-1"}
    for snapshots in ({"bed-1": b"junk"}, {"bed-1": good["bed-1"][:-9]}, good):
        assert other_bundle.restore(snapshots) == []
        assert not other_bundle.has("bed-1")
    assert failures == ["bed-1"] * 3
    after = Ward(RowNetworks())
    after.restore(good)
    assert after.snapshots(["bed-1"]) == good
