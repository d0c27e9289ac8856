"""The shipped networks in ONNX Runtime."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.bundle import shipped_bundle
from models.inputs import INPUT_SHAPES, OUTPUT_SHAPES
from models.onnx_files import MANIFEST
from models.runtime import Runtime
from wardbeat.ecg.features.atrial_beats import PRESENT
from wardbeat.errors import BundleError

NETWORKS = tuple(INPUT_SHAPES)


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    return Runtime.load()


def rows(network: str, n: int) -> dict[str, NDArray[np.float32]]:
    random = np.random.default_rng(7)
    inputs = {name: random.normal(size=(n, *shape)).astype(np.float32) for name, shape in INPUT_SHAPES[network].items()}
    if network == "atrial":  # no row is empty, and probabilities are at least 0
        inputs["features"] = np.abs(inputs["features"])
        inputs["features"][:, :, PRESENT] = 1.0
    return inputs


@pytest.mark.parametrize("network", NETWORKS)
def test_answers_have_the_names_and_shapes_of_the_table(runtime: Runtime, network: str) -> None:
    answers = runtime.run(network, rows(network, 3))
    assert {name: array.shape for name, array in answers.items()} == {
        name: (3, *shape) for name, shape in OUTPUT_SHAPES[network].items()
    }
    assert all(array.dtype == np.float32 for array in answers.values())


@pytest.mark.parametrize("network", NETWORKS)
def test_the_output_of_a_row_is_the_same_to_the_bit_in_any_batch(runtime: Runtime, network: str) -> None:
    """Live and offline outputs are equal only if this holds, as workers batch the patients that they have."""
    inputs = rows(network, 64)
    alone = [runtime.run(network, {name: array[i : i + 1] for name, array in inputs.items()}) for i in range(64)]
    for size in (2, 3, 5, 8, 13, 16, 21, 31, 32, 33, 48, 63, 64):
        together = runtime.run(network, {name: array[:size] for name, array in inputs.items()})
        for name, array in together.items():
            assert array.tobytes() == b"".join(alone[i][name].tobytes() for i in range(size)), (name, size)


def test_probabilities_are_in_range_and_sum_to_one(runtime: Runtime) -> None:
    beats = runtime.run("beat", rows("beat", 50))["probabilities"]
    assert np.allclose(beats.sum(axis=1), 1.0, atol=1e-5)
    p_abnormal = runtime.run("window", rows("window", 50))["p_abnormal"]
    assert ((p_abnormal >= 0) & (p_abnormal <= 1)).all()


def test_a_window_like_the_baseline_has_a_smaller_error_than_an_abnormal_one(runtime: Runtime) -> None:
    inputs = rows("window", 2)
    inputs["dominant"] = 0.3 * inputs["dominant"]
    inputs["signal"] = inputs["dominant"].copy()
    inputs["log_rr"][:] = 0.0
    inputs["signal"][1, 300:350] += 2.0
    typical, abnormal = runtime.run("window", inputs)["reconstruction_error"][:, 0]
    assert typical < 0.5
    assert abnormal > 1.0


@pytest.mark.parametrize("network", NETWORKS)
def test_a_silent_lead_gives_finite_answers(runtime: Runtime, network: str) -> None:
    zeros = {name: np.zeros((1, *shape), np.float32) for name, shape in INPUT_SHAPES[network].items()}
    assert all(np.isfinite(array).all() for array in runtime.run(network, zeros).values())


def swapped_bundle(folder: Path, body: bytes) -> Path:
    """A bundle whose beat network has other bytes, with hashes that agree."""
    bundle = Path(shutil.copytree(Path(str(shipped_bundle())), folder / "bundle"))
    (bundle / "beat.onnx").write_bytes(body)
    manifest = json.loads((bundle / MANIFEST).read_text())
    manifest["file_sha256"]["beat.onnx"] = hashlib.sha256(body).hexdigest()
    (bundle / MANIFEST).write_text(json.dumps(manifest))
    return bundle


def test_a_network_of_other_shapes_is_refused(tmp_path: Path) -> None:
    window = (shipped_bundle() / "window.onnx").read_bytes()
    with pytest.raises(BundleError, match=r"beat\.onnx has inputs .*'signal'.* expected .*'waveform'"):
        Runtime.load(swapped_bundle(tmp_path, window))


def test_bytes_that_are_no_network_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"beat\.onnx is no network"):
        Runtime.load(swapped_bundle(tmp_path, b"not a network"))


def test_serving_leaves_no_device_id_and_no_usage_data(tmp_path: Path) -> None:
    home = {name: str(tmp_path) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    inherited = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    program = "from models.runtime import Runtime; Runtime.load()"
    subprocess.run([sys.executable, "-c", program], env={**inherited, **home}, check=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
