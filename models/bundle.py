"""A model bundle: one folder with the networks, the list of their training records and the thresholds of their outputs.

==================  ===================================================================
file                content
==================  ===================================================================
``bundle.json``     :class:`Manifest`: versions, labels, thresholds, data and file hashes
``beat.onnx``       the beat classifier as it is served: a network and three forests
``window.onnx``     the combined detector as it is served
``ventricular.onnx``  the forests that detect ventricular tachycardia and fibrillation
``atrial.onnx``       the network and the forest that detect atrial fibrillation
``qrs.npz``         the weights of the QRS network as the signal path takes them
``beat.keras``      the same networks to fit further and to read
``window.keras``
``qrs.keras``
``atrial.keras``
``MODEL_CARD.md``   purpose, accuracy and known failures of the networks
==================  ===================================================================
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from models.inputs import (
    ASKED_EVERY_S,
    ATRIAL_CLASSES,
    ATRIAL_FEATURES,
    ATRIAL_MEASURES,
    BEAT_FEATURES,
    INPUT_SHAPES,
    INPUTS_VERSION,
    NETWORK_FS_HZ,
    OUTPUT_SHAPES,
    VENTRICULAR_CLASSES,
    VENTRICULAR_FEATURES,
    WINDOW_FEATURES,
)
from models.onnx_files import MANIFEST, read_hashed, read_manifest, write_files_manifest
from models.thresholds import Thresholds
from wardbeat.atomic_files import atomic_folder
from wardbeat.contracts.messages import SYMBOLS
from wardbeat.ecg.qrs.network import ARCHITECTURE as QRS_ARCHITECTURE
from wardbeat.errors import BundleError

FORMAT_VERSION = 3
SERVED_FILES = {**{network: f"{network}.onnx" for network in INPUT_SHAPES}, "qrs": "qrs.npz"}
KERAS_FILES = ("beat.keras", "window.keras", "qrs.keras", "atrial.keras")
HASHED_FILES = (*SERVED_FILES.values(), *KERAS_FILES)


class Split(msgspec.Struct, frozen=True):
    """The records on which the networks were fitted; the bundle of a fold has none of that fold."""

    fit: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """Hash of the sorted list."""
        return hashlib.sha256(json.dumps(sorted(self.fit)).encode()).hexdigest()


class Manifest(msgspec.Struct, frozen=True):
    """The facts about a bundle that programs need; ``metrics`` are figures by name, for people."""

    format_version: int
    inputs_version: int
    inputs_sha256: str
    label_order: tuple[str, ...]
    thresholds: Thresholds
    created: str
    seed: int
    noise: str
    data_sha256: str
    split: Split
    split_sha256: str
    metrics: dict[str, float]
    library_versions: dict[str, str]
    file_sha256: dict[str, str] = {}


def inputs_sha256() -> str:
    """The hash of all names, shapes and rates that the networks and the monitor must have in common."""
    table = [
        INPUTS_VERSION, NETWORK_FS_HZ, INPUT_SHAPES, OUTPUT_SHAPES, BEAT_FEATURES, WINDOW_FEATURES,
        VENTRICULAR_FEATURES, VENTRICULAR_CLASSES, ATRIAL_FEATURES, ATRIAL_MEASURES,
        ATRIAL_CLASSES, ASKED_EVERY_S, QRS_ARCHITECTURE,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()


def shipped_bundle() -> Traversable:
    """The folder of the bundle in this package."""
    return resources.files("models") / "bundles" / "default"


def read_bundle(folder: Traversable) -> tuple[Manifest, dict[str, bytes]]:
    """Read and check a bundle: its manifest, and the bytes of its served networks by name.

    Raises
    ------
    BundleError
        If the bundle is incomplete, was changed after it was written, or is for another version.
    """
    manifest = read_manifest(folder, Manifest, "name a folder that `wardbeat train` wrote")
    problem = _manifest_problem(manifest)
    if problem:
        raise BundleError(f"bundle {folder}: {problem}")
    return manifest, {
        network: read_hashed(folder, name, manifest.file_sha256) for network, name in SERVED_FILES.items()
    }


@contextmanager
def new_bundle(folder: Path) -> Iterator[Path]:
    """A scratch folder that takes the place of ``folder`` when the block ends well, and vanishes when it does not.

    Raises
    ------
    BundleError
        If ``folder`` is there already and is no bundle: it is not ours to replace.
    """
    with atomic_folder(folder, MANIFEST, BundleError, "bundle") as new:
        yield new


def write_manifest(folder: Path, manifest: Manifest, card: str) -> None:
    """Write the manifest with the hashes of the networks, and the card; this is the last step of a bundle."""
    write_files_manifest(folder, manifest, HASHED_FILES, card)


def _manifest_problem(manifest: Manifest) -> str | None:
    if manifest.format_version != FORMAT_VERSION:
        return f"its format version is {manifest.format_version}, this version reads {FORMAT_VERSION}; train it again"
    if manifest.inputs_version != INPUTS_VERSION:
        return f"it takes inputs {manifest.inputs_version}, the monitor makes {INPUTS_VERSION}; train it again"
    if manifest.inputs_sha256 != inputs_sha256():
        return "its table of inputs and outputs differs from the monitor's; train it again"
    if manifest.label_order != SYMBOLS:
        return f"its labels are {' '.join(manifest.label_order)}, expected {' '.join(SYMBOLS)}; train it again"
    if not 0.0 < manifest.thresholds.anomaly_p_abnormal < 1.0:
        return (
            f"anomaly_p_abnormal must be between 0 and 1, {manifest.thresholds.anomaly_p_abnormal:g} given; correct it"
        )
    return None
