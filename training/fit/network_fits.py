"""The fit of each network for one fold: reads the work folder, fits the network and exports it.

``FITS`` at the end lists the fits by network.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.atrial import export_atrial
from models.export import export_beat, export_qrs_network
from models.forest import export_ventricular
from models.inputs import NETWORK_FS_HZ
from models.window import WindowSettings
from training.data.capture import BeatRows, Captured, load_captured
from training.data.noise import noise_signals
from training.data.qrs_records import read_qrs_record
from training.data.ventricular_rows import ventricular_rows
from training.fit.networks.atrial import AtrialSettings, atrial_rows, fit_atrial_forest, fit_atrial_network
from training.fit.networks.beat import BeatSettings, fit_beat_network
from training.fit.networks.qrs import QrsSettings, fit_qrs_network
from training.fit.networks.trees import TreesSettings, fit_trees
from training.fit.networks.ventricular import VentricularSettings, fit_ventricular
from training.fit.networks.window import fit_autoencoder
from training.fit.work import FitPlan, settings_of
from training.progress import Progress
from wardbeat.contracts.messages import DISPLAY_FS_HZ

Fit = Callable[[FitPlan, Path, str, Path, Progress, Path], None]
"""Called with the plan, the work folder, the fold to leave out, the output folder, the progress, the backup folder."""


def fit_qrs(plan: FitPlan, _work: Path, fold: str, out: Path, progress: Progress, backup: Path) -> None:
    """Fit and export the QRS network of a fold."""
    records = [read_qrs_record(path) for path in plan.fitted_on(fold, plan.qrs_paths())]
    network = fit_qrs_network(
        records,
        noise_for(plan, DISPLAY_FS_HZ),
        settings=settings_of(plan, "qrs", QrsSettings),
        seed=plan.seed,
        progress=progress,
        backup=backup,
    )
    export_qrs_network(network, out)


def fit_beat(plan: FitPlan, work: Path, fold: str, out: Path, progress: Progress, backup: Path) -> None:
    """Fit and export the beat network of a fold, and its trees."""
    settings = settings_of(plan, "beat", BeatSettings)
    paths = plan.fitted_on(fold, plan.paths)
    recorded, resampled = captured_records(work, paths).beats, resampled_beats(work, paths)
    network = fit_beat_network(
        recorded, resampled, noise_for(plan), settings=settings, seed=plan.seed, progress=progress, backup=backup
    )
    trees = fit_trees(recorded, resampled, settings=settings_of(plan, "trees", TreesSettings), seed=plan.seed)
    export_beat(network, trees, out)


def fit_autoencoder_of_fold(plan: FitPlan, work: Path, fold: str, out: Path, progress: Progress, backup: Path) -> None:
    """Fit and save the autoencoder of a fold."""
    rows = captured_with_beats(work, plan.fitted_on(fold, plan.paths)).windows
    network = fit_autoencoder(
        rows,
        None,
        noise_for(plan),
        settings=settings_of(plan, "window", WindowSettings),
        seed=plan.seed,
        progress=progress,
        backup=backup,
    )
    network.save(out / "autoencoder.keras")


def fit_ventricular_of_fold(
    plan: FitPlan, work: Path, fold: str, out: Path, _progress: Progress, _backup: Path
) -> None:
    """Fit and export the ventricular network (two forests) of a fold."""
    rows = ventricular_rows(work, plan.fitted_on(fold, plan.feature_paths()))
    settings = settings_of(plan, "ventricular", VentricularSettings)
    forests = fit_ventricular(rows, settings=settings, seed=plan.seed)
    export_ventricular(forests.without_baseline, forests.with_baseline, out)


def fit_atrial_of_fold(plan: FitPlan, work: Path, fold: str, out: Path, progress: Progress, backup: Path) -> None:
    """Fit and export the atrial network of a fold, and its forest."""
    rows = atrial_rows(work, plan.fitted_on(fold, plan.feature_paths()))
    settings = settings_of(plan, "atrial", AtrialSettings)
    network = fit_atrial_network(rows, settings=settings, seed=plan.seed, progress=progress, backup=backup)
    forest = fit_atrial_forest(rows, settings=settings, seed=plan.seed)
    export_atrial(network, forest, out)


def captured_records(work: Path, paths: Sequence[Path]) -> Captured:
    """The inputs of the networks over records, captured without a beat network."""
    return load_captured([work / "captured" / f"{path.name}.npz" for path in paths])


def resampled_beats(work: Path, paths: Sequence[Path]) -> BeatRows | None:
    """The beats of the resampled records of these records; None if there are none."""
    files = [work / "captured" / f"{path.name}m.npz" for path in paths]
    files = [file for file in files if file.is_file()]
    return load_captured(files).beats if files else None


def captured_with_beats(work: Path, paths: Sequence[Path]) -> Captured:
    """The inputs of the networks over records, captured with the beat network of the fold."""
    return load_captured([work / "captured_with_beats" / f"{path.name}.npz" for path in paths])


FITS: dict[str, Fit] = {
    "qrs": fit_qrs,
    "beat": fit_beat,
    "autoencoder": fit_autoencoder_of_fold,
    "ventricular": fit_ventricular_of_fold,
    "atrial": fit_atrial_of_fold,
}


def noise_for(plan: FitPlan, fs_hz: int = NETWORK_FS_HZ) -> list[NDArray[np.float32]]:
    """The noise of a plan, at the sampling rate of a network."""
    return noise_signals(plan.noise, np.random.default_rng(plan.seed), fs_hz)
