"""Which bundle scores which record, so that no figure is of a patient whom its networks have seen, or says so."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from models.bundle import Split, read_bundle, shipped_bundle
from models.runtime import Runtime
from training.data.splits import SAME_PERSON
from wardbeat.errors import BundleError

Seen = Literal["fitted on", "held out", "unseen", "perhaps fitted on"]
NOISE_STRESS = re.compile(r"(11[89])e(\d\d|_\d)")
"""Records of nstdb are 118 and 119 of mitdb with noise of so many dB; an underscore is a minus."""
SVDB = re.compile(r"8[0-9]{2}")
"""svdb has been fitted on under names (S001 …) that no longer tell which of its records they are."""
SVDB_FITTED = re.compile(r"S0\d\d")


class Scorer(NamedTuple):
    """Who scores a record: a fold's bundle or, when ``fold`` is None, the bundle in service; and what it has seen."""

    seen: Seen
    fold: int | None = None

    def __str__(self) -> str:
        return self.seen if self.fold is None else f"{self.seen} (fold {self.fold})"


class Bundle(NamedTuple):
    """A bundle to score with: its folder (None is the shipped one) and the patients of its fit."""

    path: Path | None
    patients: frozenset[str]
    data_sha256: str


class Bundles(NamedTuple):
    """All that records may be scored with: the bundle in service, and those of the folds."""

    service: Bundle
    folds: list[Bundle]

    @classmethod
    def read(cls, bundle: Path | None, folds: Path | None) -> "Bundles":
        """The bundle in service (None is the shipped one) and those in the folder of the folds, if there is one.

        Raises
        ------
        BundleError
            If one can't be used.
        """
        return cls(read_scoring_bundle(bundle), fold_bundles(folds) if folds else [])

    def scorer(self, record: str) -> Scorer:
        """Who scores a record."""
        return choose_scorer(record, self.service.patients, [fold.patients for fold in self.folds])

    def path(self, record: str) -> Path | None:
        """The bundle that scores a record; None is the shipped one."""
        fold = self.scorer(record).fold
        return self.service.path if fold is None else self.folds[fold].path

    def hashes(self) -> dict[str, str]:
        """What each was fitted on, by its name in a report."""
        folds = {f"fold {index}": fold.data_sha256 for index, fold in enumerate(self.folds)}
        return {"in service": self.service.data_sha256} | folds


def read_scoring_bundle(path: Path | None) -> Bundle:
    """What is to know of a bundle before records are given to it; it is loaded once to see that it works.

    Raises
    ------
    BundleError
        If it can't be used.
    """
    manifest, _ = read_bundle(path or shipped_bundle())
    Runtime.load(path)
    return Bundle(path, _patients(manifest.split), manifest.data_sha256)


def fold_bundles(folder: Path) -> list[Bundle]:
    """The bundles ``0``, ``1``, … of a folder, each fitted without the patients of its fold.

    Raises
    ------
    BundleError
        If there is none, or one can't be used.
    """
    found: list[Bundle] = []
    while (folder / str(len(found))).is_dir():
        found.append(read_scoring_bundle(folder / str(len(found))))
    if not found:
        raise BundleError(f"--folds {folder}: it must hold bundles 0, 1, …, none found; fit them, or leave --folds out")
    return found


def choose_scorer(record: str, service: frozenset[str], folds: Sequence[frozenset[str]]) -> Scorer:
    """Who scores a record: the bundle in service unless it has seen the patient and a fold's bundle has not.

    Of the folds' bundles that have not seen him it is the one that has seen most others, as it is nearest to the one in
    service.

    Parameters
    ----------
    record : str
    service : frozenset of str
        Patients whom the bundle in service was fitted on.
    folds : sequence of frozenset of str
        The same of each fold's bundle.
    """
    patient = patient_of(record)
    if patient not in service:
        perhaps = SVDB.fullmatch(record) and any(SVDB_FITTED.fullmatch(name) for name in service)
        return Scorer("perhaps fitted on" if perhaps else "unseen")
    strangers = [fold for fold, patients in enumerate(folds) if patient not in patients]
    if not strangers:
        return Scorer("fitted on")
    return Scorer("held out", max(strangers, key=lambda fold: len(folds[fold])))


def patient_of(record: str) -> str:
    """Whose a record is: 201 and 202 are one person, and the noise stress records 118e06 … are 118 and 119."""
    noisy = NOISE_STRESS.fullmatch(record)
    name = noisy[1] if noisy else record
    return min(name, SAME_PERSON.get(name, name))


def _patients(split: Split) -> frozenset[str]:
    return frozenset(patient_of(name) for name in split.fit)
