"""Many patients in batches are each of them alone."""

from functools import cache

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from models.runtime import Runtime
from processors.monitor.patient_monitor import MonitorConfig, Output
from processors.monitor.rhythm.conditions import RhythmLimits
from processors.ward.ward import Networks, Ward
from tests.support.shipped_qrs import shipped_qrs
from tests.support.stub_networks import RowNetworks
from wardbeat.contracts.messages import Alert, Beat, EcgChunk, Status
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.synthetic import Rhythm, synthetic_scenario

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


def by_stream(outputs: list[Output]) -> dict[str, list[Output]]:
    streams: dict[str, list[Output]] = {}
    for output in outputs:
        streams.setdefault(output.stream_id, []).append(output)
    return streams


@cache
def alone(name: str, networks: Networks = ROWS) -> list[Output]:
    ward = Ward(networks)
    return [output for chunk in bed(name) for output in ward.take([chunk])]


def together(networks: Networks, names: list[str], seed: int) -> dict[str, list[Output]]:
    """All beds at once, in batches of any size and any mixture."""
    rng = np.random.default_rng(seed)
    ward, waiting, outputs = Ward(networks), {name: list(bed(name)) for name in names}, []
    while any(waiting.values()):
        turns = [waiting[names[index]] for index in rng.integers(len(names), size=rng.integers(1, 40))]
        outputs += ward.take([chunks.pop(0) for chunks in turns if chunks])
    return by_stream(outputs)


def decided(outputs: list[Output]) -> dict[type, list[Output]]:
    """Outputs by kind: the strips of a batch come before what the networks say of it."""
    kinds: dict[type, list[Output]] = {}
    for output in outputs:
        kinds.setdefault(type(output), []).append(output)
    return kinds


@pytest.mark.parametrize("seed", range(3))
def test_the_company_does_not_show(seed: int) -> None:
    mixed = together(ROWS, list(SCENARIOS), seed)
    for name in SCENARIOS:
        assert decided(mixed[name]) == decided(alone(name)), name


def test_the_company_does_not_show_in_the_shipped_networks() -> None:
    """Row for row the same to the bit, whatever the batch: so a replay decides as the ward did."""
    runtime, names = Runtime.load(), ["ectopy", "run"]
    mixed = together(runtime, names, seed=1)
    for name in names:
        assert decided(mixed[name]) == decided(alone(name, runtime)), name


def test_each_bed_shows_what_it_has() -> None:
    ward = together(ROWS, list(SCENARIOS), seed=7)
    codes = {name: {o.code for o in ward[name] if isinstance(o, Alert)} for name in SCENARIOS}
    assert codes["sinus"] == set()
    assert {"bigeminy"} <= codes["ectopy"]
    assert {"asystole"} <= codes["stop"]
    assert {"lead_off"} <= codes["off"]
    for name, (fs, _) in SCENARIOS.items():
        assert {o.fs for o in ward[name] if isinstance(o, Beat | Status)} == {fs}


def test_each_network_is_asked_once_for_all_patients() -> None:
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


def test_limits_are_the_wards() -> None:
    ward = Ward(RowNetworks(), MonitorConfig(limits=RhythmLimits(hr_high_bpm=60)))
    outputs = [output for chunk in bed("sinus") for output in ward.take([chunk])]
    assert {output.code for output in outputs if isinstance(output, Alert)} == {"tachycardia"}
    assert {output.hr_high_bpm for output in outputs if isinstance(output, Status)} == {60}


def test_a_patient_dropped_begins_anew() -> None:
    ward = Ward(RowNetworks())
    for chunk in bed("sinus")[:40]:
        ward.take([chunk])
    ward.drop("sinus")
    ward.drop("nobody")
    outputs = [output for chunk in bed("sinus")[40:] for output in ward.take([chunk])]
    assert ward.counts["sinus"].gaps == 0
    first = next(output for output in outputs if isinstance(output, Status))
    assert (first.state, first.hr_bpm, first.t_s) == ("learning", None, 21.0)


def test_a_network_that_fails_is_not_passed_over() -> None:
    class Failing:
        qrs = shipped_qrs()

        def run(self, network: str, inputs: object) -> dict[str, NDArray[np.float32]]:
            raise RuntimeError("out of memory")

    ward = Ward(Failing(), on_failure=lambda stream_id, error: pytest.fail("no patient's fault"))
    with pytest.raises(RuntimeError, match="out of memory"):
        ward.take(bed("sinus"))


def test_what_is_kept_of_a_patient_does_not_grow() -> None:
    """Snapshots after three and after six minutes of ectopy, runs, stops and loose leads are of like size."""
    parts: list[tuple[Rhythm, float]] = [("pvc", 60), ("bigeminy", 15), ("vt", 5), ("lead_off", 3), ("asystole", 7)]
    scenario = synthetic_scenario(4 * parts, seed=3)
    ward, sizes = Ward(ROWS), []
    for chunk in record_chunks(scenario, stream_id="bed", session_id="s", origin="synthetic"):
        ward.take([chunk])
        if (chunk.sequence + 1) % 360 == 0:
            sizes.append(len(ward._monitors["bed"].snapshot()))
    assert len(sizes) == 2
    assert sizes[1] < 1.1 * sizes[0] < 265_000


def test_an_anomaly_shows_the_window_as_it_was_rebuilt_and_what_was_not() -> None:
    class Alarmed(RowNetworks):
        windows = 0

        def run(self, network: str, inputs: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
            answers = super().run(network, inputs)
            if network == "window":
                self.windows += 1
                answers["p_abnormal"][:] = 0.95 if self.windows > 12 else 0.05
            return answers

    record = synthetic_scenario([("sinus", 110)], fs=250, seed=1)
    ward, outputs = Ward(Alarmed()), []
    for chunk in record_chunks(record, stream_id="bed", session_id="bed-1", origin="synthetic"):
        outputs += ward.take([chunk])
    alert = next(output for output in outputs if isinstance(output, Alert) and output.code == "anomaly")
    evidence = alert.evidence
    strip, rebuilt, residual = (
        np.frombuffer(body, "<i2").reshape(2, -1).astype(int)
        for body in (evidence.strip, evidence.reconstruction, evidence.residual)
    )
    assert rebuilt.shape == residual.shape == (2, 625)
    assert np.abs(residual).max() > 100
    first = round((evidence.window_start_s - evidence.strip_start_s) * evidence.strip_fs_hz)
    assert evidence.strip_end_s - 10 <= evidence.window_start_s <= evidence.strip_end_s - 5
    np.testing.assert_allclose(strip[:, first : first + 625], rebuilt + residual, atol=3)
    others = [output for output in outputs if isinstance(output, Alert) and output.code != "anomaly"]
    assert not any(other.evidence.reconstruction for other in others)
