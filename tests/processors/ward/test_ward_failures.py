"""One patient's failure is nobody else's."""

import pytest

from processors.monitor.patient_monitor import MonitorConfig, PatientMonitor, Step
from processors.monitor.rhythm.conditions import RhythmLimits
from processors.ward.failures import MonitorFailed
from processors.ward.ward import Ward, WardOutput
from tests.support.stub_networks import RowNetworks
from wardbeat.contracts.messages import Beat, EcgChunk
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.synthetic import synthetic_record, synthetic_scenario


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
def test_a_failing_monitor_starts_anew_and_no_other_notices(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
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
    said = [(out.sample, out is failed) for out in outputs["bad"] if isinstance(out, Beat | MonitorFailed)]
    assert 0 < said.index((failed.sample, True)) < len(said) - 1, "in its place among what the monitors say"
    last_beat = [output for output in outputs["bad"] if isinstance(output, Beat)][-1]
    assert last_beat.t_s > 55  # it goes on


def test_without_anybody_to_tell_a_failure_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_monitor: PatientMonitor, _chunk: EcgChunk) -> Step:
        raise ValueError("a bug")

    monkeypatch.setattr(PatientMonitor, "take_chunk", fail)
    with pytest.raises(ValueError, match="a bug"):
        Ward(RowNetworks()).take(chunks_of("bed-1")[:1])


def test_a_snapshot_that_is_of_no_use_is_counted_and_its_patient_begins_anew() -> None:
    failures: list[str] = []
    chunks = record_chunks(
        synthetic_scenario([("sinus", 10)], fs=250), stream_id="bed-1", session_id="s1", origin="live"
    )
    chunk = next(iter(chunks))
    before = Ward(RowNetworks())
    before.take([chunk])
    good = before.snapshots(["bed-1", "never heard"])
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
