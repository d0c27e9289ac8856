"""The canary's ECG is the schedule's, and the shipped detector raises every alert within the limit."""

import numpy as np
import pytest

from models.runtime import Runtime
from processors.ward.ward import Ward
from wardbeat.care.canary import Proof, proof_of
from wardbeat.contracts.canary import CANARY, CYCLE, CYCLE_S, INJECTIONS, LIMIT_S
from wardbeat.contracts.messages import INVALID_SAMPLE, Alert
from wardbeat.ecg.canary_signal import canary_record
from wardbeat.ecg.chunking import record_chunks

NS_PER_S = 1_000_000_000
BEATS_PER_MIN = {"normal": 80, "ventricular_tachycardia": 195, "asystole": 0, "slow": 40, "lead_off": 0}


def test_each_stage_has_its_beats_and_its_signal() -> None:
    record = canary_record()
    assert record.n_samples == CYCLE_S * record.fs
    beats_s = np.array([beat.sample for beat in record.beats]) / record.fs
    samples = record.read(0, record.n_samples)[0]
    start_s = 0.0
    for stage in CYCLE:
        end_s = start_s + stage.duration_s
        count = np.sum((beats_s >= start_s) & (beats_s < end_s))
        assert count == pytest.approx(BEATS_PER_MIN[stage.heart] * stage.duration_s / 60, abs=1.5)
        off = samples[round(start_s * record.fs) : round(end_s * record.fs)] == INVALID_SAMPLE
        assert off.all() if stage.heart == "lead_off" else not off.any()
        start_s = end_s


def test_it_is_the_same_at_each_call() -> None:
    assert np.array_equal(canary_record().read(0, 5000), canary_record().read(0, 5000))


@pytest.mark.slow
def test_the_detector_raises_every_alert_within_the_limit() -> None:
    ward, start_ns = Ward(Runtime.load(None)), 1_800_000_000 * NS_PER_S
    proofs: dict[str, Proof] = {}
    chunks = record_chunks(canary_record(), stream_id=CANARY, session_id="s", origin="canary", start_ns=start_ns)
    for chunk in chunks:
        now_ns = chunk.acquired_ns + round(chunk.n_samples / chunk.fs * NS_PER_S)
        alerts = [output for output in ward.take([chunk]) if isinstance(output, Alert)]
        for proof in filter(None, (proof_of(alert, now_ns) for alert in alerts)):
            proofs.setdefault(proof.code, proof)
    assert list(proofs) == [injection.code for injection in INJECTIONS]
    for injection, proof in zip(INJECTIONS, proofs.values(), strict=True):
        assert proof.onset_ns == start_ns + injection.onset_s * NS_PER_S
        assert 0 < proof.delay_s <= LIMIT_S
