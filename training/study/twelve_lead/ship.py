"""Writes the bundle of the twelve-lead networks in service: their graphs, the manifest, the model card.

Any model that is a Keras network can ship: the networks, MiniRocket, and an average of these.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import resources
from importlib.metadata import version
from math import floor
from pathlib import Path
from string import Template
from typing import NamedTuple

import keras
import numpy as np

from models.classify.twelve_lead import (
    FORMAT_VERSION,
    RHYTHM,
    SUPERCLASSES,
    LeadGraph,
    LeadQuestion,
    TwelveLeadClassifier,
    TwelveLeadManifest,
)
from models.classify.twelve_lead_order import STANDARD_LEADS
from models.export import write_onnx
from models.onnx_files import MANIFEST, write_files_manifest
from training.data.ptb_xl.cache import INDEX, LARGEST_MV, read_index, read_part
from training.data.ptb_xl.layout import FS_HZ, SAMPLES
from training.study.fits import RECORD, fit_folder, probabilities
from training.study.machines import average
from training.study.model_results import best_thresholds
from training.study.models import study_model
from training.study.networks import FILE as KERAS_FILE
from training.study.scores import macro_auc
from training.study.task import Part
from training.study.tasks.twelve_lead import SuperclassTask, TwelveLeadRhythmTask, TwelveLeadTask, cache_folder
from wardbeat.atomic_files import atomic_folder
from wardbeat.errors import BundleError, TrainingError

TASKS: Mapping[str, TwelveLeadTask] = {SUPERCLASSES: SuperclassTask(), RHYTHM: TwelveLeadRhythmTask()}
"""The questions of the bundle, and the task whose models answer each."""
MODELS: Mapping[str, str] = {SUPERCLASSES: average.NAME, RHYTHM: "resnet"}
"""The model that ships, by question; chosen on fold 9."""
LARGEST_BYTES = 5_000_000
"""All graphs together."""
CHECKED_RECORDS = 16
MAX_DIFFERENCE = 5e-3
"""Largest difference of a probability between the study and the bundle. A sample of MiniRocket near a threshold may lie
on its other side after rounding; networks alone differ by 1e-4."""
LIBRARIES = ("keras", "tensorflow-cpu", "onnxruntime", "numpy", "scipy")
CARD_TEMPLATE = "card.md"


class ShippedFit(NamedTuple):
    """The fitted model that answers a question."""

    task: TwelveLeadTask
    work: Path
    model: str
    seed: int


def ship_twelve_lead(work: Path, folder: Path, models: Mapping[str, str] = MODELS, seed: int = 0) -> TwelveLeadManifest:
    """Write the bundle from finished fits.

    Parameters
    ----------
    work : Path
        Work folder of the study: a folder for each task.
    folder : Path
        The bundle; an older one is replaced.
    models : mapping of str to str
        The model for each question; a question without one is left out, except the superclasses.
    seed : int
        Of the fits.

    Raises
    ------
    TrainingError
        If a model is not fitted, or is no network.
    BundleError
        If the graphs are too large, or give other probabilities than the study.
    """
    fits = {name: ShippedFit(TASKS[name], work / TASKS[name].name, model, seed) for name, model in models.items()}
    for name, fit in fits.items():
        _check_fitted(name, fit)
    cache = cache_folder(work / SUPERCLASSES)
    scale = read_index(cache).scale
    with atomic_folder(folder, MANIFEST, BundleError, "bundle") as new:
        manifest = TwelveLeadManifest(
            format_version=FORMAT_VERSION,
            created=datetime.now(UTC).date().isoformat(),
            questions={name: _question(name, fit, new) for name, fit in fits.items()},
            fs_hz=float(FS_HZ),
            duration_s=SAMPLES / FS_HZ,
            leads=STANDARD_LEADS,
            clip_mv=LARGEST_MV,
            mean_mv=scale.mean_mv,
            std_mv=scale.std_mv,
            file_sha256={},
            metrics={figure: value for name, fit in fits.items() for figure, value in _metrics(name, fit).items()},
            data_sha256=hashlib.sha256((cache / INDEX).read_bytes()).hexdigest(),
            library_versions={name: version(name) for name in LIBRARIES},
        )
        files = sorted(path.name for path in new.glob("*.onnx"))
        size = sum((new / name).stat().st_size for name in files)
        if size > LARGEST_BYTES:
            raise BundleError(f"twelve-lead graphs: at most {LARGEST_BYTES} bytes, {size} given; ship fewer or smaller")
        write_files_manifest(new, manifest, files, lead_card(manifest, fits))
        classifier = TwelveLeadClassifier.load(new)
        for name, fit in fits.items():
            check_answers(classifier, name, fit)
    return classifier.manifest


def export_lead_network(network: keras.Model, file: Path) -> None:
    """Write a network from ``signal`` to ``logits`` as an ONNX graph with these names."""
    signal = keras.Input(network.input_shape[1:], name="signal")
    served = keras.Model(signal, {"logits": keras.layers.Identity(name="logits")(network(signal))})
    served(np.zeros((1, *network.input_shape[1:]), np.float32))  # Keras exports only what was called
    write_onnx(served, file)


def check_answers(classifier: TwelveLeadClassifier, name: str, fit: ShippedFit) -> float:
    """The largest difference between the answers of the bundle and those of the study, on some validation records.

    Raises
    ------
    BundleError
        If it is too large.
    """
    stored = read_part(cache_folder(fit.work), "validation")
    kept = np.flatnonzero(fit.task.labels(stored, "validation")[1])
    expected = probabilities(fit.model, fit.task, fit.work, fit.seed, "validation")
    differences = [0.0]
    for row, record in list(enumerate(kept))[:: max(1, len(kept) // CHECKED_RECORDS)]:
        signal_mv = np.asarray(stored.signals[record], np.float64).T
        answer = classifier.answer(signal_mv, STANDARD_LEADS, float(FS_HZ))
        given = (answer.superclasses if name == SUPERCLASSES else answer.rhythm) or {}
        differences.append(float(np.abs(np.array(list(given.values())) - expected[row]).max()))
    if max(differences) > MAX_DIFFERENCE:
        raise BundleError(
            f"question {name}: bundle and study differ by {max(differences):.2g}, at most {MAX_DIFFERENCE:g} is "
            "allowed; find the step that the two compute differently"
        )
    return max(differences)


def lead_card(manifest: TwelveLeadManifest, fits: Mapping[str, ShippedFit]) -> str:
    """The model card, in Markdown."""
    template = Template((resources.files("training.study.twelve_lead") / CARD_TEMPLATE).read_text(encoding="utf-8"))
    return template.substitute(
        created=manifest.created,
        models="\n".join(
            f"| {name} | {' + '.join(_members(fit))} | {', '.join(fit.task.classes)} |" for name, fit in fits.items()
        ),
        figures="\n".join(f"| {name} | {value:.4f} |" for name, value in manifest.metrics.items()),
        thresholds="\n".join(
            f"| {name} | {threshold:.3f} |"
            for name, threshold in zip(
                manifest.questions[SUPERCLASSES].classes, manifest.questions[SUPERCLASSES].thresholds, strict=True
            )
        ),
        data=manifest.data_sha256[:16],
        versions=", ".join(f"{name} {number}" for name, number in manifest.library_versions.items()),
    )


def _check_fitted(name: str, fit: ShippedFit) -> None:
    folder = fit_folder(fit.work, fit.model, fit.seed)
    if not (folder / RECORD).is_file():
        raise TrainingError(
            f"question {name}: {fit.model} is not fitted in {fit.work}; run `wardbeat compare --task {fit.task.name}`"
        )
    for member in _members(fit):
        if not (fit_folder(fit.work, member, fit.seed) / KERAS_FILE).is_file():
            raise TrainingError(f"question {name}: {member} is no network, so it can't ship; choose another model")


def _members(fit: ShippedFit) -> list[str]:
    """The models whose logits are averaged."""
    if fit.model == average.NAME:
        return average.read_members(fit_folder(fit.work, fit.model, fit.seed))
    return [fit.model]


def _question(name: str, fit: ShippedFit, folder: Path) -> LeadQuestion:
    """Write the graphs of a question, and describe them."""
    graphs = []
    for member in _members(fit):
        file = f"{name}_{member}.onnx"
        network = keras.models.load_model(fit_folder(fit.work, member, fit.seed) / KERAS_FILE, compile=False)
        export_lead_network(network, folder / file)
        windows = 1 if study_model(member).whole_rows else fit.task.windows
        graphs.append(LeadGraph(file, network.input_shape[1], windows))
    labels = fit.task.rows(fit.work, "validation").labels
    answered = probabilities(fit.model, fit.task, fit.work, fit.seed, "validation")
    # Rounded down, so that the row at the threshold stays above it.
    thresholds = tuple(floor(1e4 * threshold) / 1e4 for threshold in best_thresholds(labels, answered))
    return LeadQuestion(fit.task.classes, fit.task.exclusive, thresholds, tuple(graphs))


def _metrics(name: str, fit: ShippedFit) -> dict[str, float]:
    """Macro AUC on fold 9, and on fold 10 if the comparison has scored it."""
    figures = {}
    folder = fit_folder(fit.work, fit.model, fit.seed)
    folds: tuple[tuple[Part, int], ...] = (("validation", 9), ("test", 10))
    for part, fold in folds:
        if (folder / f"{part}.npy").is_file():
            labels = fit.task.rows(fit.work, part).labels
            figures[f"{name}, macro AUC, fold {fold}"] = macro_auc(labels, np.load(folder / f"{part}.npy"))
    return figures
