"""The GoogLeNet; needs TensorFlow."""

import pytest

from tests.support.network_contract import NetworkContract

pytestmark = pytest.mark.slow


class TestInception(NetworkContract):
    name = "inception"
    parameters = 224_000
