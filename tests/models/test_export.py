"""Keras and ONNX forms of the networks say the same; needs TensorFlow."""

from pathlib import Path

import numpy as np
import pytest

from models.bundle import shipped_bundle
from models.inputs import INPUT_SHAPES
from models.runtime import Runtime
from wardbeat.errors import BundleError

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("network", INPUT_SHAPES)
def test_the_shipped_keras_networks_answer_as_the_served_ones(network: str) -> None:
    import keras

    from models.export import MAX_DIFFERENCE, answers

    random = np.random.default_rng(3)
    inputs = {
        name: random.normal(size=(40, *shape)).astype(np.float32) for name, shape in INPUT_SHAPES[network].items()
    }
    fitted = keras.saving.load_model(str(shipped_bundle() / f"{network}.keras"))
    served = Runtime.load().run(network, inputs)
    for name, array in answers(fitted, inputs).items():
        assert np.abs(array - served[name]).max() <= MAX_DIFFERENCE, name


def test_the_head_in_the_network_is_the_head_that_was_fitted() -> None:
    from models.window import KNOWN_FEATURES, Head, build_autoencoder, build_window_network, known_features

    random = np.random.default_rng(4)
    mean, scale, weights = (random.normal(size=len(KNOWN_FEATURES)).astype(np.float32) for _ in range(3))
    head = Head(mean, np.abs(scale) + 0.5, weights, bias=0.3, novel_log_error=0.5, novel_width=0.1)
    signal = random.normal(size=(30, *INPUT_SHAPES["window"]["signal"])).astype(np.float32)
    signal[20:] *= 3.0
    context = random.uniform(size=(30, *INPUT_SHAPES["window"]["context"])).astype(np.float32)
    context[:10, 1:4] = 0.0  # no beats: log-odds have to stay finite
    answers = build_window_network(build_autoencoder(), head).predict({"signal": signal, "context": context}, verbose=0)
    expected = head.probability(known_features(context), answers["reconstruction_error"][:, 0])
    assert np.allclose(answers["p_abnormal"][:, 0], expected, atol=1e-4)
    assert expected.min() < 0.3
    assert expected.max() > 0.7


def test_a_network_that_is_exported_differently_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from models import export
    from models.beat import build_beat_network

    monkeypatch.setattr(export, "MAX_DIFFERENCE", 0.0)
    with pytest.raises(BundleError, match="network beat: ONNX and Keras differ by"):
        export.export_network(build_beat_network(), tmp_path)
