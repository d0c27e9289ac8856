"""A bundle is read complete and unchanged or refused in one line, and written completely or not at all."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from models.bundle import HASHED_FILES, Split, new_bundle, read_bundle, shipped_bundle
from models.onnx_files import CARD, MANIFEST
from training.data.splits import DS2
from wardbeat.errors import BundleError


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A copy of the shipped bundle."""
    return Path(shutil.copytree(Path(str(shipped_bundle())), tmp_path / "bundle"))


def change(bundle: Path, **fields: Any) -> None:
    manifest = json.loads((bundle / MANIFEST).read_text())
    (bundle / MANIFEST).write_text(json.dumps(manifest | fields))


def test_the_shipped_bundle_is_complete_and_lists_its_training_records() -> None:
    manifest, networks = read_bundle(shipped_bundle())
    assert set(networks) == {"beat", "window", "ventricular", "atrial", "qrs"}
    assert manifest.label_order == ("N", "S", "V", "F", "Q")
    assert manifest.split_sha256 == manifest.split.sha256
    assert not set(manifest.split.fit) & set(DS2)
    assert "Not a medical device" in (shipped_bundle() / CARD).read_text(encoding="utf-8")


def test_the_shipped_bundle_is_a_few_megabytes_at_most() -> None:
    assert sum((Path(str(shipped_bundle())) / name).stat().st_size for name in HASHED_FILES) < 4_000_000


@pytest.mark.parametrize("network", ["beat.onnx", "window.onnx"])
def test_a_changed_network_is_refused(bundle: Path, network: str) -> None:
    body = bytearray((bundle / network).read_bytes())
    body[len(body) // 2] ^= 1
    (bundle / network).write_bytes(body)
    with pytest.raises(BundleError, match=f"{network} is not the file that bundle.json names"):
        read_bundle(bundle)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"format_version": 99}, "format version is 99"),
        ({"inputs_version": 99}, "takes inputs 99"),
        ({"inputs_sha256": "0" * 64}, "table of inputs and outputs"),
        ({"label_order": ["N", "V", "S", "F", "Q"]}, "labels are N V S F Q, expected N S V F Q"),
        ({"thresholds": {"anomaly_p_abnormal": 1.5, "normal_error_q99": 1.0}}, "between 0 and 1, 1.5 given"),
        ({"thresholds": {}}, "bundle.json is not valid"),
    ],
)
def test_a_bundle_for_another_version_is_refused(bundle: Path, fields: dict[str, Any], message: str) -> None:
    change(bundle, **fields)
    with pytest.raises(BundleError, match=message):
        read_bundle(bundle)


def test_a_folder_without_a_bundle_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=f"{tmp_path}.*bundle.json can't be read.*wardbeat train"):
        read_bundle(tmp_path)


def test_a_missing_network_is_named(bundle: Path) -> None:
    (bundle / "window.onnx").unlink()
    with pytest.raises(BundleError, match=r"window\.onnx can't be read"):
        read_bundle(bundle)


def test_a_new_bundle_replaces_the_old_one_as_a_whole(bundle: Path) -> None:
    with new_bundle(bundle) as new:
        (new / MANIFEST).write_text("new")
        assert (bundle / MANIFEST).read_text() != "new"
    assert [path.name for path in bundle.iterdir()] == [MANIFEST]
    assert [path.name for path in bundle.parent.iterdir()] == ["bundle"]


def test_an_interrupted_write_leaves_the_old_bundle_and_no_other_file(bundle: Path) -> None:
    before = {path.name: path.read_bytes() for path in bundle.iterdir()}

    def interrupted() -> None:
        with new_bundle(bundle) as new:
            (new / "beat.onnx").write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert {path.name: path.read_bytes() for path in bundle.iterdir()} == before
    assert [path.name for path in bundle.parent.iterdir()] == ["bundle"]


def test_a_folder_that_is_no_bundle_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(BundleError, match="choose a new folder"), new_bundle(tmp_path):
        pytest.fail("must not come this far")
    assert (tmp_path / "thesis.txt").is_file()


def test_the_hash_of_a_split_does_not_depend_on_the_order_of_names() -> None:
    assert Split(("a", "b")).sha256 == Split(("b", "a")).sha256
    assert Split(("a", "b")).sha256 != Split(("a",)).sha256
