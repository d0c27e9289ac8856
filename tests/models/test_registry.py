"""The networks that Wardbeat fits; needs TensorFlow."""

import pytest

from models.bundle import KERAS_FILES
from models.inputs import INPUT_SHAPES, OUTPUT_SHAPES

pytestmark = pytest.mark.slow


def test_every_registered_network_has_its_file_in_a_bundle_and_a_purpose() -> None:
    from models.registry import NETWORKS

    assert {f"{name}.keras" for name in NETWORKS} == set(KERAS_FILES)
    assert all(network.purpose for network in NETWORKS.values())


@pytest.mark.parametrize("name", ["beat", "atrial"])
def test_a_built_network_has_the_inputs_and_outputs_of_its_table(name: str) -> None:
    from models.registry import NETWORKS

    network = NETWORKS[name].build()
    shapes = {tensor.name: tuple(tensor.shape[1:]) for tensor in network.inputs}
    assert network.name == name
    assert shapes.items() <= INPUT_SHAPES[name].items(), "the forest takes the other inputs of the atrial network"
    outputs = {output: tuple(tensor.shape[1:]) for output, tensor in network.output.items()}
    assert outputs == OUTPUT_SHAPES[name]


def test_the_qrs_network_gives_one_value_a_step() -> None:
    from models.registry import NETWORKS
    from wardbeat.ecg.qrs.network import LEADS, STEP_SAMPLES

    network = NETWORKS["qrs"].build()
    assert network.compute_output_shape((1, 100 * STEP_SAMPLES, LEADS)) == (1, 100, 1)


def test_the_autoencoder_reconstructs_its_input() -> None:
    from models.registry import NETWORKS

    autoencoder = NETWORKS["window"].build()
    assert autoencoder.output.shape == autoencoder.inputs[0].shape


def test_every_network_of_the_study_has_a_purpose_and_a_published_source() -> None:
    from models.registry import STUDY_NETWORKS

    assert {"cnn", "resnet", "inception", "lstm", "cnn-lstm"} <= set(STUDY_NETWORKS)
    for name, network in STUDY_NETWORKS.items():
        assert network.purpose, name
        assert "doi:" in network.source or "arXiv:" in network.source, name
