"""Files of a bundle are what its manifest names, or refused in one line."""

import hashlib
from pathlib import Path

import msgspec
import pytest

from models.bundle import shipped_bundle
from models.onnx_files import MANIFEST, open_session, read_hashed, read_manifest
from wardbeat.errors import BundleError


class Facts(msgspec.Struct):
    classes: tuple[str, ...]


def test_a_manifest_is_read_as_its_struct(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_bytes(b'{"classes": ["N", "V"]}')
    assert read_manifest(tmp_path, Facts, "fit it").classes == ("N", "V")


def test_a_bundle_that_is_missing_names_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"bundle\.json can't be read \(No such file or directory\); fit it"):
        read_manifest(tmp_path, Facts, "fit it")


def test_a_manifest_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_bytes(b'{"classes": 3}')
    with pytest.raises(BundleError, match=r"bundle\.json is not valid"):
        read_manifest(tmp_path, Facts, "fit it")


def test_a_file_is_the_one_that_the_manifest_names_or_refused(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"graph")
    hashes = {"a.onnx": hashlib.sha256(b"graph").hexdigest()}
    assert read_hashed(tmp_path, "a.onnx", hashes) == b"graph"
    (tmp_path / "a.onnx").write_bytes(b"other")
    with pytest.raises(BundleError, match=r"a\.onnx is not the file"):
        read_hashed(tmp_path, "a.onnx", hashes)
    with pytest.raises(BundleError, match=r"b\.onnx can't be read"):
        read_hashed(tmp_path, "b.onnx", hashes)


def test_a_graph_runs_and_other_bytes_are_refused() -> None:
    session = open_session((shipped_bundle() / "window.onnx").read_bytes(), "window.onnx", "here")
    assert session.get_inputs()
    with pytest.raises(BundleError, match=r"bundle here: window\.onnx is no network"):
        open_session(b"no graph", "window.onnx", "here")
