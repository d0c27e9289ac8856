"""The Keras and ONNX forms of the networks give the same outputs; needs TensorFlow."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.bundle import shipped_bundle
from models.inputs import INPUT_SHAPES
from models.runtime import Runtime
from wardbeat.contracts.messages import SYMBOLS
from wardbeat.errors import BundleError

pytestmark = pytest.mark.slow


def drawn(network: str) -> dict[str, NDArray[np.float32]]:
    random = np.random.default_rng(3)
    return {name: random.normal(size=(40, *shape)).astype(np.float32) for name, shape in INPUT_SHAPES[network].items()}


def test_the_shipped_window_network_answers_as_the_served_one() -> None:
    import keras

    from models.export import MAX_DIFFERENCE, answers

    fitted = keras.saving.load_model(str(shipped_bundle() / "window.keras"))
    served = Runtime.load().run("window", drawn("window"))
    for name, array in answers(fitted, drawn("window")).items():
        assert np.abs(array - served[name]).max() <= MAX_DIFFERENCE, name


def test_the_served_beat_output_minus_the_network_is_that_of_the_trees() -> None:
    """Only the served graph holds the forests, so the rest of its output must be their weighted probabilities."""
    import keras

    from models.export import MAX_DIFFERENCE, answers
    from models.trees import SHARE

    fitted = keras.saving.load_model(str(shipped_bundle() / "beat.keras"))
    served = Runtime.load().run("beat", drawn("beat"))["probabilities"]
    by_trees = served - (1 - SHARE) * answers(fitted, drawn("beat"))["probabilities"]
    assert by_trees.min() >= -MAX_DIFFERENCE
    assert by_trees.sum(axis=1) == pytest.approx(SHARE, abs=MAX_DIFFERENCE)
    assert np.abs(by_trees[:, SYMBOLS.index("Q")]).max() <= MAX_DIFFERENCE, "trees have no Q"


def test_a_network_whose_two_forms_differ_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from models import export
    from models.beat import build_beat_network

    monkeypatch.setattr(export, "MAX_DIFFERENCE", 0.0)
    with pytest.raises(BundleError, match="network beat: served and fitted outputs differ by"):
        export.export_network(build_beat_network(), tmp_path)
