"""The warm-up runs every network, and leaves the garbage collector less to do."""

import gc
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from processors.ward.warm_up import warm_up
from tests.support.stub_networks import RowNetworks


class CountingNetworks(RowNetworks):
    def __init__(self) -> None:
        self.rows: dict[str, int] = {}

    def run(self, network: str, inputs: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        self.rows[network] = self.rows.get(network, 0) + len(next(iter(inputs.values())))
        return super().run(network, inputs)


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_every_network_runs() -> None:
    networks = CountingNetworks()
    warm_up(networks)
    assert networks.rows.keys() == {"beat", "window", "ventricular", "atrial"}
    assert networks.rows["beat"] > 10
    assert networks.rows["window"] == 4


def test_the_objects_that_exist_are_excluded_from_garbage_collection() -> None:
    gc.unfreeze()
    warm_up(RowNetworks())
    assert gc.get_freeze_count() > 10_000
