"""The plain convolutional network; needs TensorFlow."""

import pytest

from tests.support.network_contract import NetworkContract

pytestmark = pytest.mark.slow


class TestCnn(NetworkContract):
    name = "cnn"
    parameters = 137_000
