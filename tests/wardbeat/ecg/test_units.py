"""Millivolts in a ring to the microvolts of strips and evidence."""

import numpy as np
import pytest

from wardbeat.ecg.units import ring_microvolts, ring_strip, scaled_microvolts

SIZE = 100
RING_MV = np.stack([np.arange(SIZE), -2.0 * np.arange(SIZE)]).astype(np.float32) / np.float32(1000)
VALID = (np.arange(2 * SIZE).reshape(2, SIZE) % 7 > 0).astype(np.uint8)


@pytest.mark.parametrize("start", [0, 30, 95, 230, 1099])
@pytest.mark.parametrize("n", [0, 1, 37, SIZE])
def test_a_strip_is_an_interval_of_the_ring(start: int, n: int) -> None:
    at = np.arange(start, start + n) % SIZE
    samples, valid = ring_strip(RING_MV, VALID, start, start + n)
    np.testing.assert_array_equal(np.frombuffer(samples, np.int16), (1000 * RING_MV[:, at]).astype(np.int16).ravel())
    assert valid == VALID[:, at].tobytes()


@pytest.mark.parametrize("start", [0, 95, 1099])
@pytest.mark.parametrize("every", [1, 2, 3])
def test_only_the_chosen_leads_and_each_nth_sample_are_in_the_output(start: int, every: int) -> None:
    at = np.arange(start, start + 37, every) % SIZE
    found = ring_microvolts(RING_MV, np.array([1]), start, start + 37, every)
    np.testing.assert_array_equal(found, (1000 * RING_MV[1:, at]).astype(np.int16))


def test_scaled_samples_of_shown_leads_are_rounded_and_clipped() -> None:
    samples = np.array([[0.5, 1.0], [-0.0024, 1.0], [1e6, 1.0]], np.float32)
    found = scaled_microvolts(samples, np.array([0.2, 1.0]), np.array([True, False]))
    assert found.tolist() == [[100, 0, 32767]]
    both = scaled_microvolts(samples, np.array([0.2, 0.5]), np.array([True, True]))
    assert both[1].tolist() == [500, 500, 500]
