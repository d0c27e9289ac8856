"""What the tests of the study's networks share: shapes of inputs, a toy fit, the served form."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Shapes = Mapping[str, tuple[int, ...]]
BEAT: Shapes = {"signal": (131, 2)}
BEAT_WITH_FEATURES: Shapes = {"signal": (131, 2), "features": (10,)}
BEAT_IN_SEQUENCE: Shapes = {"signal": (131, 2), "features": (10,), "sequence": (24, 28)}
TWELVE_LEADS: Shapes = {"signal": (250, 12)}
STRIP: Shapes = {"signal": (3000, 1)}
SHAPES = (BEAT, BEAT_WITH_FEATURES, BEAT_IN_SEQUENCE, TWELVE_LEADS, STRIP)
TOY: Shapes = {"signal": (64, 2)}
TOY_SEQUENCE: Shapes = {"sequence": (8, 4)}
CLASSES = 3
WIDTH = 0.25
"""The smallest networks of the tests: a quarter of the channels."""


def random_inputs(network: Any, rows: int, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Normal numbers for each input of a network."""
    random = np.random.default_rng(seed)
    return {one.name: random.normal(size=(rows, *one.shape[1:])).astype(np.float32) for one in network.inputs}


def is_finite(network: Any) -> bool:
    """Whether the network answers two rows with numbers, one for each class."""
    answered = np.asarray(network(random_inputs(network, 2), training=False))
    return answered.shape == (2, CLASSES) and bool(np.isfinite(answered).all())


def losses(network: Any, steps: int) -> list[float]:
    """The loss of steps on one batch whose class is in the mean of its inputs."""
    import keras

    keras.utils.set_random_seed(1)
    label = np.arange(24) % CLASSES
    inputs = random_inputs(network, len(label))
    for name, array in inputs.items():
        inputs[name] = array + label.reshape(-1, *(1,) * (array.ndim - 1)).astype(np.float32)
    # Eager steps: to compile the graph takes longer than a few of them.
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(1e-2), loss=loss, run_eagerly=True)
    return [float(network.train_on_batch(inputs, label)) for _ in range(steps)]


def served_difference(network: Any, folder: Path) -> float:
    """The largest difference between Keras and ONNX Runtime, for one row and for several."""
    import onnxruntime

    from models.export import write_onnx

    inputs = random_inputs(network, 5)
    expected = network.predict_on_batch(inputs)
    file = folder / "network.onnx"
    write_onnx(network, file)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    (several,) = session.run(None, inputs)
    (one,) = session.run(None, {name: array[:1] for name, array in inputs.items()})
    return float(max(np.abs(several - expected).max(), np.abs(one - expected[:1]).max()))
