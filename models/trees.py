"""Boosted trees beside the network of the beat classifier, over the same inputs.

Trees and network are wrong on different patients. On patients outside the fit, their mean is better than either. Two
forests separate premature beats (S) from all others; one of them is fitted with synthetic rhythms as well. A third
forest separates N, S, V and F by shape.
"""

from typing import Any, NamedTuple

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.inputs import BEAT_CHANNELS, BEAT_FEATURES, BEAT_SAMPLES, BEAT_SEQUENCE
from wardbeat.contracts.messages import SYMBOLS

ROWS = 7
"""The trees take this many of the newest rows of the context."""
SHAPE_FROM, SHAPE_TO, SHAPE_STEP = 50, 115, 3
"""−200…+312 ms around the R peak, every 24 ms."""
SHAPE_COLUMNS = len(range(SHAPE_FROM, SHAPE_TO, SHAPE_STEP)) * BEAT_CHANNELS
TREE_FEATURES = ROWS * len(BEAT_FEATURES) + SHAPE_COLUMNS
TREES_OPSET = 1
"""Version of the ONNX operators of the forests."""
SHARE = 0.7
"""Weight of the trees in the mean with the network."""
PREMATURE_FACTOR = 0.75
"""The forests' probability of S is multiplied by this, because the fit gives all S half the weight of all N.

Both numbers were chosen by F1 on DS1 and svdb, out of fold."""


class Trees(NamedTuple):
    """The forests: ``premature`` and ``premature_made`` give the probability of S, ``shapes`` of N, S, V and F."""

    premature: lightgbm.Booster
    premature_made: lightgbm.Booster
    shapes: lightgbm.Booster


def tree_features(inputs: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """The inputs of the trees from the inputs of the network, shape (beats, ``TREE_FEATURES``)."""
    n = len(inputs["context"])
    rows = inputs["context"][:, BEAT_SEQUENCE - ROWS :].reshape(n, -1)
    shape = inputs["waveform"][:, SHAPE_FROM:SHAPE_TO:SHAPE_STEP].reshape(n, -1)
    return np.concatenate([rows, shape], axis=1)


def probabilities(trees: Trees, features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probabilities of the classes N S V F Q by the trees alone, shape (beats, 5).

    The shape gives V and F. The rhythm divides the rest into S and N. There are no examples of Q.
    """
    n, s, v, f = np.asarray(trees.shapes.predict(features)).T
    by_rhythm = [np.asarray(forest.predict(features)) for forest in (trees.premature, trees.premature_made)]
    premature = PREMATURE_FACTOR * (by_rhythm[0] + by_rhythm[1]) / 2
    other = n + s
    p: NDArray[np.float64] = np.stack([other * (1 - premature), other * premature, v, f, 0 * v], axis=1)
    return p


def with_trees(network: Any, trees: Trees) -> Any:
    """The ONNX graph whose output is the weighted mean of a beat network and the trees.

    Parameters
    ----------
    network : onnx.ModelProto
        Inputs ``waveform`` and ``context``, output ``probabilities``.
    trees : Trees

    Returns
    -------
    onnx.ModelProto
        The same inputs and output.
    """
    from onnx import checker, compose, parser
    from onnxmltools.convert import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    opset = next(entry.version for entry in network.opset_import if entry.domain in {"", "ai.onnx"})
    ir = network.ir_version
    joined = with_operators_of(parser.parse_model(_FEATURES.format(ir=ir, opset=opset)), opset)
    for name, booster in trees._asdict().items():
        forest = convert_lightgbm(
            booster,
            initial_types=[("features", FloatTensorType([None, TREE_FEATURES]))],
            zipmap=False,
        )
        forest.ir_version = ir
        forest = compose.add_prefix(with_operators_of(forest, opset), f"{name}_")
        del forest.graph.output[0]  # drop the label and keep the probabilities
        joined = compose.merge_models(joined, forest, io_map=[(f"to_{name}", f"{name}_features")], name="trees")
    renamed = compose.add_prefix(with_operators_of(network, opset), "network_")
    joined = compose.merge_models(
        joined,
        renamed,
        io_map=[("to_waveform", "network_waveform"), ("to_context", "network_context")],
        name="beat",
    )
    mean = with_operators_of(parser.parse_model(_MEAN.format(ir=ir, opset=opset, share=SHARE, rest=1 - SHARE)), opset)
    joined = compose.merge_models(
        joined,
        mean,
        io_map=[
            ("network_probabilities", "by_network"),
            *((f"{name}_probabilities", f"{name}_chances") for name in Trees._fields),
        ],
        name="beat",
    )
    checker.check_model(joined)
    return joined


def with_operators_of(graph: Any, opset: int) -> Any:
    """The graph with one version of each operator set, as a joined graph needs."""
    from onnx import helper

    del graph.opset_import[:]
    graph.opset_import.extend([helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", TREES_OPSET)])
    return graph


_FEATURES = f"""
<ir_version: {{ir}}, opset_import: ["" : {{opset}}]>
features (float[N, {BEAT_SAMPLES}, {BEAT_CHANNELS}] waveform,
          float[N, {BEAT_SEQUENCE}, {len(BEAT_FEATURES)}] context)
    => (float[N, {TREE_FEATURES}] to_premature, float[N, {TREE_FEATURES}] to_premature_made,
        float[N, {TREE_FEATURES}] to_shapes,
        float[N, {BEAT_SAMPLES}, {BEAT_CHANNELS}] to_waveform,
        float[N, {BEAT_SEQUENCE}, {len(BEAT_FEATURES)}] to_context)
<int64[1] one = {{{{1}}}}, int64[1] rows_from = {{{{{BEAT_SEQUENCE - ROWS}}}}},
 int64[1] rows_to = {{{{{BEAT_SEQUENCE}}}}},
 int64[1] shape_from = {{{{{SHAPE_FROM}}}}}, int64[1] shape_to = {{{{{SHAPE_TO}}}}},
 int64[1] step = {{{{{SHAPE_STEP}}}}}>
{{{{
    newest = Slice(context, rows_from, rows_to, one)
    rows = Flatten<axis = 1>(newest)
    around = Slice(waveform, shape_from, shape_to, one, step)
    shape = Flatten<axis = 1>(around)
    all_features = Concat<axis = 1>(rows, shape)
    to_premature = Identity(all_features)
    to_premature_made = Identity(all_features)
    to_shapes = Identity(all_features)
    to_waveform = Identity(waveform)
    to_context = Identity(context)
}}}}
"""
_MEAN = f"""
<ir_version: {{ir}}, opset_import: ["" : {{opset}}]>
mean (float[N, {len(SYMBOLS)}] by_network, float[N, 2] premature_chances, float[N, 2] premature_made_chances,
      float[N, 4] shapes_chances)
    => (float[N, {len(SYMBOLS)}] probabilities)
<int64[1] c0 = {{{{0}}}}, int64[1] c1 = {{{{1}}}}, int64[1] c2 = {{{{2}}}}, int64[1] c3 = {{{{3}}}},
 int64[1] c4 = {{{{4}}}},
 float half_factor = {{{{{PREMATURE_FACTOR / 2}}}}}, float unit = {{{{1.0}}}}, float nothing = {{{{0.0}}}},
 float share = {{{{{{share}}}}}}, float rest = {{{{{{rest}}}}}}>
{{{{
    s_real = Slice(premature_chances, c1, c2, c1)
    s_made = Slice(premature_made_chances, c1, c2, c1)
    s_sum = Add(s_real, s_made)
    premature = Mul(s_sum, half_factor)
    n_shape = Slice(shapes_chances, c0, c1, c1)
    s_shape = Slice(shapes_chances, c1, c2, c1)
    v = Slice(shapes_chances, c2, c3, c1)
    f = Slice(shapes_chances, c3, c4, c1)
    other = Add(n_shape, s_shape)
    not_premature = Sub(unit, premature)
    n = Mul(other, not_premature)
    s = Mul(other, premature)
    q = Mul(v, nothing)
    by_trees = Concat<axis = 1>(n, s, v, f, q)
    trees_part = Mul(by_trees, share)
    network_part = Mul(by_network, rest)
    probabilities = Add(trees_part, network_part)
}}}}
"""
