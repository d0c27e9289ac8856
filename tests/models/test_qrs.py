"""The kernel in the signal path gives the probabilities of the fitted network; needs TensorFlow."""

from pathlib import Path

import numpy as np
import pytest

from models.bundle import shipped_bundle
from wardbeat.ecg.qrs.network import LEADS, QrsNetwork, from_npz, normalise, probabilities
from wardbeat.ecg.synthetic import synthetic_record
from wardbeat.errors import BundleError

pytestmark = pytest.mark.slow


def test_the_shipped_kernel_answers_as_the_shipped_keras_network() -> None:
    import keras
    from scipy.special import expit

    served = from_npz((shipped_bundle() / "qrs.npz").read_bytes())
    fitted = keras.saving.load_model(str(shipped_bundle() / "qrs.keras"), compile=False)
    signal = synthetic_record("pvc", 30).p_signal.T.astype(np.float32)
    expected = expit(fitted.predict(normalise(signal)[None], verbose=0)[0, :, 0])
    found = probabilities(served, np.ascontiguousarray(signal))
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 1e-4
    assert found.max() > 0.9


def test_any_normalisation_is_folded_into_the_weights(tmp_path: Path) -> None:
    from models.export import MAX_QRS_DIFFERENCE, export_qrs_network
    from models.qrs import build_qrs_network

    random = np.random.default_rng(1)
    network = build_qrs_network()
    for layer in network.layers:
        if layer.name.startswith("norm"):
            layer.set_weights([w + np.abs(random.normal(0, 0.3, w.shape)) for w in layer.get_weights()])
    assert 0 < export_qrs_network(network, tmp_path) <= MAX_QRS_DIFFERENCE
    assert isinstance(from_npz((tmp_path / "qrs.npz").read_bytes()), QrsNetwork)
    network_p = probabilities(from_npz((tmp_path / "qrs.npz").read_bytes()), np.zeros((500, LEADS), np.float32))
    assert np.isfinite(network_p).all()


def test_a_network_whose_two_forms_differ_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from models import export
    from models.qrs import build_qrs_network

    monkeypatch.setattr(export, "MAX_QRS_DIFFERENCE", 0.0)
    with pytest.raises(BundleError, match="network qrs: served and fitted outputs differ by"):
        export.export_qrs_network(build_qrs_network(), tmp_path)
    assert list(tmp_path.iterdir()) == []
