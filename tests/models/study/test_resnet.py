"""The ResNet; needs TensorFlow."""

import pytest

from tests.support.network_contract import NetworkContract

pytestmark = pytest.mark.slow


class TestResnet(NetworkContract):
    name = "resnet"
    parameters = 363_000
