"""The files of a bundle, whatever it holds: a manifest, files that it names with their hash, ONNX graphs to run."""

import hashlib
from collections.abc import Iterable, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

import msgspec
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as onnx_errors

from wardbeat.errors import BundleError

MANIFEST = "bundle.json"
CARD = "MODEL_CARD.md"
LOAD_ERRORS = (onnx_errors.Fail, onnx_errors.InvalidGraph, onnx_errors.InvalidProtobuf, onnx_errors.NotImplemented)

_Manifest = TypeVar("_Manifest", bound=msgspec.Struct)


def read_manifest(folder: Traversable, kind: type[_Manifest], next_step: str) -> _Manifest:
    """Read the manifest of a bundle.

    Parameters
    ----------
    folder : Traversable
    kind : type of Struct
    next_step : str
        What the reader of the message does if there is no bundle.

    Raises
    ------
    BundleError
        If there is none, or it is none of this kind.
    """
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=kind)
    except OSError as error:
        raise BundleError(f"bundle {folder}: {MANIFEST} can't be read ({error.strerror}); {next_step}") from error
    except msgspec.DecodeError as error:
        raise BundleError(
            f"bundle {folder}: {MANIFEST} is not valid ({error}); train or copy the bundle again"
        ) from error


def write_files_manifest(folder: Path, manifest: msgspec.Struct, files: Iterable[str], card: str) -> None:
    """Write a manifest with the hashes of the files in its field ``file_sha256``, and the card.

    This is the last step of a bundle.
    """
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files}
    body = msgspec.json.encode(msgspec.structs.replace(manifest, file_sha256=hashes))
    (folder / CARD).write_text(card, encoding="utf-8")
    (folder / MANIFEST).write_bytes(msgspec.json.format(body, indent=2) + b"\n")


def read_hashed(folder: Traversable, name: str, file_sha256: Mapping[str, str]) -> bytes:
    """Read a file of a bundle.

    Raises
    ------
    BundleError
        If it can't be read, or its hash is another one than that in the manifest.
    """
    try:
        body = (folder / name).read_bytes()
    except OSError as error:
        raise BundleError(f"bundle {folder}: {name} can't be read ({error.strerror}); copy the bundle again") from error
    if hashlib.sha256(body).hexdigest() != file_sha256.get(name):
        raise BundleError(f"bundle {folder}: {name} is not the file that {MANIFEST} names; copy the bundle again")
    return body


def open_session(body: bytes, name: str, source: str) -> onnxruntime.InferenceSession:
    """A graph, ready to run in one thread.

    Raises
    ------
    BundleError
        If the bytes are no graph. The message names the file ``name`` of the bundle ``source``.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(body, options, providers=["CPUExecutionProvider"])
    except LOAD_ERRORS as error:
        reason = " ".join(str(error).split())
        raise BundleError(f"bundle {source}: {name} is no network ({reason}); train it again") from error
