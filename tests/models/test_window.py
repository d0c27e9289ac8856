"""The combined detector of windows; needs TensorFlow."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.inputs import INPUT_SHAPES, WINDOW_FEATURES

pytestmark = pytest.mark.slow

probabilities = st.floats(0.0, 1.0, width=32)


@settings(max_examples=50, deadline=None)
@given(st.lists(probabilities, min_size=3, max_size=3), st.integers(0, 7))
def test_the_head_takes_the_log_odds_of_the_most_ectopic_class(p: list[float], column: int) -> None:
    from models.window import P_COLUMNS, P_MARGIN, known_features

    context = np.zeros((1, len(WINDOW_FEATURES)), np.float32)
    context[0, P_COLUMNS] = p
    clipped = np.clip(max(p), P_MARGIN, 1 - P_MARGIN)
    assert known_features(context)[0, 0] == pytest.approx(np.log(clipped / (1 - clipped)), abs=1e-3)
    if column not in P_COLUMNS:
        other = context.copy()
        other[0, column] = 0.5
        assert known_features(other) == known_features(context)


@given(st.lists(st.tuples(st.floats(-20, 20), st.floats(-20, 20)), min_size=1, max_size=10))
def test_the_parts_of_the_error_grow_with_it_and_are_never_negative(log_errors: list[tuple[float, float]]) -> None:
    from models.window import NormalErrorScale

    scale = NormalErrorScale(np.array([-3.0, 1.0], np.float32), np.array([2.0, 0.5], np.float32))
    rows = np.sort(np.array(log_errors, np.float32), axis=0)
    parts = scale.parts(rows)
    assert (parts >= 0.0).all()
    assert (np.diff(parts, axis=0) >= 0.0).all()
    assert (scale.parts(scale.median[None]) == 0.0).all()
    assert scale.parts((scale.median + scale.width)[None]) == pytest.approx(1.0, abs=1e-5)


def test_a_window_equal_to_the_baseline_has_no_difference_in_the_patients_view() -> None:
    from models.window import MAX_DIFFERENCE_QRS, patients_view

    random = np.random.default_rng(2)
    signal = random.normal(size=(3, 625, 2)).astype(np.float32)
    log_rr = random.normal(size=(3, 625, 1)).astype(np.float32)
    view = np.asarray(patients_view(signal, signal, log_rr))
    assert not view[:, :, :2].any()
    np.testing.assert_array_equal(view[:, :, 2:], log_rr)
    assert np.abs(np.asarray(patients_view(1e3 * signal, signal, log_rr))[:, :, :2]).max() == MAX_DIFFERENCE_QRS


def test_the_window_network_gives_the_outputs_of_its_parts() -> None:
    import keras

    from models.window import (
        HEAD_FEATURES,
        Head,
        NormalErrorScale,
        build_autoencoder,
        build_window_network,
        known_features,
        log_errors,
        patients_view,
    )

    random = np.random.default_rng(4)
    n = len(HEAD_FEATURES)
    mean = random.normal(size=n).astype(np.float32)
    scale, weights = random.uniform(0.5, 2.0, (2, n)).astype(np.float32)
    head = Head(mean, scale, weights, bias=0.3)
    error_scale = NormalErrorScale(np.array([0.0, -1.0], np.float32), np.array([2.0, 1.0], np.float32))
    inputs = {
        name: random.normal(size=(30, *shape)).astype(np.float32) for name, shape in INPUT_SHAPES["window"].items()
    }
    inputs["signal"][20:] *= 3.0
    inputs["context"] = random.uniform(size=inputs["context"].shape).astype(np.float32)
    inputs["context"][:10, 1:4] = 0.0  # no beats: log-odds have to stay finite
    autoencoder = build_autoencoder()
    answers = build_window_network(autoencoder, error_scale, head).predict(inputs, verbose=0)

    view = np.asarray(patients_view(inputs["signal"], inputs["dominant"], inputs["log_rr"]))
    rebuilt = autoencoder.predict(view, verbose=0)
    assert np.allclose(answers["reconstruction"], inputs["dominant"] + rebuilt[:, :, :2], atol=1e-5)
    squares = (view - rebuilt) ** 2
    stretches = [squares[:, begin : begin + 75, :2].mean(axis=1) for begin in range(0, 551, 25)]
    errors = np.log([np.max(stretches, axis=(0, 2)), squares[:, :, 2].mean(axis=1)]).T
    assert np.allclose(keras.ops.convert_to_numpy(log_errors(view, rebuilt)), errors, atol=1e-4)
    parts = error_scale.parts(errors)
    assert np.allclose(answers["reconstruction_error"][:, 0], np.sqrt((parts**2).sum(axis=1)), atol=1e-3)
    expected = head.probability(np.concatenate([known_features(inputs["context"]), parts], axis=1))
    assert np.allclose(answers["p_abnormal"][:, 0], expected, atol=1e-3)
