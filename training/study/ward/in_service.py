"""The networks of the shipped bundle as models of the study: nothing is fitted, so that each table has their row.

The bundle was fitted by ``wardbeat train`` on all patients of the parts ``fit`` and ``validation``
(:mod:`training.study.ward.records`). The networks take here what the live monitor gives to them. The monitor makes more
of their answers: in atrial fibrillation it shows S beats as N.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.bundle import read_bundle, shipped_bundle
from models.inputs import WINDOW_FEATURES
from models.runtime import ServedNetwork
from training.study.model import FitPart, Fitted
from training.study.task import Arrays, Predict, Task
from training.study.ward.beat_tables import CLASSES

BEATS = "in-service"
COMBINATION, CLASSIFIER, AUTOENCODER = "window-combination", "window-classifier", "window-autoencoder"
ROWS = 1024
FILE = "network.onnx"
P_ECTOPIC = [WINDOW_FEATURES.index(name) for name in ("max_p_v", "max_p_s", "max_p_f")]


class ServiceModel(NamedTuple):
    """A network of the shipped bundle.

    Attributes
    ----------
    network : str
        A name of :mod:`models.inputs`.
    purpose, source : str
    answer : callable
        The function from the network and its inputs to probabilities.
    """

    network: str
    purpose: str
    source: str
    answer: Callable[[ServedNetwork, Arrays], NDArray[np.float32]]

    @property
    def whole_rows(self) -> bool:
        """Rows of the ward's tasks are never cut."""
        return False

    def fit(self, part: FitPart) -> Fitted:
        """The network as it is shipped; the rows are not used."""
        del part
        _, networks = read_bundle(shipped_bundle())
        body = networks[self.network]
        return Fitted(
            self._predict(body, str(shipped_bundle())),
            parameters_of(body),
            lambda folder: _write(folder / FILE, body),
            [],
        )

    def load(self, folder: Path, task: Task) -> Predict:
        """Read the copy of the network."""
        del task
        return self._predict((folder / FILE).read_bytes(), str(folder))

    def _predict(self, body: bytes, source: str) -> Predict:
        network = ServedNetwork(self.network, body, source)

        def predict(inputs: Arrays) -> NDArray[np.float32]:
            n = len(next(iter(inputs.values())))
            parts = [
                self.answer(network, {name: array[at : at + ROWS] for name, array in inputs.items()})
                for at in range(0, max(n, 1), ROWS)
            ]
            return np.concatenate(parts)

        return predict


def classified_beats(network: ServedNetwork, inputs: Arrays) -> NDArray[np.float32]:
    """Probabilities of N, S, V and F, shape (rows, 4), without the share of Q."""
    answered = network.run({"waveform": inputs["signal"], "context": inputs["sequence"]})["probabilities"]
    p = answered[:, : len(CLASSES)]
    return np.asarray(p / np.maximum(p.sum(axis=1, keepdims=True), 1e-9), np.float32)


def combined(network: ServedNetwork, inputs: Arrays) -> NDArray[np.float32]:
    """``p_abnormal`` of the combined detector, shape (rows, 2)."""
    return _two_classes(network.run(_window_inputs(inputs))["p_abnormal"][:, 0])


def by_autoencoder(network: ServedNetwork, inputs: Arrays) -> NDArray[np.float32]:
    """Reconstruction error e as e / (e + the error of the 99th of 100 normal windows), shape (rows, 2)."""
    error = network.run(_window_inputs(inputs))["reconstruction_error"][:, 0]
    return _two_classes(error / (error + _normal_error_q99()))


def by_classifier(network: ServedNetwork, inputs: Arrays) -> NDArray[np.float32]:
    """The largest probability of S, V or F of a beat in the window, as the live monitor found it, shape (rows, 2)."""
    del network
    return _two_classes(inputs["context"][:, P_ECTOPIC].max(axis=1))


def parameters_of(body: bytes) -> int:
    """The numbers in an ONNX graph: its constants, and the thresholds and leaves of its trees."""
    import onnx

    graph = onnx.load_from_string(body).graph
    constants = sum(int(np.prod(one.dims)) for one in graph.initializer)
    trees = [
        attribute
        for node in graph.node
        if node.op_type.startswith("TreeEnsemble")
        for attribute in node.attribute
        if attribute.name in {"nodes_values", "class_weights", "target_weights"}
    ]
    return constants + sum(len(attribute.floats) for attribute in trees)


@cache
def _normal_error_q99() -> float:
    manifest, _ = read_bundle(shipped_bundle())
    return manifest.thresholds.normal_error_q99


def _window_inputs(inputs: Arrays) -> Arrays:
    from training.study.tasks.windows import split_columns

    return {**split_columns(inputs["signal"]), "context": inputs["context"]}


def _two_classes(p: NDArray[Any]) -> NDArray[np.float32]:
    return np.stack([1 - p, p], axis=1).astype(np.float32)


def _write(file: Path, body: bytes) -> None:
    file.write_bytes(body)


SERVICE_MODELS = {
    BEATS: ServiceModel("beat", "the ward's beat network and trees, as shipped", "this project", classified_beats),
    COMBINATION: ServiceModel(
        "window", "the ward's combined detector, as shipped: beat classifier and autoencoder", "this project", combined
    ),
    CLASSIFIER: ServiceModel("beat", "the ward's beat classifier alone, as shipped", "this project", by_classifier),
    AUTOENCODER: ServiceModel("window", "the ward's autoencoder alone, as shipped", "this project", by_autoencoder),
}
