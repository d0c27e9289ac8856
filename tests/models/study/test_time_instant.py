"""The time-instant classifier labels every sample from one second around it."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # TensorFlow


def test_every_sample_has_a_label_that_depends_on_its_field_only() -> None:
    from models.study.time_instant import FIELD, MARGIN, build_time_instant

    assert FIELD == 127
    steps, sample = 60, 30
    network = build_time_instant({"signal": (steps + 2 * MARGIN, 2)}, 5, width=0.2)
    assert network.output_shape == (None, steps, 5)
    random = np.random.default_rng(0)
    signal = random.normal(size=(1, steps + 2 * MARGIN, 2)).astype(np.float32)
    inside, outside = signal.copy(), signal.copy()
    centre, reach = sample + MARGIN, FIELD // 2 + 2  # the stem's stride moves the field by a sample or two
    inside[0, centre - FIELD // 2 + 4] += 1.0
    outside[0, : centre - reach] += 1.0
    outside[0, centre + reach + 1 :] += 1.0
    answered = network.predict({"signal": np.concatenate([signal, inside, outside])}, verbose=0)
    by_signal, by_inside, by_outside = answered[:, sample]
    assert np.abs(by_inside - by_signal).max() > 1e-5
    np.testing.assert_allclose(by_outside, by_signal, atol=1e-5)


def test_an_odd_number_of_samples_keeps_its_length() -> None:
    from models.study.time_instant import MARGIN, build_time_instant

    network = build_time_instant({"signal": (625 + 2 * MARGIN, 2)}, 5)
    assert network.output_shape == (None, 625, 5)
    assert 20_000 < network.count_params() < 60_000
