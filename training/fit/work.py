"""The work folder of a fit: the files of each stage, so that a finished stage is not repeated; and the plan of a fit.

==================================  =================================================================================
file                                content
==================================  =================================================================================
``plan.json``                       the plan: records, noise, seed, settings; another plan needs another work folder
``qrs/FOLD/``                       QRS network fitted without the patients of the fold; ``all``: on every patient
``resampled/NAME.dat`` …            resampled record of each record (:mod:`training.data.resampling`)
``captured/NAME.npz``               labelled inputs of the networks over each record and each resampled record
``beat/FOLD/``                      beat networks, by fold like the QRS networks
``captured_with_beats/NAME.npz``    the same inputs over each record, with the beat network of its fold
``autoencoder/FOLD/``               autoencoders, by fold
``features/NAME.npz``               inputs of the feature networks, also over the records with reference rhythms
``ventricular/FOLD/``               forests of the ventricular network, by fold
``atrial/FOLD/``                    atrial networks with their forests, by fold
``folds/N/``                        bundles for scoring: first one for each fold of patients, then one for each fold
                                    of the records with reference rhythms
==================================  =================================================================================
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
from wardbeat.atomic_files import atomic_file
from wardbeat.errors import TrainingError

LABEL_TABLES = ("ALARMS", "REFERENCE-v3.csv")
"""The reference tables of the Challenges of 2015 and 2017."""
ALL = "all"
"""In place of a fold: fitted on every patient."""
PLAN = "plan.json"
ORDER = ("qrs", "beat", "window", "ventricular", "atrial")
"""Each network is fitted on outputs of the networks before it."""
WARD_NETWORKS = (*ORDER, "trees")
"""Networks in service that have settings."""
_Settings = TypeVar("_Settings", bound=msgspec.Struct)
DEPENDENTS = {"qrs": ORDER, "beat": ORDER[1:]}
"""Networks to fit again together with a network; the others have no dependents."""
STAGES = {
    "qrs": ("qrs", "resampled", "captured"),
    "beat": ("beat",),
    "window": ("captured_with_beats", "autoencoder"),
    "ventricular": ("features", "ventricular"),
    "atrial": ("atrial",),
}
"""Folders of the stages by network."""


class FitPlan(NamedTuple):
    """What to fit, and on which records.

    Attributes
    ----------
    folders : sequence of sequence of Path
        Records by folder; each folder has its own folds. Of mitdb only DS1 is used.
    rhythms : sequence of sequence of Path
        Records with reference rhythms or alarms by folder; only the feature networks are fitted on them.
    noise : Path or None
        Folder with the records ``bw`` and ``ma``; None uses synthetic noise.
    seed : int
    settings : mapping of str to mapping
        Settings by network that differ from the defaults.
    """

    folders: Sequence[Sequence[Path]]
    noise: Path | None = None
    seed: int = 0
    settings: Mapping[str, Mapping[str, float]] = MappingProxyType({})
    rhythms: Sequence[Sequence[Path]] = ()

    @property
    def paths(self) -> list[Path]:
        """Records for the fit of the beat and window networks."""
        return [path for folder in self.folders for path in default_records(folder)]

    def qrs_paths(self) -> list[Path]:
        """Records for the fit of the QRS network: also the paced ones of mitdb."""
        return [path for folder in self.folders for path in qrs_records(folder)]

    def feature_paths(self) -> list[Path]:
        """Records for the fit of the feature networks."""
        return [*self.paths, *(path for folder in self.rhythms for path in default_records(folder))]

    def fold_of(self) -> dict[str, str]:
        """The fold that leaves each record out."""
        folds = {name: fold for folder in self.folders for name, fold in patient_folds(qrs_records(folder)).items()}
        fitted = sorted({folds[path.name] for path in self.paths})  # with few patients some folds are empty
        of_rhythms = {name: fold for folder in self.rhythms for name, fold in patient_folds(folder).items()}
        return {name: str(fold) for name, fold in folds.items()} | {
            name: str(fitted[fold % len(fitted)]) for name, fold in of_rhythms.items()
        }

    def folds(self) -> list[str]:
        """The folds, and ``ALL``."""
        fold_of = self.fold_of()
        return [*sorted({fold_of[path.name] for path in self.paths}), ALL]

    def fitted_on(self, fold: str, paths: Sequence[Path]) -> list[Path]:
        """The records for the fit of a fold's networks."""
        fold_of = self.fold_of()
        return [path for path in paths if fold_of[path.name] != fold]

    @property
    def noise_description(self) -> str:
        """The source of the noise."""
        return "bw and ma of nstdb" if self.noise else "synthetic"

    def description(self) -> dict[str, object]:
        """The content of ``plan.json``; reads every record to hash it."""
        return {
            "records": {path.name: _sha256(path) for path in self.qrs_paths()},
            "rhythms": {path.name: _sha256(path) for folder in self.rhythms for path in default_records(folder)},
            "labels": _labels_sha256(self.rhythms),
            "noise": self.noise_description,
            "seed": self.seed,
            "settings": {network: dict(values) for network, values in self.settings.items()},
        }


def open_work(work: Path, plan: FitPlan, again: Sequence[str] = ()) -> None:
    """Create the work folder or reuse it; removes the stages of the networks in ``again`` and of their dependents.

    Raises
    ------
    TrainingError
        If the folder belongs to another plan.
    """
    description = plan.description()
    file = work / PLAN
    if not file.is_file():
        if work.exists() and any(work.iterdir()):
            raise TrainingError(f"work folder {work}: it has other files; choose a new or empty folder")
        work.mkdir(parents=True, exist_ok=True)
        with atomic_file(file) as temporary:
            temporary.write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")
    if json.loads(file.read_text(encoding="utf-8")) != description:
        raise TrainingError(f"work folder {work}: its records, noise, seed or settings differ; choose a new folder")
    for network in {dependent for name in again for dependent in DEPENDENTS.get(name, (name,))}:
        for name in STAGES[network]:
            shutil.rmtree(work / name, ignore_errors=True)


@contextmanager
def stage_folder(folder: Path) -> Iterator[Path]:
    """A temporary folder that becomes ``folder`` if the block ends without an error: a stage is complete or not there.

    ``folder`` must not exist.
    """
    temporary = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    yield temporary
    temporary.rename(folder)


def backup_folder(folder: Path) -> Path:
    """The folder in which an unfinished fit keeps the state after its last epoch."""
    return folder.with_name(f".{folder.name}.backup")


def _sha256(path: Path) -> str:
    """Hash of a record's header, samples and reference annotations."""
    digest = hashlib.sha256()
    for suffix in (".atr", ".dat", ".edf", ".flac", ".hea"):
        file = path.parent / f"{path.name}{suffix}"
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _labels_sha256(folders: Sequence[Sequence[Path]]) -> str:
    """Hash of the reference tables of the folders."""
    digest = hashlib.sha256()
    for folder in folders:
        for name in LABEL_TABLES:
            file = folder[0].parent / name
            if file.is_file():
                digest.update(file.read_bytes())
    return digest.hexdigest()


def settings_of(plan: FitPlan, network: str, defaults: type[_Settings]) -> _Settings:
    """The settings of a network: those of the plan, otherwise the defaults.

    Raises
    ------
    TrainingError
        If the plan has an unknown setting, or a value of the wrong type.
    """
    return changed_settings(network, defaults(), plan.settings.get(network, {}))


def changed_settings(network: str, defaults: _Settings, values: Mapping[str, float]) -> _Settings:
    """The settings of a network with some values instead of the defaults.

    Raises
    ------
    TrainingError
        If there is no such setting, or a value has the wrong type.
    """
    try:
        return msgspec.convert(msgspec.structs.asdict(defaults) | dict(values), type(defaults))
    except msgspec.ValidationError as error:
        raise TrainingError(f"settings of {network}: {error}; correct the file") from error


def read_settings(file: Path, known: Sequence[str] = WARD_NETWORKS) -> dict[str, dict[str, float]]:
    """Read a file of settings by network.

    Parameters
    ----------
    file : Path
    known : sequence of str
        The networks that it may name.

    Raises
    ------
    TrainingError
        If the file can't be read, or has an unknown network.
    """
    try:
        settings = msgspec.json.decode(file.read_bytes(), type=dict[str, dict[str, int | float]])
    except OSError as error:
        raise TrainingError(f"settings {file}: can't be read ({error.strerror}); name an existing file") from error
    except msgspec.DecodeError as error:
        raise TrainingError(f"settings {file}: {error}; `wardbeat tune --out` writes such a file") from error
    unknown = set(settings) - set(known)
    if unknown:
        raise TrainingError(f"settings {file}: network {min(unknown)!r} is none of {', '.join(known)}; correct it")
    return settings


def write_settings(file: Path, network: str, settings: dict[str, float], known: Sequence[str] = WARD_NETWORKS) -> None:
    """Write a network's settings into a file of settings; it keeps those of the other networks."""
    others = read_settings(file, known) if file.is_file() else {}
    with atomic_file(file) as temporary:
        temporary.write_text(json.dumps(others | {network: settings}, indent=1) + "\n", encoding="utf-8")
