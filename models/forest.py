"""Boosted trees over a row of features in their served form: an ONNX graph from ``features`` to ``probabilities``."""

from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.inputs import BASELINE_FROM_S, OUTPUT_SHAPES, VENTRICULAR_FEATURES
from models.trees import TREES_OPSET
from wardbeat.errors import BundleError

MAX_DIFFERENCE = 1e-5
"""Largest difference of a probability between LightGBM and ONNX Runtime."""
IR_VERSION, OPSET = 8, 15
CHECK_ROWS = 256
BASELINE_S = VENTRICULAR_FEATURES.index("baseline_s")


def export_ventricular(unknown: lightgbm.Booster, known: lightgbm.Booster, folder: Path) -> float:
    """Write ``ventricular.onnx``: one forest for patients without a baseline, the other for patients with one.

    Parameters
    ----------
    unknown, known : lightgbm.Booster
        The forest while the patient's baseline is unknown, and the forest after that.
    folder : Path

    Returns
    -------
    float
        The largest difference between the graph and the forests.

    Raises
    ------
    BundleError
        If it differs from the forests by more than ``MAX_DIFFERENCE``.
    """
    from onnx import compose, parser

    n_features, n_classes = len(VENTRICULAR_FEATURES), OUTPUT_SHAPES["ventricular"]["probabilities"][0]
    rows = np.random.default_rng(0).normal(size=(CHECK_ROWS, n_features)).astype(np.float32)
    rows[:, BASELINE_S] = np.arange(len(rows)) % (2 * BASELINE_FROM_S)
    text = _CHOICE.format(
        ir=IR_VERSION,
        opset=OPSET,
        features=n_features,
        classes=n_classes,
        at=BASELINE_S,
        to=BASELINE_S + 1,
        known=BASELINE_FROM_S,
    )
    choice = _with_operators(parser.parse_model(text))
    joined = _with_operators(parser.parse_model(_COPIES.format(ir=IR_VERSION, opset=OPSET, features=n_features)))
    for name, forest in (("unknown", unknown), ("known", known)):
        graph = compose.add_prefix(forest_graph(forest, n_features, n_classes), f"{name}_")
        joined = compose.merge_models(joined, graph, io_map=[(f"to_{name}", f"{name}_features")])
    io_map = [("to_choice", "row"), ("unknown_probabilities", "by_unknown"), ("known_probabilities", "by_known")]
    joined = compose.merge_models(joined, choice, io_map=io_map, name="ventricular")
    is_known = rows[:, BASELINE_S : BASELINE_S + 1] >= BASELINE_FROM_S
    expected = np.where(is_known, chances(known, rows), chances(unknown, rows))
    return _export(joined, folder, rows, expected)


def chances(forest: lightgbm.Booster, rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """The probability of each class, shape (rows, classes)."""
    p = np.asarray(forest.predict(rows))
    return p if p.ndim == 2 else np.stack([1 - p, p], axis=1)


def forest_graph(forest: lightgbm.Booster, n_features: int, n_classes: int) -> Any:
    """The ONNX graph of a forest, from ``features`` to ``probabilities``."""
    from onnx import TensorProto, helper
    from onnxmltools.convert import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    features = [("features", FloatTensorType([None, n_features]))]
    graph = _with_operators(convert_lightgbm(forest, initial_types=features, zipmap=False))
    del graph.graph.output[:]  # drop the label and keep the probabilities
    graph.graph.output.append(helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, n_classes]))
    return graph


def _with_operators(graph: Any) -> Any:
    """The graph with one version of each operator set, as a joined graph needs."""
    from onnx import helper

    graph.ir_version = IR_VERSION
    del graph.opset_import[:]
    graph.opset_import.extend([helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", TREES_OPSET)])
    return graph


def _export(graph: Any, folder: Path, rows: NDArray[np.float32], expected: NDArray[np.float64]) -> float:
    from onnx import checker

    checker.check_model(graph)
    file = folder / "ventricular.onnx"
    file.write_bytes(graph.SerializeToString())
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    (served,) = session.run(["probabilities"], {"features": rows})
    difference = float(np.abs(served - expected).max())
    if not difference <= MAX_DIFFERENCE:
        raise BundleError(
            f"network ventricular: served and fitted outputs differ by {difference:.2g}, at most {MAX_DIFFERENCE:g} is "
            "allowed; find the value that float32 rounds across a tree's border"
        )
    return difference


_COPIES = """
<ir_version: {ir}, opset_import: ["" : {opset}]>
copies (float[N, {features}] features)
    => (float[N, {features}] to_unknown, float[N, {features}] to_known, float[N, {features}] to_choice)
{{
    to_unknown = Identity(features)
    to_known = Identity(features)
    to_choice = Identity(features)
}}
"""
_CHOICE = """
<ir_version: {ir}, opset_import: ["" : {opset}]>
choice (float[N, {features}] row, float[N, {classes}] by_unknown, float[N, {classes}] by_known)
    => (float[N, {classes}] probabilities)
<int64[1] axis = {{1}}, int64[1] at = {{{at}}}, int64[1] to = {{{to}}}, float known_from = {{{known}.0}}>
{{
    baseline_s = Slice(row, at, to, axis)
    is_known = GreaterOrEqual(baseline_s, known_from)
    probabilities = Where(is_known, by_known, by_unknown)
}}
"""
