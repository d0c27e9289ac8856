"""The work folder of a fit: what each stage leaves there, so that what is done is not done again.

=========================  ==========================================================================================
file                       what
=========================  ==========================================================================================
``plan.json``              what is being fitted, from what; another plan needs another folder
``qrs/FOLD/``              the QRS network that has not seen the patients of that fold; ``all`` has seen every patient
``made/NAME.dat`` …        records made of each patient's cycles (:mod:`training.data.resampling`)
``asked/NAME.npz``         what the monitor asked over each record, real or made, with labels
``beat/FOLD/``             beat networks, in the same way
``answered/NAME.npz``      what the monitor asked over each real record with the beat network of its fold answering
``autoencoder/FOLD/``      autoencoders, in the same way
``features/NAME.npz``      what it asked the feature networks, over the records with reference rhythms besides
``ventricular/FOLD/``      forests, in the same way
``atrial/FOLD/``           networks with their forests, in the same way
``folds/N/``               whole bundles, first for the folds of patients, then for those of records with rhythms:
                           who was not fitted on is scored by these
=========================  ==========================================================================================
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeVar

import msgspec

from training.data.splits import default_records, patient_folds, qrs_records
from wardbeat.errors import TrainingError

LABEL_TABLES = ("ALARMS", "REFERENCE-v3.csv")
"""What each record is, in the challenges of 2015 and 2017."""
ALL = "all"
"""In place of a fold: fitted on every patient."""
PLAN = "plan.json"
ORDER = ("qrs", "beat", "window", "ventricular", "atrial")
"""Each network is fitted on what those before it say."""
_Settings = TypeVar("_Settings", bound=msgspec.Struct)
BUILT_ON = {"qrs": ORDER, "beat": ORDER[1:]}
"""What listens to these; nothing listens to the others."""
LEAVES = {
    "qrs": ("qrs", "made", "asked"),
    "beat": ("beat",),
    "window": ("answered", "autoencoder"),
    "ventricular": ("features", "ventricular"),
    "atrial": ("atrial",),
}


class FitPlan(NamedTuple):
    """What to fit.

    Attributes
    ----------
    folders : sequence of sequence of Path
        Records, folder by folder; the folds of each are its own. Of mitdb only DS1 is fitted on.
    rhythms : sequence of sequence of Path
        Records with reference rhythms or alarms, in the same way; only the feature networks are fitted on these.
    noise : Path or None
        Folder with the records ``bw`` and ``ma``; None makes noise.
    seed : int
    settings : mapping of str to mapping
        Of each network, where they are not the usual ones.
    """

    folders: Sequence[Sequence[Path]]
    noise: Path | None = None
    seed: int = 0
    settings: Mapping[str, Mapping[str, float]] = MappingProxyType({})
    rhythms: Sequence[Sequence[Path]] = ()

    @property
    def paths(self) -> list[Path]:
        """Records that beats and windows are fitted on."""
        return [path for folder in self.folders for path in default_records(folder)]

    def qrs_paths(self) -> list[Path]:
        """Records that the QRS network is fitted on: the paced ones of mitdb as well."""
        return [path for folder in self.folders for path in qrs_records(folder)]

    def feature_paths(self) -> list[Path]:
        """Records that the feature networks are fitted on."""
        return [*self.paths, *(path for folder in self.rhythms for path in default_records(folder))]

    def fold_of(self) -> dict[str, str]:
        """The fold that holds each record out."""
        folds = {name: fold for folder in self.folders for name, fold in patient_folds(qrs_records(folder)).items()}
        fitted = sorted({folds[path.name] for path in self.paths})  # of few patients not every fold has one
        of_rhythms = {name: fold for folder in self.rhythms for name, fold in patient_folds(folder).items()}
        return {name: str(fold) for name, fold in folds.items()} | {
            name: str(fitted[fold % len(fitted)]) for name, fold in of_rhythms.items()
        }

    def folds(self) -> list[str]:
        """The folds, and ``ALL``."""
        fold_of = self.fold_of()
        return [*sorted({fold_of[path.name] for path in self.paths}), ALL]

    def fitted_on(self, fold: str, paths: Sequence[Path]) -> list[Path]:
        """The records that a fold's networks may see."""
        fold_of = self.fold_of()
        return [path for path in paths if fold_of[path.name] != fold]

    @property
    def noise_words(self) -> str:
        """Which noise is mixed in."""
        return "bw and ma of nstdb" if self.noise else "made"

    def words(self) -> dict[str, object]:
        """The plan as it stands in its file; reads every record, to hash it."""
        return {
            "records": {path.name: _sha256(path) for path in self.qrs_paths()},
            "rhythms": {path.name: _sha256(path) for folder in self.rhythms for path in default_records(folder)},
            "labels": _labels_sha256(self.rhythms),
            "noise": self.noise_words,
            "seed": self.seed,
            "settings": {network: dict(values) for network, values in self.settings.items()},
        }


def open_work(work: Path, plan: FitPlan, again: Sequence[str] = ()) -> None:
    """Make the work folder or go on in it; what networks named in ``again``, and those after them, left is removed.

    Raises
    ------
    TrainingError
        If another plan is being worked on there.
    """
    words = plan.words()
    file = work / PLAN
    if not file.is_file():
        if work.exists() and any(work.iterdir()):
            raise TrainingError(f"work folder {work}: it holds something else; choose a new or empty folder")
        work.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(words, indent=1) + "\n", encoding="utf-8")
    if json.loads(file.read_text(encoding="utf-8")) != words:
        raise TrainingError(f"work folder {work}: records, noise, seed or settings were others; choose a new folder")
    for network in {follower for name in again for follower in BUILT_ON.get(name, (name,))}:
        for name in LEAVES[network]:
            shutil.rmtree(work / name, ignore_errors=True)


@contextmanager
def finished(folder: Path) -> Iterator[Path]:
    """A scratch folder that takes its place when the block ends well: a stage's folder is there whole or not at all."""
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    yield draft
    draft.rename(folder)


def backup_of(folder: Path) -> Path:
    """Where an unfinished fit keeps its last epoch."""
    return folder.with_name(f".{folder.name}.backup")


def _sha256(path: Path) -> str:
    """Of a record's header, samples and reference annotations."""
    digest = hashlib.sha256()
    for suffix in (".atr", ".dat", ".flac", ".hea"):
        file = path.parent / f"{path.name}{suffix}"
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _labels_sha256(folders: Sequence[Sequence[Path]]) -> str:
    """Of the tables that say what whole records are."""
    digest = hashlib.sha256()
    for folder in folders:
        for name in LABEL_TABLES:
            file = folder[0].parent / name
            if file.is_file():
                digest.update(file.read_bytes())
    return digest.hexdigest()


def settings_of(plan: FitPlan, network: str, defaults: type[_Settings]) -> _Settings:
    """A network's settings: the plan's, where it has any.

    Raises
    ------
    TrainingError
        If there is no such setting, or its value is no number of its kind.
    """
    try:
        return msgspec.convert(dict(plan.settings.get(network, {})), defaults)
    except msgspec.ValidationError as error:
        raise TrainingError(f"settings of {network}: {error}; correct the file") from error


def read_settings(file: Path) -> dict[str, dict[str, float]]:
    """Settings by network.

    Raises
    ------
    TrainingError
        If the file can't be read, or names a network that there is not.
    """
    try:
        settings = msgspec.json.decode(file.read_bytes(), type=dict[str, dict[str, int | float]])
    except OSError as error:
        raise TrainingError(f"settings {file}: can't be read ({error.strerror}); name a file that is there") from error
    except msgspec.DecodeError as error:
        raise TrainingError(f"settings {file}: {error}; `wardbeat tune --out` writes such a file") from error
    unknown = set(settings) - {*ORDER, "trees"}
    if unknown:
        raise TrainingError(f"settings {file}: network {min(unknown)!r} is none of {', '.join(ORDER)}; correct it")
    return settings


def write_settings(file: Path, network: str, settings: dict[str, float]) -> None:
    """Put a network's settings into a file of settings, beside those of other networks."""
    others = read_settings(file) if file.is_file() else {}
    draft = file.with_name(f".{file.name}.draft")
    draft.write_text(json.dumps(others | {network: settings}, indent=1) + "\n", encoding="utf-8")
    draft.replace(file)
