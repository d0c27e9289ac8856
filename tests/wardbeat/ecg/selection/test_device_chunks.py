"""A device's signals that are no ECG by name do not reach the monitor."""

import msgspec
import numpy as np
import pytest
from hypothesis import given

from tests.support.chunk_strategies import valid_chunks
from wardbeat.contracts.codec import check_chunk
from wardbeat.contracts.messages import EcgChunk
from wardbeat.ecg.selection.device_chunks import ecg_leads_of
from wardbeat.ecg.selection.names import kind_beside
from wardbeat.errors import NoEcgError

SAMPLES = np.arange(12, dtype="<i2").reshape(3, 4)
CHUNK = EcgChunk(
    schema_version=1,
    stream_id="bed-1",
    session_id="s",
    origin="live",
    sequence=0,
    first_sample=0,
    acquired_ns=0,
    fs=250.0,
    sig_name=("Resp", "II", "port 7"),
    gain=(1.0, 200.0, 300.0),
    baseline=(1, 2, 3),
    samples=SAMPLES.tobytes(),
    electrode_off=(True, False, True),
)


def test_other_signals_are_taken_out_and_named() -> None:
    chunk = ecg_leads_of(CHUNK)
    check_chunk(chunk)
    assert chunk.left_out == ("Resp (respiration by name)",)
    assert (chunk.sig_name, chunk.gain, chunk.baseline) == (("II", "port 7"), (200.0, 300.0), (2, 3))
    assert chunk.electrode_off == (False, True)
    assert np.array_equal(chunk.d_signal(), SAMPLES[1:])


def test_chest_leads_and_electrodes_of_the_same_name_are_told_apart() -> None:
    assert ecg_leads_of(msgspec.structs.replace(CHUNK, sig_name=("I", "II", "C1"))).left_out == ()
    chunk = ecg_leads_of(msgspec.structs.replace(CHUNK, sig_name=("C3", "II", "O1")))
    assert chunk.left_out == ("C3 (EEG by name)", "O1 (EEG by name)")


@pytest.mark.parametrize("origin", ["replay", "synthetic"])
def test_a_producer_that_has_chosen_is_not_overruled(origin: str) -> None:
    chunk = msgspec.structs.replace(CHUNK, origin=origin)
    assert ecg_leads_of(chunk) is chunk


def test_a_device_without_ecg_is_refused_with_the_names() -> None:
    with pytest.raises(NoEcgError, match=r"bed-1.*no signal is an ECG lead, Fp1 \(EEG by name\)") as caught:
        ecg_leads_of(msgspec.structs.replace(CHUNK, sig_name=("Fp1", "Resp", "SpO2")))
    assert caught.value.kind == "noecg"


@given(valid_chunks())
def test_every_signal_is_kept_or_named(chunk: EcgChunk) -> None:
    chunk = msgspec.structs.replace(chunk, origin="live")
    expected = [name for name in chunk.sig_name if kind_beside(name, chunk.sig_name) in (None, "ECG")]
    if not expected:
        return
    found = ecg_leads_of(chunk)
    check_chunk(found)
    assert list(found.sig_name) == expected
    assert len(found.sig_name) + len(found.left_out) == len(chunk.sig_name)
    assert found.n_samples == chunk.n_samples
