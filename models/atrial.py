"""The atrial network: atrial fibrillation from the signal before the last QRS complexes and from the RR intervals.

It has about 14,000 weights and a forest beside them. A small convolution detects a P wave before each QRS complex,
another convolution in the mean over all beats. Two convolutions over the beats separate irregular intervals from
patterns that repeat. The forest takes published measures of the same beats
(:mod:`wardbeat.ecg.features.atrial_measures`). Network and forest are wrong on different records, so their mean is
better than either.
"""

from pathlib import Path
from typing import Any

import keras
import lightgbm
import numpy as np
import onnxruntime
from keras import layers, ops

from models.export import answers, check_rows, checked, export_network
from models.forest import forest_graph
from models.inputs import ATRIAL_BEATS, ATRIAL_CLASSES, ATRIAL_COLUMNS, ATRIAL_MEASURES
from models.trees import with_operators_of
from wardbeat.ecg.features.atrial_beats import P_V, PRESENT, WAVEFORM

SHARE = 0.65
"""Weight of the network in the mean with the forest. By F1 on challenge-2017, out of fold, .5 to .7 are as good."""
MAX_DIFFERENCE = 1e-5
"""Largest difference between the graph and the mean of network and forest; measured 1e-7."""


def build_atrial_network(dropout: float = 0.3) -> keras.Model:
    """An atrial network with random weights, without its forest.

    Parameters
    ----------
    dropout : float
        Fraction of the values that each dropout layer drops during the fit.

    Returns
    -------
    keras.Model
        Input ``features``, output ``probabilities`` (:mod:`models.inputs`).
    """
    features = keras.Input((ATRIAL_BEATS, ATRIAL_COLUMNS), name="features")
    context, waves = features[:, :, WAVEFORM:], features[:, :, :WAVEFORM]
    present = features[:, :, PRESENT : PRESENT + 1]
    n_beats = ops.sum(present, axis=1) + 1e-3

    wave = ops.expand_dims(waves, -1)
    for filters in (8, 12):
        wave = layers.Conv2D(filters, (1, 5), strides=(1, 2), padding="same", activation="relu")(wave)
    wave = layers.Dropout(dropout)(layers.Reshape((ATRIAL_BEATS, -1))(wave))
    wave = layers.Dense(16, activation="relu")(wave)

    beat = layers.Dense(24, activation="relu")(layers.Concatenate()([wave, context])) * present
    rhythm = layers.Conv1D(32, 3, padding="same", activation="relu")(beat) * present
    rhythm = layers.Conv1D(32, 3, padding="same", dilation_rate=2, activation="relu")(rhythm) * present

    # A P wave is in the mean over beats; fibrillatory waves and noise are in the differences from it.
    not_ventricular = present * (1.0 - features[:, :, P_V : P_V + 1])
    n_not_ventricular = ops.sum(not_ventricular, axis=1, keepdims=True) + 1e-3
    mean = ops.sum(waves * not_ventricular, axis=1, keepdims=True) / n_not_ventricular
    spread = ops.sqrt(ops.sum(ops.square(waves - mean) * not_ventricular, axis=1) / n_not_ventricular[:, 0] + 1e-6)
    over_beats = ops.stack([mean[:, 0], spread], axis=-1)
    for _ in range(2):
        over_beats = layers.Conv1D(12, 5, strides=2, padding="same", activation="relu")(over_beats)
    over_beats = layers.Dropout(dropout)(layers.Flatten()(over_beats))

    pooled = [
        ops.sum(rhythm, axis=1) / n_beats,
        ops.max(rhythm, axis=1),
        ops.sum(beat, axis=1) / n_beats,
        layers.Dense(16, activation="relu")(over_beats),
        ops.log(n_beats) / 4,
    ]
    joint = layers.Dropout(dropout)(layers.Concatenate()(pooled))
    joint = layers.Dropout(dropout)(layers.Dense(24, activation="relu")(joint))
    probabilities = layers.Dense(len(ATRIAL_CLASSES), activation="softmax", name="probabilities")(joint)
    return keras.Model({"features": features}, {"probabilities": probabilities}, name="atrial")


def export_atrial(network: keras.Model, forest: lightgbm.Booster, folder: Path) -> float:
    """Write ``atrial.keras``, and ``atrial.onnx`` with network and forest in one graph.

    Returns
    -------
    float
        The largest difference between that graph and the mean of network and forest.

    Raises
    ------
    BundleError
        If the difference is more than ``MAX_DIFFERENCE``.
    """
    import onnx

    rows = check_rows("atrial")
    rows["features"] = np.clip(rows["features"], 0.0, 1.0)  # probabilities are in this range, and no row is empty
    rows["features"][:, :, PRESENT] = 1.0
    export_network(network, folder, {"features": rows["features"]})
    graph = _with_forest(onnx.load(folder / "atrial.onnx"), forest)
    (folder / "atrial.onnx").write_bytes(graph.SerializeToString())
    by_network = answers(network, {"features": rows["features"]})["probabilities"]
    by_forest = np.asarray(forest.predict(rows["measures"]))
    expected = SHARE * by_network + (1 - SHARE) * np.stack([1 - by_forest, by_forest], axis=1)
    session = onnxruntime.InferenceSession(folder / "atrial.onnx", providers=["CPUExecutionProvider"])
    (served,) = session.run(["probabilities"], rows)
    return checked("atrial with its forest", float(np.abs(served - expected).max()), MAX_DIFFERENCE)


def _with_forest(network: Any, forest: lightgbm.Booster) -> Any:
    """The ONNX graph whose output is the weighted mean of network and forest."""
    from onnx import checker, compose, parser

    ir, n_classes = network.ir_version, len(ATRIAL_CLASSES)
    opset = next(entry.version for entry in network.opset_import if entry.domain in {"", "ai.onnx"})
    joined = with_operators_of(parser.parse_model(_INPUTS.format(ir=ir, opset=opset)), opset)
    trees = forest_graph(forest, len(ATRIAL_MEASURES), n_classes)
    trees.ir_version = ir
    for name, part in (("trees", trees), ("network", network)):
        graph = compose.add_prefix(with_operators_of(part, opset), f"{name}_")
        joined = compose.merge_models(joined, graph, io_map=[(f"to_{name}", f"{name}_features")], name="atrial")
    mean = with_operators_of(parser.parse_model(_MEAN.format(ir=ir, opset=opset, share=SHARE, rest=1 - SHARE)), opset)
    io_map = [("trees_probabilities", "by_trees"), ("network_probabilities", "by_network")]
    joined = compose.merge_models(joined, mean, io_map=io_map, name="atrial")
    checker.check_model(joined)
    return joined


_INPUTS = f"""
<ir_version: {{ir}}, opset_import: ["" : {{opset}}]>
inputs (float[N, {ATRIAL_BEATS}, {ATRIAL_COLUMNS}] features, float[N, {len(ATRIAL_MEASURES)}] measures)
    => (float[N, {ATRIAL_BEATS}, {ATRIAL_COLUMNS}] to_network, float[N, {len(ATRIAL_MEASURES)}] to_trees)
{{{{
    to_network = Identity(features)
    to_trees = Identity(measures)
}}}}
"""
_MEAN = """
<ir_version: {ir}, opset_import: ["" : {opset}]>
mean (float[N, 2] by_network, float[N, 2] by_trees) => (float[N, 2] probabilities)
<float share = {{{share}}}, float rest = {{{rest}}}>
{{
    trees_part = Mul(by_trees, rest)
    network_part = Mul(by_network, share)
    probabilities = Add(trees_part, network_part)
}}
"""
