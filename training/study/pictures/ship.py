"""Writes the bundle of the picture network in service: the graph, its manifest, its model card."""

import hashlib
from datetime import UTC, datetime
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from string import Template

import keras
import msgspec
import numpy as np
import onnxruntime
from keras import layers, ops

from models.classify.picture import FILE, FORMAT_VERSION, PictureManifest
from models.export import answers, checked, write_onnx
from models.onnx_files import MANIFEST, write_files_manifest
from models.pictures import HEIGHT, PICTURE_CLASSES, WIDTH
from training.data.pictures.collection import SOURCE
from training.study.networks import FILE as KERAS_FILE
from training.study.pictures.figures import RefusalLine
from training.study.pictures.run import (
    FEWEST_COLUMNS,
    MOST_PIECES,
    MOST_UNEVEN,
    PICTURES,
    RESULTS,
    PictureResults,
    service_folder,
)
from wardbeat.atomic_files import atomic_folder
from wardbeat.errors import BundleError, TrainingError

LIBRARIES = ("keras", "tensorflow-cpu", "onnxruntime", "numpy", "pillow", "scipy")
LARGEST_BYTES = 5_000_000
MAX_DIFFERENCE = 1e-4
"""Largest difference of a probability between Keras and ONNX Runtime."""
CHECK_ROWS = 16
AUGMENTATION = (layers.RandomTranslation, layers.RandomRotation, layers.RandomZoom, layers.RandomContrast)
CARD_TEMPLATE = "card.md"


def ship_picture(work: Path, folder: Path, seed: int = 0) -> PictureManifest:
    """Write the bundle, unless the fit is not finished.

    Parameters
    ----------
    work : Path
        Work folder of :func:`training.study.pictures.run.run_pictures`.
    folder : Path
        The bundle; an older one is replaced.
    seed : int
        Of the fit.

    Raises
    ------
    TrainingError
        If there are no results.
    BundleError
        If the graph is too large, or gives other probabilities than the network.
    """
    if not (work / RESULTS).is_file():
        raise TrainingError(f"work folder {work}: it has no {RESULTS}; run the study of pictures first")
    results = msgspec.json.decode((work / RESULTS).read_bytes(), type=PictureResults)
    network = served_network(keras.models.load_model(service_folder(work, seed) / KERAS_FILE, compile=False))
    manifest = PictureManifest(
        format_version=FORMAT_VERSION,
        created=datetime.now(UTC).date().isoformat(),
        classes=PICTURE_CLASSES,
        not_ecg_threshold=results.not_ecg_threshold,
        several_beats_threshold=max(0.5, results.not_ecg_threshold),
        most_pieces=MOST_PIECES,
        fewest_columns=FEWEST_COLUMNS,
        most_uneven=MOST_UNEVEN,
        file_sha256={},
        metrics=_metrics(results),
        data_sha256=hashlib.sha256((work / PICTURES / SOURCE).read_bytes()).hexdigest(),
        library_versions={name: version(name) for name in LIBRARIES},
    )
    with atomic_folder(folder, MANIFEST, BundleError, "bundle") as new:
        export_picture(network, new)
        write_files_manifest(new, manifest, [FILE], picture_card(manifest, results))
    return manifest


def served_network(network: keras.Model) -> keras.Model:
    """The network as it is served: without augmentation, with probabilities instead of logits."""
    picture = keras.Input((HEIGHT, WIDTH, 1), name="picture")
    x = picture
    for layer in network.layers[1:]:
        x = x if isinstance(layer, AUGMENTATION) else layer(x)
    n = len(PICTURE_CLASSES)
    every = ops.softmax(x)
    outputs = {
        "probabilities": layers.Softmax(name="probabilities")(x[:, :n]),
        "not_ecg": ops.sum(every[:, n:], axis=1, keepdims=True),
        "several_beats": every[:, n + 1 :],
    }
    return keras.Model({"picture": picture}, outputs, name="picture")


def export_picture(network: keras.Model, folder: Path) -> float:
    """Write ``picture.onnx``; the largest difference between its probabilities and those of Keras.

    Raises
    ------
    BundleError
        If the file is too large, or the difference is.
    """
    pictures = np.random.default_rng(0).random((CHECK_ROWS, HEIGHT, WIDTH, 1)).astype(np.float32)
    expected = answers(network, {"picture": pictures})
    write_onnx(network, folder / FILE)
    size = (folder / FILE).stat().st_size
    if size > LARGEST_BYTES:
        raise BundleError(f"{FILE}: at most {LARGEST_BYTES} bytes are allowed, it has {size}; fit a narrower network")
    session = onnxruntime.InferenceSession(folder / FILE, providers=["CPUExecutionProvider"])
    served = session.run(list(expected), {"picture": pictures})
    differences = [float(np.abs(own - expected[name]).max()) for name, own in zip(expected, served, strict=True)]
    return checked("picture", max(differences), MAX_DIFFERENCE)


def picture_card(manifest: PictureManifest, results: PictureResults) -> str:
    """The model card, in Markdown."""
    template = Template((resources.files("training.study.pictures") / CARD_TEMPLATE).read_text(encoding="utf-8"))
    varied, leaky = results.by_patient[0], results.leaky[0]
    return template.substitute(
        created=manifest.created,
        classes=", ".join(manifest.classes),
        macro=f"{varied.macro_f1.value or 0:.2f}",
        low=f"{varied.macro_f1.low or 0:.2f}",
        high=f"{varied.macro_f1.high or 0:.2f}",
        by_class="\n".join(
            f"| {one.name} | {one.patients} | {one.pictures} | {one.f1.value or 0:.2f} |" for one in varied.classes
        ),
        leaky=f"{leaky.macro_f1.value or 0:.2f}",
        examples="\n".join(
            f"| {one.fitted_on} | {one.pictures} | {one.accuracy:.3f} | {one.folder_accuracy:.3f} |"
            for one in results.examples
        ),
        refusals="\n".join(
            f"| {group} | {n} | {100 * refused / n:.0f} % |"
            for group, (n, refused) in refusals_by_group(results.refusals).items()
        ),
        refused=f"{100 * varied.refused:.1f} %",
        threshold=f"{manifest.not_ecg_threshold:.3f}",
        data=manifest.data_sha256[:16],
        versions=", ".join(f"{name} {number}" for name, number in manifest.library_versions.items()),
    )


def refusals_by_group(lines: list[RefusalLine]) -> dict[str, tuple[int, int]]:
    """Pictures and refused pictures of each group."""
    return {
        group: (
            sum(line.pictures for line in lines if line.group == group),
            sum(line.refused for line in lines if line.group == group),
        )
        for group in dict.fromkeys(line.group for line in lines)
    }


def _metrics(results: PictureResults) -> dict[str, float]:
    """Figures of the manifest."""
    refusals = refusals_by_group(results.refusals)
    return {
        "macro F1, patients never seen": results.by_patient[0].macro_f1.value or 0.0,
        "macro F1, beats at random (known patients)": results.leaky[0].macro_f1.value or 0.0,
        **{f"accuracy, public pictures, {one.fitted_on}": one.accuracy for one in results.examples},
        **{f"refused, {group}": refused / n for group, (n, refused) in refusals.items()},
    }
