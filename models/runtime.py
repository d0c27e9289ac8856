"""Runs the networks of a bundle with ONNX Runtime: in one thread, with the same output for a row in any batch."""

from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.bundle import Manifest, read_bundle, shipped_bundle
from models.inputs import INPUT_SHAPES, OUTPUT_SHAPES
from models.onnx_files import open_session
from wardbeat.ecg.qrs.network import QrsNetwork, from_npz
from wardbeat.errors import BundleError

NEVER_ALONE = ("atrial",)
"""Networks that get a single row twice. ONNX Runtime multiplies one row with another kernel than many rows; that kernel
adds in another order, and the output of a row must not depend on its batch."""
Arrays = dict[str, NDArray[np.float32]]


class ServedNetwork:
    """One network, ready to run.

    Parameters
    ----------
    name : str
        A name in :mod:`models.inputs`.
    body : bytes
        The ONNX graph.
    source : str
        Origin of the bytes, for error messages.

    Raises
    ------
    BundleError
        If the bytes are no network, or a network with other inputs or outputs.
    """

    def __init__(self, name: str, body: bytes, source: str) -> None:
        self._session = _session(name, body, source)
        self._outputs = list(OUTPUT_SHAPES[name])
        self._never_alone = name in NEVER_ALONE

    def run(self, inputs: Arrays) -> Arrays:
        """The outputs by name, batch axis first."""
        n = len(next(iter(inputs.values())))
        if self._never_alone and n == 1:
            inputs = {name: np.repeat(array, 2, axis=0) for name, array in inputs.items()}
        outputs = self._session.run(self._outputs, inputs)
        return {name: output[:n] for name, output in zip(self._outputs, outputs, strict=True)}


class Runtime:
    """The networks of one bundle, ready to run.

    Attributes
    ----------
    manifest : Manifest
        Versions, label order and thresholds of the bundle.
    qrs : QrsNetwork
        Weights of the QRS network, which each monitor runs in its signal path.
    """

    def __init__(self, manifest: Manifest, networks: dict[str, bytes], source: str) -> None:
        self.manifest = manifest
        self.qrs = _qrs_network(networks["qrs"], source)
        self._networks = {name: ServedNetwork(name, networks[name], source) for name in INPUT_SHAPES}

    @classmethod
    def load(cls, path: Path | None = None) -> "Runtime":
        """Load the networks of the bundle in ``path``, or of the shipped bundle if ``path`` is None.

        Raises
        ------
        BundleError
            If the bundle is incomplete, was changed, or is for another version of labels or inputs.
        """
        folder: Traversable = shipped_bundle() if path is None else path
        manifest, networks = read_bundle(folder)
        return cls(manifest, networks, str(folder))

    def run(self, network: str, inputs: Arrays) -> Arrays:
        """The outputs of one network, batch axis first.

        Parameters
        ----------
        network : str
            A name in :mod:`models.inputs`.
        inputs : dict of str to ndarray of float32
            As :mod:`models.inputs` names them, each of shape (batch, ...).
        """
        return self._networks[network].run(inputs)


def _qrs_network(body: bytes, source: str) -> QrsNetwork:
    try:
        return from_npz(body)
    except ValueError as error:
        raise BundleError(f"bundle {source}: qrs.npz holds {error}; train it again") from error


def _session(network: str, body: bytes, source: str) -> onnxruntime.InferenceSession:
    session = open_session(body, f"{network}.onnx", source)
    _check_arrays(source, network, "inputs", session.get_inputs(), INPUT_SHAPES[network])
    _check_arrays(source, network, "outputs", session.get_outputs(), OUTPUT_SHAPES[network])
    return session


def _check_arrays(
    source: str,
    network: str,
    kind: str,
    arrays: list[onnxruntime.NodeArg],
    expected: dict[str, tuple[int, ...]],
) -> None:
    shapes = {array.name: tuple(array.shape[1:]) for array in arrays}
    if shapes != expected:
        raise BundleError(f"bundle {source}: {network}.onnx has {kind} {shapes}, expected {expected}; train it again")
