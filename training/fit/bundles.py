"""Builds bundles from fitted networks: the head of the combined detector, its thresholds, the figures, the folders.

The head combines the outputs of the autoencoder and of the beat network. It is fitted on patients whom neither network
has seen. Its figures are cross-fitted: a head that is fitted on the other folds scores each patient.
"""

import hashlib
import shutil
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from models.bundle import (
    FORMAT_VERSION,
    HASHED_FILES,
    Manifest,
    Split,
    inputs_sha256,
    new_bundle,
    write_manifest,
)
from models.export import export_network
from models.inputs import ASKED_EVERY_S, INPUTS_VERSION
from models.runtime import ServedNetwork
from models.thresholds import Thresholds
from models.window import KNOWN_FEATURES, PARTS, NormalErrorScale, build_window_network
from training.data.capture import WindowRows
from training.data.splits import default_records
from training.data.ventricular_rows import OTHER, VENTRICULAR, record_rows
from training.evaluation.ablation import ablation
from training.evaluation.bootstrap import Interval
from training.evaluation.detector.windows import expected_calibration_error, reliability
from training.evaluation.scores import LEARNING_S, auroc
from training.fit.card import model_card
from training.fit.network_fits import captured_records, captured_with_beats
from training.fit.networks.beat import beat_metrics
from training.fit.networks.window import fit_error_scale, fit_head, head_features, window_log_errors
from training.fit.work import ALL, FitPlan
from wardbeat.contracts.messages import SYMBOLS
from wardbeat.errors import TrainingError

LIBRARIES = ("keras", "lightgbm", "numpy", "onnx", "onnxruntime", "tensorflow-cpu", "tf2onnx")
ANOMALY_SPECIFICITY = 0.98
"""Proportion of the normal windows of unseen patients below the anomaly threshold."""
LEAST_NORMAL_WINDOWS = 20


class Windows(NamedTuple):
    """The windows of all patients, from networks that were not fitted on the patient."""

    rows: WindowRows
    log_errors: NDArray[np.float32]
    fold: NDArray[np.str_]

    def outside(self, fold: str) -> "Windows":
        """The windows of the other folds; of every fold for ``ALL``."""
        kept = self.fold != fold
        return Windows(self.rows.take(kept), self.log_errors[kept], self.fold[kept])


class FoldPair(NamedTuple):
    """The fold of a bundle's QRS, beat and window networks (``patients``) and of its feature networks (``rhythms``)."""

    patients: str
    rhythms: str


def write_bundles(plan: FitPlan, work: Path, out: Path) -> None:
    """Write the bundle of all patients to ``out``, and the bundles for scoring into the work folder.

    The bundles for scoring are one for each fold of patients, followed by one for each fold of the records with
    reference rhythms. The latter have the networks in service except for the feature networks, because only the feature
    networks are fitted on such records.

    Raises
    ------
    TrainingError
        If there is too little normal rhythm for the thresholds.
    """
    windows = _windows(plan, work)
    if windows.rows.normal.sum() < LEAST_NORMAL_WINDOWS:
        raise TrainingError(
            f"records: at least {LEAST_NORMAL_WINDOWS} windows of normal rhythm are needed, "
            f"{windows.rows.normal.sum()} found; name more records"
        )
    thresholds, metrics = window_figures(windows)
    metrics = beat_figures(plan, work) | metrics | ventricular_figures(plan, work)
    shutil.rmtree(work / "folds", ignore_errors=True)
    held_out = [fold for fold in plan.folds() if fold != ALL]
    pairs = [FoldPair(fold, fold) for fold in held_out] + [FoldPair(ALL, fold) for fold in held_out]
    folders = {pair: work / "folds" / str(index) for index, pair in enumerate(pairs)} | {FoldPair(ALL, ALL): out}
    for pair, folder in folders.items():
        with new_bundle(folder) as temporary:
            manifest = _manifest(plan, work, pair, thresholds, metrics)
            _copy_networks(work, pair, temporary)
            autoencoder = keras.saving.load_model(work / "autoencoder" / pair.patients / "autoencoder.keras")
            seen = windows.outside(pair.patients)
            error_scale, features = _error_scale_features(seen)
            export_network(
                build_window_network(autoencoder, error_scale, fit_head(features, seen.rows.abnormal)), temporary
            )
            write_manifest(temporary, manifest, model_card(manifest, ANOMALY_SPECIFICITY))


def _copy_networks(work: Path, pair: FoldPair, out: Path) -> None:
    """Copy all networks except the window network, which is built for each bundle."""
    fold_of = {"qrs": pair.patients, "beat": pair.patients} | dict.fromkeys(ASKED_EVERY_S, pair.rhythms)
    for network, fold in fold_of.items():
        for name in HASHED_FILES:
            if name.startswith(f"{network}."):
                shutil.copy(work / network / fold / name, out)


def _error_scale_features(windows: Windows) -> tuple[NormalErrorScale, NDArray[np.float32]]:
    """The scale of normal errors in these windows, and the head's features of the windows with this scale."""
    error_scale = fit_error_scale(windows.log_errors, windows.rows.normal)
    return error_scale, head_features(windows.rows.inputs["context"], error_scale.parts(windows.log_errors))


def window_figures(windows: Windows) -> tuple[Thresholds, dict[str, float]]:
    """Thresholds and figures of the combined detector, cross-fitted by fold, after the learning time."""
    n = len(windows.fold)
    combined, classifier, error = np.zeros(n), np.zeros(n), np.zeros(n)
    for fold in np.unique(windows.fold):
        inside, others = windows.fold == fold, windows.outside(str(fold))
        if others.rows.abnormal.all() or not others.rows.abnormal.any():
            return Thresholds(0.5, 1.0), {}
        error_scale, of_others = _error_scale_features(others)
        features = head_features(windows.rows.inputs["context"][inside], error_scale.parts(windows.log_errors[inside]))
        n_known = len(KNOWN_FEATURES)
        combined[inside] = fit_head(of_others, others.rows.abnormal).probability(features)
        classifier[inside] = fit_head(of_others[:, :n_known], others.rows.abnormal).probability(features[:, :n_known])
        error[inside] = np.sqrt((features[:, -len(PARTS) :] ** 2).sum(axis=1))
    scored = windows.rows.t_s >= LEARNING_S
    abnormal, p, error = windows.rows.abnormal[scored], combined[scored], error[scored]
    if abnormal.all() or not abnormal.any():  # short records are all learning time
        return Thresholds(0.5, 1.0), {}
    threshold = float(np.clip(np.quantile(p[~abnormal], ANOMALY_SPECIFICITY), 0.05, 0.95))
    error_q99 = float(np.quantile(error[~abnormal], 0.99))
    scores = {"combined": p, "classifier": classifier[scored], "autoencoder": error}
    compared = ablation(scores, abnormal, windows.rows.record[scored])
    figures: dict[str, float] = {}
    for name, interval in compared.auroc.items():
        figures |= _figures(f"auroc_{name}", interval)
    for name, interval in compared.gain.items():
        figures |= _figures(f"auroc_gain_on_{name}", interval)
    figures["calibration_error_combined"] = float(expected_calibration_error(reliability(p, abnormal)))
    figures["sensitivity_at_threshold"] = float(np.mean(p[abnormal] > threshold))
    return Thresholds(round(threshold, 4), round(error_q99, 4)), figures


def _figures(name: str, interval: Interval) -> dict[str, float]:
    return {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}


def beat_figures(plan: FitPlan, work: Path) -> dict[str, float]:
    """F1 by folder; the network of the fold that left the patient out predicts the beats."""
    figures: dict[str, float] = {}
    fold_of = plan.fold_of()
    for folder in plan.folders:
        paths = [path for path in plan.paths if path.parent == folder[0].parent]
        captured = captured_records(work, paths)
        probabilities = np.zeros((len(captured.beats.label), len(SYMBOLS)), np.float32)
        for fold in sorted({fold_of[path.name] for path in paths}):
            file = work / "beat" / fold / "beat.onnx"
            inside = np.isin(captured.beats.record, [at for at, path in enumerate(paths) if fold_of[path.name] == fold])
            probabilities[inside] = _probabilities(file, captured.beats.take(inside).inputs)
        metrics = beat_metrics(captured, probabilities)
        figures |= {f"beat_{folder[0].parent.name}_{name}": value for name, value in metrics.items()}
    return figures


def ventricular_figures(plan: FitPlan, work: Path) -> dict[str, float]:
    """AUROC of seconds with a ventricular rhythm against other seconds, by networks not fitted on the record.

    Empty if no record has reference rhythms of both kinds.
    """
    fold_of = plan.fold_of()
    is_ventricular: list[NDArray[np.bool_]] = []
    probability: list[NDArray[np.float32]] = []
    for index, path in enumerate(plan.feature_paths()):
        rows = record_rows(work, path, index)
        file = work / "ventricular" / fold_of[path.name] / "ventricular.onnx"
        if rows and file.is_file():
            known = rows.take(np.isin(rows.label, (OTHER, VENTRICULAR)))
            outputs = ServedNetwork("ventricular", file.read_bytes(), str(file)).run({"features": known.features})
            is_ventricular.append(known.label == VENTRICULAR)
            probability.append(outputs["probabilities"][:, VENTRICULAR])
    area = auroc(np.concatenate(is_ventricular), np.concatenate(probability)) if probability else np.nan
    return {} if np.isnan(area) else {"auroc_ventricular_seconds": area}


def _probabilities(file: Path, inputs: dict[str, NDArray[np.float32]], batch: int = 4096) -> NDArray[np.float32]:
    network = ServedNetwork("beat", file.read_bytes(), str(file))
    n = len(next(iter(inputs.values())))
    parts = [
        network.run({name: array[at : at + batch] for name, array in inputs.items()})["probabilities"]
        for at in range(0, n, batch)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, len(SYMBOLS)), np.float32)


def _windows(plan: FitPlan, work: Path) -> Windows:
    fold_of = plan.fold_of()
    rows = captured_with_beats(work, plan.paths).windows
    rows = rows.take(rows.abnormal | rows.normal)
    fold = np.array([fold_of[path.name] for path in plan.paths])[rows.record]
    errors = np.zeros((len(fold), len(PARTS)), np.float32)
    for one in np.unique(fold):
        autoencoder = keras.saving.load_model(work / "autoencoder" / str(one) / "autoencoder.keras")
        errors[fold == one] = window_log_errors(rows.take(fold == one).inputs, autoencoder)
    return Windows(rows, errors, fold)


def _manifest(plan: FitPlan, work: Path, pair: FoldPair, thresholds: Thresholds, metrics: dict[str, float]) -> Manifest:
    rhythms = [path for folder in plan.rhythms for path in default_records(folder)]
    fitted_on = [*plan.fitted_on(pair.patients, plan.qrs_paths()), *plan.fitted_on(pair.rhythms, rhythms)]
    split = Split(tuple(path.name for path in fitted_on))
    return Manifest(
        format_version=FORMAT_VERSION,
        inputs_version=INPUTS_VERSION,
        inputs_sha256=inputs_sha256(),
        label_order=SYMBOLS,
        thresholds=thresholds,
        created=datetime.now(UTC).strftime("%Y-%m-%d"),
        seed=plan.seed,
        noise=plan.noise_description,
        data_sha256=hashlib.sha256((work / "plan.json").read_bytes()).hexdigest(),
        split=split,
        split_sha256=split.sha256,
        metrics=metrics,
        library_versions={name: version(name) for name in LIBRARIES},
    )
