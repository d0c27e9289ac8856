"""The study of pictures of beats: folds by patient, the random split beside them, public pictures, what is refused.

Six networks are fitted: one for each fold of patients, and one on all patients with beats held out at random. The last
is in service. Its figure on the held-out beats is the one that papers quote; it is no estimate for new patients.
"""

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.pictures import PICTURE_CLASSES, network_input, read_ink
from training.data.pictures.collection import Inks, Table, collect_pictures, read_inks, read_table
from training.data.pictures.examples import Example, read_examples, read_picture
from training.data.pictures.unseen_pictures import EACH, UnseenPicture, unseen_pictures
from training.progress import Progress
from training.study.fits import fit_folder, fit_model, probabilities
from training.study.models import study_model
from training.study.pictures.figures import (
    ExampleFigures,
    RefusalLine,
    StyleFigures,
    example_figures,
    patients_by_class,
    style_figures,
)
from training.study.results import ClassCount
from training.study.task import FitSettings, Predict, Rows
from training.study.tasks.pictures import FOLDS, RANDOM_SPLIT, PicturesTask, folds, part_mask
from wardbeat.atomic_files import atomic_file

MODEL = "picture-cnn"
PICTURES = "pictures"
RESULTS = "pictures.json"
SERVICE = "service"
"""Work folder of the network in service."""
N_BEATS = len(PICTURE_CLASSES)
REFUSED_ECG = 0.012
"""Share of the validation patients' pictures of ECG that are refused, by rules and threshold together."""
MOST_PIECES = 60
FEWEST_COLUMNS = 0.6
MOST_UNEVEN = 0.08
"""The rules: each refuses about 3 of 1,000 drawings of ECG in random styles."""
UNSEEN_SEED = 99


class PictureResults(msgspec.Struct, frozen=True):
    """Everything that the report needs.

    Attributes
    ----------
    classes : tuple of str
    patients : list of ClassCount
        Scored pictures and patients of each class.
    by_patient : list of StyleFigures
        Out of fold, varied style first, then the style of the public pictures.
    leaky : list of StyleFigures
        The random split in both styles.
    examples : list of ExampleFigures
        The public pictures: by the network in service, which saw their patients and not their beats, and by the network
        of the fold that did not see the patient.
    refusals : list of RefusalLine
        What the network in service refuses.
    not_ecg_threshold : float
    parameters : int
    """

    classes: tuple[str, ...]
    patients: list[ClassCount]
    by_patient: list[StyleFigures]
    leaky: list[StyleFigures]
    examples: list[ExampleFigures]
    refusals: list[RefusalLine]
    not_ecg_threshold: float
    parameters: int


def run_pictures(
    data: Path,
    work: Path,
    progress: Progress,
    *,
    seed: int = 0,
    settings: FitSettings | None = None,
    n_folds: int = FOLDS,
    unseen: int = EACH,
) -> PictureResults:
    """Draw the pictures, fit the six networks, score them; what is finished is not repeated.

    Parameters
    ----------
    data : Path
        Folder with mitdb, vfdb, svdb, ptb-xl and perhaps beat-images.
    work : Path
    progress : Progress
    seed : int
    settings : FitSettings, optional
        Instead of the task's own.
    n_folds, unseen : int
        Folds that are fitted and scored, and unseen pictures of a kind; less for a trial.

    Returns
    -------
    PictureResults
        It is also in ``pictures.json`` of the work folder.
    """
    pictures = work / PICTURES
    collect_pictures(data, pictures, progress)
    parameters = 0
    for fold in (RANDOM_SPLIT, *range(n_folds)):
        fit = fit_model(MODEL, _task(work, fold), fold_folder(work, fold), seed, _of_fold(progress, fold), settings)
        parameters = fit.parameters
    progress("score pictures", 0, 3)
    by_patient, patients = _scored(work, tuple(range(n_folds)), seed)
    leaky, _ = _scored(work, (RANDOM_SPLIT,), seed)
    progress("score pictures", 1, 3)
    examples = _examples(data, work, seed)
    progress("score pictures", 2, 3)
    results = PictureResults(
        classes=PICTURE_CLASSES,
        patients=patients,
        by_patient=by_patient,
        leaky=leaky,
        examples=examples,
        refusals=_refusals(list(unseen_pictures(data, UNSEEN_SEED, unseen)) if unseen else [], data, work, seed),
        not_ecg_threshold=not_ecg_threshold(work, RANDOM_SPLIT, seed),
        parameters=parameters,
    )
    with atomic_file(work / RESULTS) as temporary:
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1))
    progress("score pictures", 3, 3)
    return results


def service_folder(work: Path, seed: int = 0) -> Path:
    """The folder of the fit in service."""
    return fit_folder(fold_folder(work, RANDOM_SPLIT), MODEL, seed)


def out_of_fold(work: Path, seed: int, style: str) -> tuple[Rows, NDArray[np.float32]]:
    """The scored pictures of a style, and the probabilities of their beats by the network that never saw the patient.

    Returns
    -------
    rows : Rows
        Without the pictures; labels of the seven classes.
    probabilities : ndarray, shape (pictures, 7)
        What is left to 1 is the probability of no single beat.
    """
    table = read_table(work / PICTURES)
    at, answered = zip(*(_answered(table, work, fold, seed) for fold in range(FOLDS)), strict=True)
    rows = table.take(np.concatenate(at))
    kept = rows.style == style
    labels = np.eye(N_BEATS, dtype=np.float32)[rows.beat[kept]]
    return Rows({}, labels, rows.record[kept], rows.patient[kept]), np.concatenate(answered)[kept, :N_BEATS]


def not_ecg_threshold(work: Path, fold: int, seed: int) -> float:
    """The probability of no single beat from which a picture is refused, chosen on the validation patients."""
    table = read_table(work / PICTURES)
    rows = np.flatnonzero(part_mask(table, fold, "validation"))
    answered = probabilities(MODEL, _task(work, fold), fold_folder(work, fold), seed, "validation")
    sure = np.where(by_rule(read_inks(work / PICTURES).take(rows)), 1.0, not_ecg(answered))
    return float(np.quantile(sure[table.beat[rows] < N_BEATS], 1 - REFUSED_ECG))


def not_ecg(answered: NDArray[np.float32]) -> NDArray[np.float32]:
    """The probability that a picture shows no single beat, shape (pictures,)."""
    return np.asarray(answered[:, N_BEATS:].sum(axis=1))


def refused(inks: Inks, answered: NDArray[np.float32], threshold: float) -> NDArray[np.bool_]:
    """Which pictures are refused, as :class:`models.classify.picture.PictureClassifier` refuses them."""
    return np.asarray(by_rule(inks) | (not_ecg(answered) >= threshold))


def by_rule(inks: Inks) -> NDArray[np.bool_]:
    """Which pictures are refused whatever the network says."""
    uncommon = (inks.columns < FEWEST_COLUMNS) | (inks.uneven > MOST_UNEVEN)
    return np.asarray((inks.pieces == 0) | (inks.pieces > MOST_PIECES) | uncommon)


def _of_fold(progress: Progress, fold: int) -> Progress:
    """The progress of a fit, with the fold in its stage."""
    fitted_on = "all patients" if fold == RANDOM_SPLIT else f"fold {fold + 1} of {FOLDS}"

    def report(stage: str, done: int, total: int, note: str = "") -> None:
        progress(f"{stage}, {fitted_on}", done, total, note)

    return report


def _task(work: Path, fold: int) -> PicturesTask:
    return PicturesTask(fold, work / PICTURES)


def fold_folder(work: Path, fold: int) -> Path:
    """The work folder of a fold, or of the network in service."""
    return work / (SERVICE if fold == RANDOM_SPLIT else f"fold-{fold}")


def _network(work: Path, fold: int, seed: int) -> Predict:
    return study_model(MODEL).load(fit_folder(fold_folder(work, fold), MODEL, seed), _task(work, fold))


def _answered(table: Table, work: Path, fold: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The pictures that a fold scores, as rows of the table, and the probabilities of all outputs for them."""
    at = np.flatnonzero(part_mask(table, fold, "test"))
    return at, probabilities(MODEL, _task(work, fold), fold_folder(work, fold), seed, "test")


def _scored(work: Path, scored: tuple[int, ...], seed: int) -> tuple[list[StyleFigures], list[ClassCount]]:
    """Figures in both styles of all scored pictures, each answered by the network that did not see it."""
    table = read_table(work / PICTURES)
    inks = read_inks(work / PICTURES)
    at, answered = zip(*(_answered(table, work, fold, seed) for fold in scored), strict=True)
    thresholds = [not_ecg_threshold(work, fold, seed) for fold in scored]
    rows = table.take(np.concatenate(at))
    predicted = np.concatenate(answered)[:, :N_BEATS].argmax(axis=1)
    refused_rows = np.concatenate(
        [refused(inks.take(one), p, threshold) for one, p, threshold in zip(at, answered, thresholds, strict=True)]
    )
    figures = [
        style_figures(style, rows.take(rows.style == style), predicted[rows.style == style],
                      refused_rows[rows.style == style], seed)
        for style in ("varied", "examples")
    ]  # fmt: skip
    return figures, patients_by_class(rows.take(rows.style == "varied"))


def _examples(data: Path, work: Path, seed: int) -> list[ExampleFigures]:
    """The public pictures, by the network in service and by the folds' networks; empty without these pictures."""
    every = read_examples(data / "beat-images")
    examples = [one for one in every if one.beat]
    if not examples:
        return []
    pictures = {"picture": network_input([read_picture(one) for one in examples])}
    same = _network(work, RANDOM_SPLIT, seed)(pictures)[:, :N_BEATS].argmax(axis=1)
    unseen = _by_unseen_patient(work, examples, pictures["picture"], seed)
    n_without = len(every) - len(examples)
    return [
        example_figures("same patients, other beats", examples, same, n_without),
        example_figures("patients never seen", examples, unseen, n_without),
    ]


def _by_unseen_patient(
    work: Path, examples: list[Example], pictures: NDArray[np.float32], seed: int
) -> NDArray[np.int64]:
    """The class of each picture by the network of the fold that leaves its patient out."""
    table = read_table(work / PICTURES)
    fold_of = dict(zip(table.record.tolist(), folds(table).tolist(), strict=True))
    fold = np.array([fold_of[one.record] for one in examples])
    predicted = np.zeros(len(examples), np.int64)
    for index in np.unique(fold):
        own = fold == index
        predicted[own] = _network(work, int(index), seed)({"picture": pictures[own]})[:, :N_BEATS].argmax(axis=1)
    return predicted


def _refusals(unseen: list[UnseenPicture], data: Path, work: Path, seed: int) -> list[RefusalLine]:
    """How many pictures of each group and kind the network in service refuses."""
    examples = read_examples(data / "beat-images")
    shown = [*unseen, *(UnseenPicture("ECG", "public pictures", read_picture(one)) for one in examples)]
    if not shown:
        return []
    inks = [read_ink(one.picture) for one in shown]
    answered = _network(work, RANDOM_SPLIT, seed)({"picture": np.stack([ink.ink for ink in inks])[..., None]})
    above = refused(Inks.of(inks), answered, not_ecg_threshold(work, RANDOM_SPLIT, seed))
    names = [(one.group, one.kind) for one in shown]
    lines = []
    for group, kind in dict.fromkeys(names):
        own = np.array([name == (group, kind) for name in names])
        lines.append(RefusalLine(group, kind, int(own.sum()), int(above[own].sum())))
    return lines
