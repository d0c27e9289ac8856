"""Does a network that knows twelve leads need fewer patients of the ward? The curve of the transfer.

A network of the superclasses is fitted further on ventricular beats of two ward leads, for 1, 5, 10 and 22 patients of
DS1, beside the same network from random weights. Its first convolution keeps the weights of leads II and V1; its last
layer begins anew. Both have the same steps and learning rate. The figure is the F1 of V over the patients of svdb, of
whom no beat is fitted.
"""

from collections.abc import Sequence
from pathlib import Path

import keras
import msgspec
import numpy as np
from numpy.typing import NDArray

from training.data.ptb_xl.layout import LEADS as TWELVE_LEADS
from training.evaluation.bootstrap import interval, resample_counts
from training.fit.loop import fit_epochs
from training.fit.seeds import seed_everything
from training.progress import Progress
from training.study.fits import fit_folder
from training.study.networks import FILE, EpochBatches, build_network, compile_network, predict_with
from training.study.results import ExtraPlot, PlotLine
from training.study.task import FitSettings, Rows
from training.study.tasks.ventricular_beats import LEADS, VentricularBeatsTask
from wardbeat.atomic_files import atomic_file

PATIENTS = (1, 5, 10, 22)
SEEDS = (0, 1, 2)
"""Each seed has its own order of the patients, its own random weights and its own batches."""
METHODS = ("fine-tuned", "from scratch")
NETWORK = "cnn"
"""Its first layer is one convolution."""
SETTINGS = FitSettings(epochs=1, rows=19_200, batch=64, learning_rate=1e-3, dropout=0.3)
"""300 steps, the same for both; without early stopping, so nothing is chosen on the patients that are scored."""
RESAMPLES = 1000
V = 1


class TransferPoint(msgspec.Struct, frozen=True):
    """One point of the curve.

    Attributes
    ----------
    patients : int
        Of DS1 in the fit.
    method : str
        One of ``METHODS``.
    v_f1 : float
        F1 of V, the mean over the seeds.
    low, high : float
        95 % interval: patients of svdb and seeds are resampled.
    """

    patients: int
    method: str
    v_f1: float
    low: float
    high: float


def transfer_curve(
    data: Path,
    work: Path,
    progress: Progress,
    *,
    settings: FitSettings = SETTINGS,
    patients: Sequence[int] = PATIENTS,
    seeds: Sequence[int] = SEEDS,
) -> list[TransferPoint]:
    """Fit and score every point of the curve; finished fits are not repeated.

    Parameters
    ----------
    data : Path
        Has the folders ``mitdb`` and ``svdb``.
    work : Path
        The work folder of the superclasses, in which ``NETWORK`` is fitted with seed 0.
    progress : Progress
    settings : FitSettings
    patients, seeds : sequence of int
    """
    task, folder = VentricularBeatsTask(), work.parent / VentricularBeatsTask.name
    task.prepare(data, folder, progress)
    fit, validation = task.rows(folder, "fit"), task.rows(folder, "validation")
    source = fit_folder(work, NETWORK, 0) / FILE
    jobs = [(method, n, seed) for seed in seeds for n in patients for method in METHODS]
    for done, (method, n, seed) in enumerate(jobs, 1):
        file = _file(folder, method, n, seed)
        if not file.is_file():
            pretrained = keras.models.load_model(source, compile=False) if method == METHODS[0] else None
            chosen = _of_patients(fit, n, seed)
            answered = _fitted_answer(task, pretrained, chosen, validation, settings, seed)
            file.parent.mkdir(parents=True, exist_ok=True)
            with atomic_file(file) as temporary:
                np.save(temporary, answered)
        progress("transfer to ward leads", done, len(jobs), f"{method}, {n} patients, seed {seed}")
    return [
        curve_point(n, method, validation, [np.load(_file(folder, method, n, seed)) for seed in seeds])
        for method in METHODS
        for n in patients
    ]


def curve_point(patients: int, method: str, rows: Rows, answered: Sequence[NDArray[np.bool_]]) -> TransferPoint:
    """F1 of V with its interval.

    Parameters
    ----------
    patients : int
    method : str
    rows : Rows
        Beats with their patients.
    answered : sequence of ndarray of bool, shape (rows,)
        Whether each beat was classified as V, by seed.
    """
    names, patient = np.unique(rows.patient, return_inverse=True)
    truth = rows.labels[:, V] > 0.5
    # true positives, and the beats that are V plus those that were called V, by seed and patient
    hits = np.stack([np.bincount(patient, truth & one, len(names)) for one in answered])
    totals = np.stack([np.bincount(patient, truth * 1 + one, len(names)) for one in answered])
    counts = resample_counts(names.tolist(), seed=0, n=RESAMPLES)
    random = np.random.default_rng(0)
    seeds = random.integers(0, len(answered), (RESAMPLES, len(answered)))
    f1 = _f1(counts @ hits.T, counts @ totals.T)
    resampled = np.take_along_axis(f1, seeds, axis=1).mean(axis=1)
    found = interval(float(_f1(hits.sum(axis=1), totals.sum(axis=1)).mean()), resampled)
    return TransferPoint(patients, method, found.value, found.low, found.high)


def transfer_plot(points: Sequence[TransferPoint]) -> ExtraPlot:
    """The curve as a plot of the report."""
    lines = []
    for method in METHODS:
        of_method = [point for point in points if point.method == method]
        lines.append(
            PlotLine(
                method,
                x=[float(point.patients) for point in of_method],
                y=[point.v_f1 for point in of_method],
                low=[point.low for point in of_method],
                high=[point.high for point in of_method],
            )
        )
    return ExtraPlot(
        title="Transfer from twelve leads to the ward's two leads",
        x_name="patients of DS1 in the fit",
        y_name="F1 of V, patients of svdb",
        lines=lines,
        log_x=True,
        note=f"The same network, {NETWORK}, from one second around each beat, without rhythm. Mean of {len(SEEDS)} "
        "seeds with their own patients; intervals resample the patients of svdb and the seeds.",
    )


def adapt(pretrained: keras.Model, network: keras.Model, leads: Sequence[int]) -> None:
    """Copy the weights of a network with more leads into the same network with some of them and other classes.

    Parameters
    ----------
    pretrained : keras.Model
    network : keras.Model
        It keeps its own weights where the shapes differ: in the last layer.
    leads : sequence of int
        Index of each lead of ``network`` among the leads of ``pretrained``.
    """
    first = next(layer for layer in pretrained.layers if isinstance(layer, keras.layers.Conv1D))
    for source, target in zip(pretrained.layers, network.layers, strict=True):
        weights = source.get_weights()
        if source is first:
            weights[0] = weights[0][:, list(leads)]
        if source.name != "logits":
            target.set_weights(weights)


def _fitted_answer(
    task: VentricularBeatsTask,
    pretrained: keras.Model | None,
    fit: Rows,
    validation: Rows,
    settings: FitSettings,
    seed: int,
) -> NDArray[np.bool_]:
    seed_everything(seed)
    batches = EpochBatches(
        len(fit), task.weights(fit), settings, seed, lambda chosen, random: task.batch(fit, chosen, random)
    )
    network = build_network(NETWORK, task, fit, settings)
    if pretrained is not None:
        adapt(pretrained, network, [TWELVE_LEADS.index(lead) for lead in LEADS])
    compile_network(network, task, settings, settings.epochs * len(batches))
    fit_epochs(network, batches, settings.epochs, progress=lambda _done, _note: None)
    answered: NDArray[np.bool_] = task.answer(predict_with(network, task), validation)[:, V] > 0.5
    return answered


def _of_patients(rows: Rows, n: int, seed: int) -> Rows:
    """The rows of the first patients in the order of a seed, so that more patients include the fewer."""
    names = np.random.default_rng(seed).permutation(np.unique(rows.patient))
    return rows.take(np.isin(rows.patient, names[:n]))


def _file(folder: Path, method: str, n: int, seed: int) -> Path:
    return folder / NETWORK / f"{method.replace(' ', '-')}-{n}-{seed}.npy"


def _f1(hits: NDArray[np.int64], totals: NDArray[np.int64]) -> NDArray[np.float64]:
    f1: NDArray[np.float64] = np.divide(2 * hits, totals, out=np.full(hits.shape, np.nan), where=totals > 0)
    return f1
