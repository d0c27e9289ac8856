"""From records to a bundle: capture, fit, capture again with the fitted networks answering, fit the head, write.

The head weighs what the other networks say, so it is fitted on their live answers, and on patients whom neither of
them was fitted on; its figures are cross-fitted by patient among those. At last the beat network is fitted anew on all
patients, by the recipe that the figures are of.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import keras
import msgspec
import numpy as np
from numpy.typing import NDArray

from models.bundle import (
    FORMAT_VERSION,
    Manifest,
    Split,
    Thresholds,
    inputs_sha256,
    new_bundle,
    read_bundle,
    shipped_bundle,
    write_manifest,
)
from models.export import export_network
from models.inputs import INPUTS_VERSION
from models.window import P_COLUMNS, build_window_network, known_features
from training.capture import Captured, WindowRows, capture_records
from training.card import model_card
from training.fit_beat import beat_metrics, fit_beat_network, scored_calls
from training.fit_window import (
    cross_fitted_probability,
    fit_autoencoder,
    fit_head,
    neutral_head,
    reconstruction_error,
)
from training.noise import noise_signals
from training.progress import Progress
from training.scores import LEARNING_S, Tally, auroc, tally
from training.splits import join_splits, split_patients
from wardbeat.errors import BundleError
from wardbeat.messages import SYMBOLS

LIBRARIES = ("keras", "numpy", "onnx", "onnxruntime", "tensorflow-cpu", "tf2onnx")
ANOMALY_SPECIFICITY = 0.98
"""Of normal windows of patients not fitted on, this share stays below the anomaly threshold."""
MINIMUM_NORMAL_WINDOWS = 20


class Plan(NamedTuple):
    """What to fit and how.

    Attributes
    ----------
    folders : sequence of sequence of Path
        Records, folder by folder; each folder is split by patient on its own.
    seed : int
    beat_epochs, window_epochs : int
        At most; fitting stops when validation does not gain.
    noise : Path or None
        Folder with the records ``bw`` and ``ma``; None makes noise.
    test : sequence of Path
        Records to score once, when everything has been chosen; the figures go into the model card.
    """

    folders: Sequence[Sequence[Path]]
    seed: int = 0
    beat_epochs: int = 6
    window_epochs: int = 30
    noise: Path | None = None
    test: Sequence[Path] = ()

    @property
    def paths(self) -> list[Path]:
        return [path for folder in self.folders for path in folder]

    @property
    def splits(self) -> list[Split]:
        return [split_patients(folder) for folder in self.folders]

    def validation(self) -> list[int]:
        """Which of ``paths`` are for validation."""
        kept = [
            path.name in split.validation
            for folder, split in zip(self.folders, self.splits, strict=True)
            for path in folder
        ]
        return [index for index, chosen in enumerate(kept) if chosen]


def train(plan: Plan, out: Path, progress: Progress) -> Manifest:
    """Fit all networks and put them in a bundle at ``out``; nothing is left there unless all went well.

    Raises
    ------
    BundleError
        If there are too few patients, too little normal rhythm, or ``out`` is something else than a bundle.
    RecordError
        If a record or its annotations can't be read.
    """
    held_out = plan.validation()
    if not 0 < len(held_out) < len(plan.paths):
        raise BundleError(f"records: at least 2 patients are needed, {len(plan.paths)} given; name more records")
    with new_bundle(out) as draft:
        captured = _capture(plan.paths, None, "listening to the monitor", progress)
        fit = captured.of(set(range(len(plan.paths))) - set(held_out))
        validation = captured.of(held_out)
        _check_normal_windows(fit, validation)
        noise = noise_signals(plan.noise, np.random.default_rng(plan.seed))
        beat = fit_beat_network(
            fit.beats, validation, noise, seed=plan.seed, epochs=plan.beat_epochs, progress=progress
        )
        autoencoder = fit_autoencoder(
            fit.windows, validation.windows, noise, seed=plan.seed, epochs=plan.window_epochs, progress=progress
        )
        manifest = _manifest(plan, captured)
        _write(draft, beat, build_window_network(autoencoder, neutral_head()), manifest, "")

        # With these networks answering, the features of windows are what the live monitor makes of them.
        paths = [plan.paths[index] for index in held_out]
        windows = _capture(paths, draft, "listening again, with the networks", progress).windows
        windows = windows.take(windows.abnormal | windows.normal)
        error = reconstruction_error(windows.inputs["signal"], autoencoder)
        head = fit_head(known_features(windows.inputs["context"]), error, windows.abnormal)
        network = build_window_network(autoencoder, head)
        thresholds, window_metrics = window_figures(windows, error)
        manifest = msgspec.structs.replace(
            manifest, thresholds=thresholds, metrics=_beat_figures(beat, captured, plan) | window_metrics
        )
        # What was chosen stands; now every patient teaches. Rhythms that only one or two have need each of them.
        beat = fit_beat_network(captured.beats, None, noise, seed=plan.seed, epochs=plan.beat_epochs, progress=progress)
        test: list[tuple[str, Tally, Tally]] = []
        if plan.test:
            test = test_tallies(beat, _capture(plan.test, None, "listening to the test records", progress), plan.test)
            total = dict(zip(("test_s_f1", "test_v_f1"), (tally.f1 for tally in test[-1][1:]), strict=True))
            manifest = msgspec.structs.replace(manifest, metrics=manifest.metrics | total)
        _write(draft, beat, network, manifest, model_card(manifest, ANOMALY_SPECIFICITY, test))
    return read_bundle(out)[0]


def window_figures(windows: WindowRows, error: NDArray[np.float32]) -> tuple[Thresholds, dict[str, float]]:
    """Thresholds and figures of the combined detector, cross-fitted by patient, after the learning time."""
    context = windows.inputs["context"]
    probability = cross_fitted_probability(known_features(context), error, windows.abnormal, windows.record)
    scored = windows.t_s >= LEARNING_S
    if not scored.any() or windows.abnormal[scored].all():  # short records are all learning time
        return Thresholds(0.5, 1.0), {}
    truth, p = windows.abnormal[scored], probability[scored]
    threshold = float(np.clip(np.quantile(p[~truth], ANOMALY_SPECIFICITY), 0.05, 0.95))
    error_q99 = float(np.quantile(error[scored][~truth], 0.99))
    figures = {
        "auroc_autoencoder": auroc(truth, error[scored]),
        "auroc_classifier": auroc(truth, context[scored][:, P_COLUMNS].max(axis=1)),
        "auroc_combined": auroc(truth, p),
        "brier_combined": float(np.mean((p - truth) ** 2)),
        "sensitivity_at_threshold": float(np.mean(p[truth] > threshold)) if truth.any() else float("nan"),
    }
    finite = {name: value for name, value in figures.items() if np.isfinite(value)}
    return Thresholds(round(threshold, 4), round(error_q99, 4)), finite


def test_tallies(network: keras.Model, captured: Captured, paths: Sequence[Path]) -> list[tuple[str, Tally, Tally]]:
    """S and V of each test record; without 202, who is 201; and of all together, in the last row."""
    parts = {path.name: captured.of([index]) for index, path in enumerate(paths)}
    calls = {name: scored_calls(network, part) for name, part in parts.items()}
    groups = {name: [name] for name in calls}
    if "202" in calls:
        groups["all without 202"] = [name for name in calls if name != "202"]
    groups["all"] = list(calls)
    rows = []
    for group, names in groups.items():
        truth, called = (np.concatenate([calls[name][part] for name in names]) for part in (0, 1))
        rows.append((group, tally(truth, called, "S"), tally(truth, called, "V")))
    return rows


def _beat_figures(network: keras.Model, captured: Captured, plan: Plan) -> dict[str, float]:
    """F1 on the validation patients, all together and folder by folder."""
    held_out = plan.validation()
    figures = {f"beat_{name}": value for name, value in beat_metrics(network, captured.of(held_out)).items()}
    first = 0
    for folder in plan.folders:
        own = [index for index in held_out if first <= index < first + len(folder)]
        first += len(folder)
        if len(plan.folders) > 1 and own:
            name = folder[0].parent.name
            figures |= {f"beat_{name}_{key}": value for key, value in beat_metrics(network, captured.of(own)).items()}
    return figures


def _capture(paths: Sequence[Path], bundle: Path | None, stage: str, progress: Progress) -> Captured:
    return capture_records(
        paths, bundle, lambda done, total: progress(stage, done, total, f"{done} of {total} records")
    )


def _check_normal_windows(fit: Captured, validation: Captured) -> None:
    for part, rows in (("fit", fit.windows), ("validation", validation.windows)):
        if rows.normal.sum() < MINIMUM_NORMAL_WINDOWS:
            raise BundleError(
                f"records to {part}: at least {MINIMUM_NORMAL_WINDOWS} windows of normal rhythm are needed, "
                f"{rows.normal.sum()} found; name more records"
            )


def _manifest(plan: Plan, captured: Captured) -> Manifest:
    split = join_splits(plan.splits)
    return Manifest(
        format_version=FORMAT_VERSION,
        inputs_version=INPUTS_VERSION,
        inputs_sha256=inputs_sha256(),
        label_order=SYMBOLS,
        thresholds=Thresholds(0.5, 1.0),
        created=datetime.now(UTC).strftime("%Y-%m-%d"),
        seed=plan.seed,
        noise="bw and ma of nstdb" if plan.noise else "made",
        data_sha256=hashlib.sha256("".join(captured.sha256).encode()).hexdigest(),
        split=split,
        split_sha256=split.sha256,
        metrics={},
        library_versions={name: version(name) for name in LIBRARIES},
    )


def _write(folder: Path, beat: keras.Model, window: keras.Model, manifest: Manifest, card: str) -> None:
    export_network(beat, folder)
    export_network(window, folder)
    for name in ("qrs.npz", "qrs.keras"):  # fitted apart: every other network learns from the beats that it finds
        (folder / name).write_bytes((shipped_bundle() / name).read_bytes())
    write_manifest(folder, manifest, card)
