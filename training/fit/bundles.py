"""From fitted networks to bundles: the combined detector's head, thresholds, figures, and a folder for each fold.

The head weighs what the autoencoder says against what the beat network says, and learns that from patients whom neither
has seen. Its own figures are cross-fitted: each patient is scored by a head fitted on patients of other folds.
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
from training.fit.network_fits import answered, asked
from training.fit.networks.beat import beat_metrics
from training.fit.networks.window import fit_error_scale, fit_head, head_features, window_log_errors
from training.fit.work import ALL, FitPlan
from wardbeat.contracts.messages import SYMBOLS
from wardbeat.errors import TrainingError

LIBRARIES = ("keras", "lightgbm", "numpy", "onnx", "onnxruntime", "tensorflow-cpu", "tf2onnx")
ANOMALY_SPECIFICITY = 0.98
"""Of normal windows of patients not fitted on, this share stays below the anomaly threshold."""
LEAST_NORMAL_WINDOWS = 20


class Windows(NamedTuple):
    """Windows of all patients, as networks see them that have not seen the patient."""

    rows: WindowRows
    log_errors: NDArray[np.float32]
    fold: NDArray[np.str_]

    def outside(self, fold: str) -> "Windows":
        """The windows of the other folds; of every fold for ``ALL``."""
        kept = self.fold != fold
        return Windows(self.rows.take(kept), self.log_errors[kept], self.fold[kept])


class Mixed(NamedTuple):
    """Which fold a bundle's networks of beats and windows come from, and which its feature networks."""

    patients: str
    rhythms: str


def write_bundles(plan: FitPlan, work: Path, out: Path) -> None:
    """Write the bundle of all patients at ``out``, and into the work folder those that strangers are scored by.

    Those are a bundle for each fold of patients, and behind them one for each fold of the records with reference
    rhythms: the networks in service, of which the feature networks alone have been fitted on such records.

    Raises
    ------
    TrainingError
        If there is too little normal rhythm to tell what is unusual.
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
    mixed = [Mixed(fold, fold) for fold in held_out] + [Mixed(ALL, fold) for fold in held_out]
    places = {one: work / "folds" / str(index) for index, one in enumerate(mixed)} | {Mixed(ALL, ALL): out}
    for one, folder in places.items():
        with new_bundle(folder) as draft:
            manifest = _manifest(plan, work, one, thresholds, metrics)
            _copy_networks(work, one, draft)
            autoencoder = keras.saving.load_model(work / "autoencoder" / one.patients / "autoencoder.keras")
            seen = windows.outside(one.patients)
            error_scale, features = _error_scale_features(seen)
            export_network(
                build_window_network(autoencoder, error_scale, fit_head(features, seen.rows.abnormal)), draft
            )
            write_manifest(draft, manifest, model_card(manifest, ANOMALY_SPECIFICITY))


def _copy_networks(work: Path, mixed: Mixed, draft: Path) -> None:
    """All networks but the window network, which is made for each bundle."""
    fold_of = {"qrs": mixed.patients, "beat": mixed.patients} | dict.fromkeys(ASKED_EVERY_S, mixed.rhythms)
    for network, fold in fold_of.items():
        for name in HASHED_FILES:
            if name.startswith(f"{network}."):
                shutil.copy(work / network / fold / name, draft)


def _error_scale_features(windows: Windows) -> tuple[NormalErrorScale, NDArray[np.float32]]:
    """What is usual in these windows, and what the head sees of them by it."""
    error_scale = fit_error_scale(windows.log_errors, windows.rows.normal)
    return error_scale, head_features(windows.rows.inputs["context"], error_scale.parts(windows.log_errors))


def window_figures(windows: Windows) -> tuple[Thresholds, dict[str, float]]:
    """Thresholds and figures of the combined detector, cross-fitted by fold, after the learning time."""
    n = len(windows.fold)
    combined, known, error = np.zeros(n), np.zeros(n), np.zeros(n)
    for fold in np.unique(windows.fold):
        own, others = windows.fold == fold, windows.outside(str(fold))
        if others.rows.abnormal.all() or not others.rows.abnormal.any():
            return Thresholds(0.5, 1.0), {}
        error_scale, of_others = _error_scale_features(others)
        features = head_features(windows.rows.inputs["context"][own], error_scale.parts(windows.log_errors[own]))
        n_known = len(KNOWN_FEATURES)
        combined[own] = fit_head(of_others, others.rows.abnormal).probability(features)
        known[own] = fit_head(of_others[:, :n_known], others.rows.abnormal).probability(features[:, :n_known])
        error[own] = np.sqrt((features[:, -len(PARTS) :] ** 2).sum(axis=1))
    scored = windows.rows.t_s >= LEARNING_S
    truth, p, error = windows.rows.abnormal[scored], combined[scored], error[scored]
    if truth.all() or not truth.any():  # short records are all learning time
        return Thresholds(0.5, 1.0), {}
    threshold = float(np.clip(np.quantile(p[~truth], ANOMALY_SPECIFICITY), 0.05, 0.95))
    error_q99 = float(np.quantile(error[~truth], 0.99))
    scores = {"combined": p, "classifier": known[scored], "autoencoder": error}
    found = ablation(scores, truth, windows.rows.record[scored])
    figures: dict[str, float] = {}
    for name, interval in found.auroc.items():
        figures |= _figures(f"auroc_{name}", interval)
    for name, interval in found.gain.items():
        figures |= _figures(f"auroc_gain_on_{name}", interval)
    figures["calibration_error_combined"] = float(expected_calibration_error(reliability(p, truth)))
    figures["sensitivity_at_threshold"] = float(np.mean(p[truth] > threshold))
    return Thresholds(round(threshold, 4), round(error_q99, 4)), figures


def _figures(name: str, interval: Interval) -> dict[str, float]:
    return {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}


def beat_figures(plan: FitPlan, work: Path) -> dict[str, float]:
    """F1 by folder, each patient's beats called by the network that has not seen them."""
    figures: dict[str, float] = {}
    fold_of = plan.fold_of()
    for folder in plan.folders:
        paths = [path for path in plan.paths if path.parent == folder[0].parent]
        captured = asked(work, paths)
        probabilities = np.zeros((len(captured.beats.label), len(SYMBOLS)), np.float32)
        for fold in sorted({fold_of[path.name] for path in paths}):
            file = work / "beat" / fold / "beat.onnx"
            own = np.isin(captured.beats.record, [at for at, path in enumerate(paths) if fold_of[path.name] == fold])
            probabilities[own] = _answers(file, captured.beats.take(own).inputs)
        metrics = beat_metrics(captured, probabilities)
        figures |= {f"beat_{folder[0].parent.name}_{name}": value for name, value in metrics.items()}
    return figures


def ventricular_figures(plan: FitPlan, work: Path) -> dict[str, float]:
    """How well seconds of ventricular rhythm are told from others, by networks that have not seen the record.

    Nothing where no record says for sure which seconds are which.
    """
    fold_of = plan.fold_of()
    truth: list[NDArray[np.bool_]] = []
    chance: list[NDArray[np.float32]] = []
    for index, path in enumerate(plan.feature_paths()):
        rows = record_rows(work, path, index)
        file = work / "ventricular" / fold_of[path.name] / "ventricular.onnx"
        if rows and file.is_file():
            known = rows.take(np.isin(rows.label, (OTHER, VENTRICULAR)))
            answers = ServedNetwork("ventricular", file.read_bytes(), str(file)).run({"features": known.features})
            truth.append(known.label == VENTRICULAR)
            chance.append(answers["probabilities"][:, VENTRICULAR])
    found = auroc(np.concatenate(truth), np.concatenate(chance)) if truth else np.nan
    return {} if np.isnan(found) else {"auroc_ventricular_seconds": found}


def _answers(file: Path, inputs: dict[str, NDArray[np.float32]], batch: int = 4096) -> NDArray[np.float32]:
    network = ServedNetwork("beat", file.read_bytes(), str(file))
    n = len(next(iter(inputs.values())))
    parts = [
        network.run({name: array[at : at + batch] for name, array in inputs.items()})["probabilities"]
        for at in range(0, n, batch)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, len(SYMBOLS)), np.float32)


def _windows(plan: FitPlan, work: Path) -> Windows:
    fold_of = plan.fold_of()
    rows = answered(work, plan.paths).windows
    rows = rows.take(rows.abnormal | rows.normal)
    fold = np.array([fold_of[path.name] for path in plan.paths])[rows.record]
    errors = np.zeros((len(fold), len(PARTS)), np.float32)
    for one in np.unique(fold):
        autoencoder = keras.saving.load_model(work / "autoencoder" / str(one) / "autoencoder.keras")
        errors[fold == one] = window_log_errors(rows.take(fold == one).inputs, autoencoder)
    return Windows(rows, errors, fold)


def _manifest(plan: FitPlan, work: Path, mixed: Mixed, thresholds: Thresholds, metrics: dict[str, float]) -> Manifest:
    rhythms = [path for folder in plan.rhythms for path in default_records(folder)]
    fitted_on = [*plan.fitted_on(mixed.patients, plan.qrs_paths()), *plan.fitted_on(mixed.rhythms, rhythms)]
    split = Split(tuple(path.name for path in fitted_on))
    return Manifest(
        format_version=FORMAT_VERSION,
        inputs_version=INPUTS_VERSION,
        inputs_sha256=inputs_sha256(),
        label_order=SYMBOLS,
        thresholds=thresholds,
        created=datetime.now(UTC).strftime("%Y-%m-%d"),
        seed=plan.seed,
        noise=plan.noise_words,
        data_sha256=hashlib.sha256((work / "plan.json").read_bytes()).hexdigest(),
        split=split,
        split_sha256=split.sha256,
        metrics=metrics,
        library_versions={name: version(name) for name in LIBRARIES},
    )
