"""Chooses the bundle that scores each record: if possible one that was not fitted on the record's patient.

Each report marks the records for which there is no such bundle.
"""

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
"""Records of nstdb are 118 and 119 of mitdb with noise; the digits are the SNR in dB, an underscore is a minus."""
SVDB = re.compile(r"8[0-9]{2}")
"""Older bundles were fitted on svdb under other names (S001 …): we do not know which of its records they have seen."""
SVDB_FITTED = re.compile(r"S0\d\d")


class Scorer(NamedTuple):
    """The bundle of a record (of a fold, or in service if ``fold`` is None), and whether it has seen the patient."""

    seen: Seen
    fold: int | None = None

    def __str__(self) -> str:
        return self.seen if self.fold is None else f"{self.seen} (fold {self.fold})"


class Bundle(NamedTuple):
    """A bundle for scoring: its folder (None is the shipped one), the patients of its fit, the hash of its data."""

    path: Path | None
    patients: frozenset[str]
    data_sha256: str


class Bundles(NamedTuple):
    """All bundles for scoring: the bundle in service and those of the folds."""

    service: Bundle
    folds: list[Bundle]

    @classmethod
    def read(cls, bundle: Path | None, folds: Path | None) -> "Bundles":
        """Read the bundle in service (None is the shipped one) and the bundles in the folder of the folds, if given.

        Raises
        ------
        BundleError
            If a bundle can't be used.
        """
        return cls(read_scoring_bundle(bundle), fold_bundles(folds) if folds else [])

    def scorer(self, record: str) -> Scorer:
        """The scorer of a record."""
        return choose_scorer(record, self.service.patients, [fold.patients for fold in self.folds])

    def path(self, record: str) -> Path | None:
        """The bundle that scores a record; None is the shipped one."""
        fold = self.scorer(record).fold
        return self.service.path if fold is None else self.folds[fold].path

    def hashes(self) -> dict[str, str]:
        """The hash of the data of each bundle, by the bundle's name in a report."""
        folds = {f"fold {index}": fold.data_sha256 for index, fold in enumerate(self.folds)}
        return {"in service": self.service.data_sha256} | folds


def read_scoring_bundle(path: Path | None) -> Bundle:
    """Read the manifest of a bundle, and load its networks once to check that they work.

    Raises
    ------
    BundleError
        If the bundle can't be used.
    """
    manifest, _ = read_bundle(path or shipped_bundle())
    Runtime.load(path)
    return Bundle(path, _patients(manifest.split), manifest.data_sha256)


def fold_bundles(folder: Path) -> list[Bundle]:
    """The bundles ``0``, ``1``, … of a folder, each fitted without the patients of its fold.

    Raises
    ------
    BundleError
        If there is no bundle, or one can't be used.
    """
    bundles: list[Bundle] = []
    while (folder / str(len(bundles))).is_dir():
        bundles.append(read_scoring_bundle(folder / str(len(bundles))))
    if not bundles:
        raise BundleError(f"--folds {folder}: it must hold bundles 0, 1, …, none found; fit them, or leave --folds out")
    return bundles


def choose_scorer(record: str, service: frozenset[str], folds: Sequence[frozenset[str]]) -> Scorer:
    """The bundle in service scores a record, unless it has seen the patient and a fold's bundle has not.

    Several folds may have left the patient out. We take the bundle with the most patients, because it is the most
    similar to the one in service.

    Parameters
    ----------
    record : str
    service : frozenset of str
        Patients of the fit of the bundle in service.
    folds : sequence of frozenset of str
        The same for the bundle of each fold.
    """
    patient = patient_of(record)
    if patient not in service:
        uncertain = SVDB.fullmatch(record) and any(SVDB_FITTED.fullmatch(name) for name in service)
        return Scorer("perhaps fitted on" if uncertain else "unseen")
    held_out = [fold for fold, patients in enumerate(folds) if patient not in patients]
    if not held_out:
        return Scorer("fitted on")
    return Scorer("held out", max(held_out, key=lambda fold: len(folds[fold])))


def patient_of(record: str) -> str:
    """The patient of a record: 201 and 202 are one person, and the noise stress records 118e06 … are 118 and 119."""
    noisy = NOISE_STRESS.fullmatch(record)
    name = noisy[1] if noisy else record
    return min(name, SAME_PERSON.get(name, name))


def _patients(split: Split) -> frozenset[str]:
    return frozenset(patient_of(name) for name in split.fit)
