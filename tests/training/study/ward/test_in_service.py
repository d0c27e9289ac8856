"""The shipped networks are rows of the study's tables."""

from pathlib import Path

import numpy as np
import pytest

from models.bundle import read_bundle, shipped_bundle
from models.inputs import INPUT_SHAPES, WINDOW_FEATURES
from models.runtime import Runtime
from training.study.model import FitPart, Fitted
from training.study.task import FitSettings, Rows, Task
from training.study.tasks.beats import BeatsTask, network_inputs
from training.study.tasks.windows import WindowsTask, joined_columns
from training.study.ward.in_service import (
    AUTOENCODER,
    BEATS,
    CLASSIFIER,
    COMBINATION,
    SERVICE_MODELS,
    ServiceModel,
    parameters_of,
)


def fitted(model: ServiceModel, task: Task) -> Fitted:
    rows = Rows({}, np.zeros((0, 4), np.float32), np.zeros(0, "U3"), np.zeros(0, "U3"))
    return model.fit(FitPart(task, rows, rows, FitSettings(), 0, lambda *_: None, Path("unused")))


def random_inputs(network: str, n: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {name: random.normal(size=(n, *shape)).astype(np.float32) for name, shape in INPUT_SHAPES[network].items()}


def test_beats_are_answered_as_in_service_without_q(tmp_path: Path) -> None:
    inputs = random_inputs("beat", 1500)  # more than one batch
    model, task = SERVICE_MODELS[BEATS], BeatsTask()
    one = fitted(model, task)
    p = one.predict(network_inputs(inputs))
    served = Runtime.load().run("beat", inputs)["probabilities"][:, :4]
    np.testing.assert_allclose(p, served / served.sum(axis=1, keepdims=True), atol=1e-6)
    one.save(tmp_path)
    assert np.array_equal(model.load(tmp_path, task)(network_inputs(inputs)), p)
    assert one.history == []


@pytest.mark.parametrize("name", [COMBINATION, CLASSIFIER, AUTOENCODER])
def test_windows_are_ranked_as_in_service(name: str) -> None:
    inputs = random_inputs("window", 20)
    inputs["context"] = np.abs(inputs["context"]) % 1
    p = fitted(SERVICE_MODELS[name], WindowsTask()).predict(
        {"signal": joined_columns(inputs), "context": inputs["context"]}
    )
    served = Runtime.load().run("window", inputs)
    largest = inputs["context"][:, [WINDOW_FEATURES.index(f"max_p_{symbol}") for symbol in "vsf"]].max(axis=1)
    score = {COMBINATION: served["p_abnormal"][:, 0], AUTOENCODER: served["reconstruction_error"][:, 0]}
    assert np.array_equal(np.argsort(p[:, 1]), np.argsort(score.get(name, largest)))
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-6)


def test_parameters_of_network_and_trees_are_counted() -> None:
    _, networks = read_bundle(shipped_bundle())
    beat, window = parameters_of(networks["beat"]), parameters_of(networks["window"])
    assert beat > 45_000, "the network alone has as many"
    assert 5_000 < window < 100_000
