"""Writes Keras networks to the files of a bundle, and checks that the served form gives the same outputs."""

import contextlib
import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from scipy.special import expit

from models.inputs import INPUT_SHAPES
from models.qrs import served_weights
from models.trees import SHARE, Trees, tree_features, with_trees
from models.trees import probabilities as tree_probabilities
from wardbeat.ecg.qrs.network import LEADS, normalise, probabilities, to_npz
from wardbeat.errors import BundleError

MAX_DIFFERENCE = 1e-5
"""Largest difference between Keras and ONNX Runtime on any output; measured 1e-7."""
CHECK_ROWS = 64
MAX_QRS_DIFFERENCE = 1e-4
"""Largest difference of a probability between Keras and the kernel, which sums in another order; measured 1e-6."""
CHECK_SAMPLES = 5000


def export_network(network: keras.Model, folder: Path, rows: dict[str, NDArray[np.float32]] | None = None) -> float:
    """Write ``NAME.keras`` and ``NAME.onnx`` and return the largest difference between their outputs.

    Parameters
    ----------
    network : keras.Model
    folder : Path
    rows : dict of str to ndarray, optional
        Inputs for the comparison; by default random ones (:func:`check_rows`).

    Raises
    ------
    BundleError
        If the two forms differ by more than ``MAX_DIFFERENCE``.
    """
    name = network.name
    rows = rows or check_rows(name)
    expected = answers(network, rows)
    with ignore_numpy_deprecations():
        network.save(folder / f"{name}.keras")
    write_onnx(network, folder / f"{name}.onnx")
    session = onnxruntime.InferenceSession(folder / f"{name}.onnx", providers=["CPUExecutionProvider"])
    outputs = list(expected)
    served = dict(zip(outputs, session.run(outputs, rows), strict=True))
    difference = max(float(np.abs(served[output] - expected[output]).max()) for output in outputs)
    return checked(name, difference, MAX_DIFFERENCE)


def export_beat(network: keras.Model, trees: Trees, folder: Path) -> float:
    """Write ``beat.keras``, a text file for each forest, and ``beat.onnx`` with network and forests in one graph.

    Returns
    -------
    float
        The largest difference between that graph and the mean of network and trees.

    Raises
    ------
    BundleError
        If they differ by more than ``MAX_DIFFERENCE``.
    """
    import onnx

    export_network(network, folder)
    graph = with_trees(onnx.load(folder / "beat.onnx"), trees)
    (folder / "beat.onnx").write_bytes(graph.SerializeToString())
    for name, forest in trees._asdict().items():
        forest.save_model(folder / f"beat_{name}.txt")
    rows = check_rows("beat")
    by_trees = tree_probabilities(trees, tree_features(rows))
    expected = (1 - SHARE) * answers(network, rows)["probabilities"] + SHARE * by_trees
    session = onnxruntime.InferenceSession(folder / "beat.onnx", providers=["CPUExecutionProvider"])
    (served,) = session.run(["probabilities"], rows)
    return checked("beat with trees", float(np.abs(served - expected).max()), MAX_DIFFERENCE)


def export_qrs_network(network: keras.Model, folder: Path) -> float:
    """Write ``qrs.keras`` and ``qrs.npz``; return the largest difference between the outputs of kernel and Keras.

    Raises
    ------
    BundleError
        If the two differ by more than ``MAX_QRS_DIFFERENCE``.
    """
    signal = np.random.default_rng(0).normal(0.0, 0.3, (CHECK_SAMPLES, LEADS)).astype(np.float32)
    served = served_weights(network)
    log_odds = network.predict(normalise(signal)[None], verbose=0)[0, :, 0]
    difference = float(np.abs(probabilities(served, signal) - expit(log_odds)).max())
    checked("qrs", difference, MAX_QRS_DIFFERENCE)
    with ignore_numpy_deprecations():
        network.save(folder / "qrs.keras")
    (folder / "qrs.npz").write_bytes(to_npz(served))
    return difference


def answers(
    network: keras.Model, inputs: dict[str, NDArray[np.float32]], batch_size: int = 512
) -> dict[str, NDArray[np.float32]]:
    """The outputs of a Keras network by name."""
    outputs: dict[str, NDArray[np.float32]] = network.predict(inputs, batch_size=batch_size, verbose=0)
    return outputs


def checked(name: str, difference: float, allowed: float) -> float:
    """Return the difference if it is allowed.

    Raises
    ------
    BundleError
        If it is more than ``allowed``.
    """
    if not difference <= allowed:
        raise BundleError(
            f"network {name}: served and fitted outputs differ by {difference:.2g}, at most {allowed:g} is allowed; "
            "find the layer that the two forms compute differently"
        )
    return difference


def write_onnx(network: keras.Model, file: Path) -> None:
    """Write a network as an ONNX graph, without the messages of the converter."""
    with ignore_numpy_deprecations(), contextlib.redirect_stdout(io.StringIO()):
        network.export(file, format="onnx", verbose=False)


@contextlib.contextmanager
def ignore_numpy_deprecations() -> Iterator[None]:
    """Ignore the warnings that h5py and tf2onnx use numpy as before its version 2."""
    with warnings.catch_warnings():
        for category in (DeprecationWarning, FutureWarning):
            warnings.simplefilter("ignore", category)
        yield


def check_rows(network: str) -> dict[str, NDArray[np.float32]]:
    """Random inputs of a network, for a comparison of its two forms."""
    random = np.random.default_rng(0)
    return {
        name: random.normal(size=(CHECK_ROWS, *shape)).astype(np.float32)
        for name, shape in INPUT_SHAPES[network].items()
    }
