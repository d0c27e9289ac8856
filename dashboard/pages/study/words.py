"""The categories, classes and rhythms of the answers in words."""

from typing import Final

_CLASSES: Final = {
    "LBBB": "left bundle branch block",
    "RBBB": "right bundle branch block",
    "PAC": "premature atrial beat",
    "PVC": "premature ventricular beat",
    "VF": "ventricular flutter or fibrillation",
    "NORM": "normal ECG",
    "MI": "myocardial infarction",
    "STTC": "ST or T wave change",
    "CD": "conduction disturbance",
    "HYP": "hypertrophy",
    "N": "normal",
    "S": "supraventricular",
    "V": "ventricular",
    "F": "fusion",
    "Q": "unclassified",
}
_RHYTHMS: Final = {
    "N": "no arrhythmia named",
    "AFIB": "atrial fibrillation",
    "AF": "atrial fibrillation",
    "AFLT": "atrial flutter",
    "SR": "sinus rhythm",
    "STACH": "sinus tachycardia",
    "SBRAD": "sinus bradycardia",
    "SARRH": "sinus arrhythmia",
    "PACE": "paced",
    "SVTA": "supraventricular run",
    "VT": "ventricular tachycardia",
    "VFIB": "ventricular fibrillation",
    "IVR": "ventricular rhythm",
    "B": "bigeminy",
    "T": "trigeminy",
}


def in_words(name: str) -> str:
    """``left bundle branch block (LBBB)`` for a class; a name that is a word already stays as it is."""
    return _with_name(_CLASSES, name)


def rhythm_in_words(name: str) -> str:
    """The same for a rhythm; ``(AFIB`` as in WFDB or ``AFIB``."""
    return _with_name(_RHYTHMS, name.removeprefix("("))


def _with_name(words: dict[str, str], name: str) -> str:
    return f"{words[name]} ({name})" if name in words else name.replace("_", " ")
