"""Boosted trees over a row of features as they are served: an ONNX graph from ``features`` to ``probabilities``."""

from pathlib import Path

import lightgbm
import numpy as np
import onnxruntime

from models.inputs import INPUT_SHAPES, OUTPUT_SHAPES
from models.trees import TREES_OPSET
from wardbeat.errors import BundleError

MAX_DIFFERENCE = 1e-5
"""Between LightGBM and ONNX Runtime, on any probability."""
IR_VERSION, OPSET = 8, 15
CHECK_ROWS = 256


def export_forest(forest: lightgbm.Booster, network: str, folder: Path) -> float:
    """Write ``NETWORK.onnx`` and return the largest difference between its answers and the forest's.

    Parameters
    ----------
    forest : lightgbm.Booster
        With a multiclass objective, or a binary one: its answers are then those of two classes.
    network : str
        Of :data:`models.inputs.ASKED_EVERY_S`.
    folder : Path

    Raises
    ------
    BundleError
        If they differ by more than ``MAX_DIFFERENCE``.
    """
    (n_features,) = INPUT_SHAPES[network]["features"]
    graph = forest_graph(forest, n_features, OUTPUT_SHAPES[network]["probabilities"][0])
    file = folder / f"{network}.onnx"
    file.write_bytes(graph.SerializeToString())
    rows = np.random.default_rng(0).normal(size=(CHECK_ROWS, n_features)).astype(np.float32)
    expected = np.asarray(forest.predict(rows))
    if expected.ndim == 1:
        expected = np.stack([1 - expected, expected], axis=1)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    (found,) = session.run(["probabilities"], {"features": rows})
    difference = float(np.abs(found - expected).max())
    if not difference <= MAX_DIFFERENCE:
        raise BundleError(
            f"network {network}: as served and as fitted it differs by {difference:.2g}, at most {MAX_DIFFERENCE:g} is "
            "allowed; look for a value that float32 rounds across a tree's border"
        )
    return difference


def forest_graph(forest: lightgbm.Booster, n_features: int, n_classes: int):  # type: ignore[no-untyped-def] # onnx
    """The ONNX graph of a forest, from ``features`` to ``probabilities``."""
    from onnx import TensorProto, checker, helper
    from onnxmltools.convert import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    features = [("features", FloatTensorType([None, n_features]))]
    graph = convert_lightgbm(forest, initial_types=features, zipmap=False)
    graph.ir_version = IR_VERSION
    del graph.opset_import[:]
    graph.opset_import.extend([helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", TREES_OPSET)])
    del graph.graph.output[:]  # the label; what is wanted are the chances
    graph.graph.output.append(helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, n_classes]))
    checker.check_model(graph)
    return graph
