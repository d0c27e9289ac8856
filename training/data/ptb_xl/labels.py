"""Labels of PTB-XL records: the five diagnostic superclasses, and the rhythm.

**Superclasses.** A record has a superclass if one of its statements is of it, whatever the likelihood of the statement,
as in the published benchmark (Strodthoff et al. 2021, doi:10.1109/JBHI.2020.3022989). Records whose statements are
unknown get a probability of each superclass from their Challenge codes: a logistic regression on the codes and on the
rule below, fitted on the records of the fit part whose statements are known.

**Rhythm.** The classes are the rhythm statements that have at least 25 records in the fit part and in the test part.
All rarer rhythms are ``OTHER``: flutter, supraventricular tachycardia and other supraventricular arrhythmia, and
bigeminy or trigeminy that stand alone. A record with several rhythms has the first in the order of ``PRIORITY``; a
record without a rhythm statement has no rhythm label. The Challenge codes name the same rhythm in 98.4 % of the 6,212
records that have both; the others are ``SVARR``, which has no code, and records without a rhythm statement.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from training.data.ptb_xl.layout import PtbRecord

SUPERCLASSES = ("NORM", "MI", "STTC", "CD", "HYP")
RHYTHMS = ("SR", "SBRAD", "STACH", "SARRH", "AFIB", "PACE", "OTHER")
PRIORITY = (
    "PACE", "AFIB", "AFLT", "SVTAC", "PSVT", "SVARR", "STACH", "SBRAD", "SARRH", "SR", "BIGU", "TRIGU",
)  # fmt: skip
CODE_SUPERCLASSES: Mapping[str, frozenset[str]] = {
    "MI": frozenset(("MI", "AnMI")),
    "STTC": frozenset(("MIs", "STC", "NSSTTA", "IIs", "LIs", "LQT", "AnMIs", "TAb")),
    "CD": frozenset(
        ("LAnFB", "LPFB", "IRBBB", "CRBBB", "LBBB", "ILBBB", "IAVB", "IIAVB", "CHB", "NSIVCB", "WPW"),
    ),
    "HYP": frozenset(("LVH", "LAE", "RVH", "RAH", "VH")),
}
"""The rule: the Challenge codes of each superclass. ``QAb`` and ``LAD`` are left out: only 84 % and 43 % of the records
that have them are MI and CD."""
SINUS_CODES = frozenset(("NSR", "SA", "SB", "STach"))
ABNORMAL_CODES = frozenset(("AF", "AFL", "PR", "QAb", "TInv", "STD"))
"""Without a code of a superclass, a record is NORM by the rule if it has one of the first and none of the second."""
CODE_RHYTHMS: Mapping[str, str] = {
    "NSR": "SR", "SB": "SBRAD", "STach": "STACH", "SA": "SARRH", "AF": "AFIB", "PR": "PACE", "AFL": "AFLT",
    "SVT": "SVTAC", "PSVT": "PSVT", "VBig": "BIGU", "VTrig": "TRIGU",
}  # fmt: skip
"""Challenge code to rhythm statement."""


def superclass_labels(records: Sequence[PtbRecord], superclasses: Mapping[str, str]) -> NDArray[np.float32]:
    """The probability of each superclass in the reference.

    Parameters
    ----------
    records : sequence of PtbRecord
    superclasses : mapping of str to str
        Superclass of each diagnostic statement.

    Returns
    -------
    ndarray, shape (records, 5)
        0 or 1 where the statements are known, otherwise between.
    """
    known = np.array([record.statements is not None for record in records])
    labels = np.array([_superclasses_of(record.statements or (), superclasses) for record in records], np.float32)
    if not known.all():
        fit = known & np.array([record.part == "fit" for record in records])
        labels[~known] = _imputed(_code_features(records), labels, fit)[~known]
    return labels


def rule_superclasses(codes: Collection[str]) -> NDArray[np.float32]:
    """The superclasses of a record by the rule on its Challenge codes, shape (5,)."""
    has = {name: not of.isdisjoint(codes) for name, of in CODE_SUPERCLASSES.items()}
    normal = not any(has.values()) and not SINUS_CODES.isdisjoint(codes) and ABNORMAL_CODES.isdisjoint(codes)
    return np.array([normal, *(has[name] for name in SUPERCLASSES[1:])], np.float32)


def rhythm_labels(records: Sequence[PtbRecord]) -> NDArray[np.float32]:
    """The rhythm of each record, shape (records, 7): one 1 in each row, or none if no rhythm is stated."""
    found = [rhythm_of(record) for record in records]
    return np.array([[rhythm == name for name in RHYTHMS] for rhythm in found], np.float32).reshape(-1, len(RHYTHMS))


def rhythm_of(record: PtbRecord) -> str | None:
    """The rhythm of a record, from its statements or else its Challenge codes."""
    if record.statements is None:
        stated = {CODE_RHYTHMS[code] for code in record.codes if code in CODE_RHYTHMS}
    else:
        stated = set(record.statements)
    first = next((rhythm for rhythm in PRIORITY if rhythm in stated), None)
    return first if first is None or first in RHYTHMS else "OTHER"


def _superclasses_of(statements: Collection[str], superclasses: Mapping[str, str]) -> list[bool]:
    found = {superclasses[statement] for statement in statements if statement in superclasses}
    return [name in found for name in SUPERCLASSES]


def _code_features(records: Sequence[PtbRecord]) -> NDArray[np.float32]:
    """An indicator of each Challenge code and the rule's superclasses, shape (records, codes + 5)."""
    names = sorted({code for record in records for code in record.codes})
    indicators = np.array([[name in record.codes for name in names] for record in records], np.float32)
    rules = np.stack([rule_superclasses(record.codes) for record in records])
    return np.concatenate([indicators, rules], axis=1)


def _imputed(features: NDArray[np.float32], labels: NDArray[np.float32], fit: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Probabilities of superclasses from Challenge codes; by the rule where no record tells classes apart."""
    imputed = features[:, -len(SUPERCLASSES) :].copy()
    for at in range(len(SUPERCLASSES)):
        if len(np.unique(labels[fit, at])) > 1:
            regression = LogisticRegression(C=1.0, max_iter=1000).fit(features[fit], labels[fit, at])
            imputed[:, at] = regression.predict_proba(features)[:, 1]
    return imputed
