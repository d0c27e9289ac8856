"""The trees beside the beat network: one graph gives the mean of both."""

import lightgbm
import numpy as np
import pytest

from models.inputs import INPUT_SHAPES
from models.runtime import ServedNetwork
from models.trees import TREE_FEATURES, Trees, probabilities, tree_features

pytestmark = pytest.mark.slow


def test_the_served_graph_is_the_mean_of_network_and_trees(tmp_path_factory: pytest.TempPathFactory) -> None:
    from models.beat import build_beat_network
    from models.export import export_beat

    random = np.random.default_rng(0)
    n = 600
    inputs = {name: random.normal(size=(n, *shape)).astype(np.float32) for name, shape in INPUT_SHAPES["beat"].items()}
    features = tree_features(inputs)
    assert features.shape == (n, TREE_FEATURES)
    label = np.digitize(features[:, 5], [-0.5, 0.5, 1.5])
    parameters = {"num_leaves": 8, "verbose": -1, "num_threads": 1}
    premature, made = (
        lightgbm.train({**parameters, "objective": "binary"}, lightgbm.Dataset(features, label == 1), rounds)
        for rounds in (5, 7)
    )
    multiclass = {**parameters, "objective": "multiclass", "num_class": 4}
    trees = Trees(premature, made, lightgbm.train(multiclass, lightgbm.Dataset(features, label), 6))
    by_trees = probabilities(trees, features)
    assert by_trees.sum(axis=1) == pytest.approx(1.0)
    assert (by_trees.argmax(axis=1) == label).mean() > 0.8

    folder = tmp_path_factory.mktemp("beat")
    network = build_beat_network()
    difference = export_beat(network, trees, folder)  # checks the graph against both
    assert difference < 1e-5
    served = ServedNetwork("beat", (folder / "beat.onnx").read_bytes(), "test")
    found = served.run(inputs)["probabilities"]
    assert found.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    alone = np.concatenate(
        [served.run({k: v[i : i + 1] for k, v in inputs.items()})["probabilities"] for i in range(50)]
    )
    assert np.array_equal(alone, found[:50]), "the same row gets the same answer in any batch"
