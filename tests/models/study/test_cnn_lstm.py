"""Convolutions with an LSTM; needs TensorFlow."""

import pytest

from tests.support.network_contract import NetworkContract

pytestmark = pytest.mark.slow


class TestCnnLstm(NetworkContract):
    name = "cnn-lstm"
    parameters = 119_000
