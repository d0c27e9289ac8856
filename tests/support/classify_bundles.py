"""Small bundles of ``wardbeat classify`` for tests: graphs with random weights, in a temporary folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from models.classify.picture import FILE, PictureManifest
from models.classify.twelve_lead import LeadGraph, LeadQuestion, TwelveLeadManifest
from models.classify.twelve_lead_order import STANDARD_LEADS
from models.onnx_files import write_files_manifest
from models.pictures import HEIGHT, PICTURE_CLASSES, WIDTH

SUPERCLASS_NAMES = ("NORM", "MI", "STTC", "CD", "HYP")
RHYTHM_NAMES = ("SR", "AF", "other")


def linear_graph(path: Path, shape: Sequence[int], outputs: dict[str, tuple[np.ndarray, str]], name: str) -> None:
    """Write a graph: each output is an activation of the inputs' values times a matrix.

    ``outputs`` gives the matrix (values, classes) and the operator (``Identity``, ``Softmax``, ``Sigmoid``).
    """
    nodes = [helper.make_node("Flatten", [name], ["flat"], axis=1)]
    weights, described = [], []
    for output, (matrix, operator) in outputs.items():
        weights.append(numpy_helper.from_array(matrix.astype(np.float32), f"{output}_weights"))
        nodes += [
            helper.make_node("MatMul", ["flat", f"{output}_weights"], [f"{output}_sum"]),
            helper.make_node(operator, [f"{output}_sum"], [output]),
        ]
        described.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", matrix.shape[1]]))
    given = helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape])
    graph = helper.make_graph(nodes, "linear", [given], described, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())


def twelve_lead_manifest(**changes: Any) -> TwelveLeadManifest:
    """A manifest of a superclass and a rhythm graph that take windows of 250 samples."""
    facts: dict[str, Any] = {
        "format_version": 1,
        "created": "2026-11-30",
        "questions": {
            "superclasses": LeadQuestion(SUPERCLASS_NAMES, False, (0.5,) * 5, (LeadGraph("super.onnx", 250, 7),)),
            "rhythm": LeadQuestion(RHYTHM_NAMES, True, (0.5,) * 3, (LeadGraph("rhythm.onnx", 250, 7),)),
        },
        "fs_hz": 100.0,
        "duration_s": 10.0,
        "leads": STANDARD_LEADS,
        "clip_mv": 5.0,
        "mean_mv": (0.0,) * 12,
        "std_mv": (0.25,) * 12,
        "file_sha256": {},
        "metrics": {},
        "data_sha256": "",
        "library_versions": {},
    }
    return TwelveLeadManifest(**facts | changes)


def write_twelve_lead_bundle(folder: Path, **changes: Any) -> Path:
    """A bundle with random weights."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(12)
    for file, classes in (("super.onnx", SUPERCLASS_NAMES), ("rhythm.onnx", RHYTHM_NAMES)):
        matrix = random.normal(0.0, 0.05, (250 * 12, len(classes)))
        linear_graph(folder / file, (250, 12), {"logits": (matrix, "Identity")}, "signal")
    write_files_manifest(folder, twelve_lead_manifest(**changes), ("super.onnx", "rhythm.onnx"), "A card.")
    return folder


def write_picture_bundle(folder: Path, **changes: Any) -> Path:
    """A bundle with random weights, which takes pictures with ink in most of their rows for no ECG."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(13)
    size = HEIGHT * WIDTH
    outputs = {
        "probabilities": (random.normal(0.0, 0.1, (size, len(PICTURE_CLASSES))), "Softmax"),
        "not_ecg": (np.full((size, 1), 1.0 / size), "Identity"),  # the share of ink
    }
    linear_graph(folder / FILE, (HEIGHT, WIDTH, 1), outputs, "picture")
    facts: dict[str, Any] = {
        "format_version": 1,
        "created": "2026-11-30",
        "classes": PICTURE_CLASSES,
        "not_ecg_threshold": 0.4,
        "several_beats_threshold": None,
        "most_pieces": 4,
        "fewest_columns": 0.5,
        "most_uneven": 0.1,
        "file_sha256": {},
        "metrics": {},
        "data_sha256": "",
        "library_versions": {},
    }
    write_files_manifest(folder, PictureManifest(**facts | changes), (FILE,), "A card.")
    return folder
