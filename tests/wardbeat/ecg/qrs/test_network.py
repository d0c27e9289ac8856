"""The kernel of the QRS network, its input and its weights."""

import io

import msgspec
import numpy as np
import pytest

from tests.support.shipped_qrs import shipped_qrs
from wardbeat.ecg.qrs.network import (
    CLIP,
    LOOK_AHEAD,
    STEP_SAMPLES,
    WEIGHT_SHAPES,
    from_npz,
    normalise,
    probabilities,
    to_npz,
)
from wardbeat.ecg.synthetic import synthetic_record

RECORD = synthetic_record("sinus", 30, seed=2)
SIGNAL = np.ascontiguousarray(RECORD.p_signal.T, dtype=np.float32)


def test_the_probability_rises_one_look_ahead_after_each_r_peak() -> None:
    network_p = probabilities(shipped_qrs(), SIGNAL)
    times = np.arange(len(network_p)) * STEP_SAMPLES + STEP_SAMPLES - 1 - LOOK_AHEAD
    for beat in RECORD.beats:
        if 750 < beat.sample < len(SIGNAL) - 100:
            assert network_p[np.abs(times - beat.sample) <= 15].max() > 0.5
    far = np.min([np.abs(times - beat.sample) for beat in RECORD.beats], axis=0) > 40
    assert network_p[far & (times > 750)].max() < 0.5


def test_later_samples_do_not_change_earlier_probabilities() -> None:
    changed = SIGNAL.copy()
    changed[5000:] = np.random.default_rng(0).normal(0, 5, changed[5000:].shape)
    before, after = probabilities(shipped_qrs(), SIGNAL), probabilities(shipped_qrs(), changed)
    np.testing.assert_array_equal(before[:1000], after[:1000])
    assert (before[1000:] != after[1000:]).any()


def test_the_gain_does_not_change_the_probabilities() -> None:
    network_p, louder = probabilities(shipped_qrs(), SIGNAL), probabilities(shipped_qrs(), SIGNAL * 4)
    assert np.abs(network_p - louder)[200:].max() < 0.01


@pytest.mark.parametrize("height_mv", [8.0, 1e5])
@pytest.mark.parametrize("begin_s", [0.0, 10.0])
def test_the_size_of_a_lead_recovers_soon_after_an_artefact(height_mv: float, begin_s: float) -> None:
    signal = SIGNAL.copy()
    begin = round(begin_s * 250)
    signal[begin : begin + 375] += height_mv
    clean, scaled = normalise(SIGNAL), normalise(signal)
    np.testing.assert_allclose(scaled[begin + 2250 :], clean[begin + 2250 :], rtol=0.35, atol=0.05)
    assert np.abs(scaled).max() <= CLIP


def test_a_flat_signal_has_no_beat() -> None:
    assert probabilities(shipped_qrs(), np.zeros((2500, 2), np.float32))[100:].max() < 0.3


def test_weights_survive_their_archive() -> None:
    network = shipped_qrs()
    again = from_npz(to_npz(network))
    for name in WEIGHT_SHAPES:
        np.testing.assert_array_equal(getattr(again, name), getattr(network, name))
    assert to_npz(again) == to_npz(network)


def archive(**changes: np.ndarray) -> bytes:
    body = io.BytesIO()
    np.savez(body, **(msgspec.structs.asdict(shipped_qrs()) | changes))
    return body.getvalue()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "no archive"),
        (b"weights", "no archive|allow_pickle"),
        (archive(head=np.zeros(3, np.float32)), "weights of shapes"),
        (archive(head=np.zeros(WEIGHT_SHAPES["head"])), "not finite float32"),
        (archive(head=np.full(WEIGHT_SHAPES["head"], np.nan, np.float32)), "not finite float32"),
        (archive(head=np.array([object()])), "no archive|weights of shapes|allow_pickle"),
    ],
    ids=["empty", "not an archive", "wrong shape", "float64", "NaN", "pickled object"],
)
def test_other_weights_are_refused(body: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_npz(body)
