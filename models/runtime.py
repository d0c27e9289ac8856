"""Serves the networks of a bundle with ONNX Runtime: one thread, the same row for the same input in any batch."""

from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as onnx_errors

from models.bundle import Manifest, read_bundle, shipped_bundle
from models.inputs import INPUT_SHAPES, OUTPUT_SHAPES
from wardbeat.ecg.qrs.network import QrsNetwork, from_npz
from wardbeat.errors import BundleError

LOAD_ERRORS = (onnx_errors.Fail, onnx_errors.InvalidGraph, onnx_errors.InvalidProtobuf, onnx_errors.NotImplemented)
NEVER_ALONE = ("atrial",)
"""Networks that a single row is given to twice: ONNX Runtime multiplies one row by another kernel than many, which adds
up in another order, and a row's answer must not depend on its company."""
Arrays = dict[str, NDArray[np.float32]]


class ServedNetwork:
    """One network, ready to answer.

    Parameters
    ----------
    name : str
        One of :mod:`models.inputs`.
    body : bytes
        The ONNX graph.
    source : str
        Where it is from, for people who have to put an error right.

    Raises
    ------
    BundleError
        If the bytes are no network, or one with other inputs or outputs.
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
        found = self._session.run(self._outputs, inputs)
        return {name: output[:n] for name, output in zip(self._outputs, found, strict=True)}


class Runtime:
    """The networks of one bundle, ready to answer.

    Attributes
    ----------
    manifest : Manifest
        Versions, label order and thresholds of the bundle.
    qrs : QrsNetwork
        Weights of the network that each monitor runs in its signal path.
    """

    def __init__(self, manifest: Manifest, networks: dict[str, bytes], source: str) -> None:
        self.manifest = manifest
        self.qrs = _qrs_network(networks["qrs"], source)
        self._networks = {name: ServedNetwork(name, networks[name], source) for name in INPUT_SHAPES}

    @classmethod
    def load(cls, path: Path | None = None) -> "Runtime":
        """The networks of the bundle in ``path``; of the shipped one when that is None.

        Raises
        ------
        BundleError
            If the bundle is incomplete, changed, or made for another version of labels or inputs.
        """
        folder: Traversable = shipped_bundle() if path is None else path
        manifest, networks = read_bundle(folder)
        return cls(manifest, networks, str(folder))

    def run(self, network: str, inputs: Arrays) -> Arrays:
        """The outputs of one network, batch axis first.

        Parameters
        ----------
        network : str
            One of :mod:`models.inputs`.
        inputs : dict of str to ndarray of float32
            As :mod:`models.inputs` names them, each of shape (batch, ...).
        """
        return self._networks[network].run(inputs)


def _qrs_network(body: bytes, source: str) -> QrsNetwork:
    try:
        return from_npz(body)
    except ValueError as error:
        raise BundleError(f"bundle {source}: qrs.npz holds {error}; train it anew") from error


def _session(network: str, body: bytes, source: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(body, options, providers=["CPUExecutionProvider"])
    except LOAD_ERRORS as error:
        reason = " ".join(str(error).split())
        raise BundleError(f"bundle {source}: {network}.onnx is no network ({reason}); train it anew") from error
    _check_arrays(source, network, "inputs", session.get_inputs(), INPUT_SHAPES[network])
    _check_arrays(source, network, "outputs", session.get_outputs(), OUTPUT_SHAPES[network])
    return session


def _check_arrays(
    source: str,
    network: str,
    what: str,
    found: list[onnxruntime.NodeArg],
    expected: dict[str, tuple[int, ...]],
) -> None:
    shapes = {array.name: tuple(array.shape[1:]) for array in found}
    if shapes != expected:
        raise BundleError(f"bundle {source}: {network}.onnx has {what} {shapes}, expected {expected}; train it anew")
