"""The words that staff read for a rhythm in a message."""

from typing import Final

RHYTHM_WORDS: Final = {
    "(AFIB": "Atrial fibrillation",
    "(VFIB": "Ventricular fibrillation or flutter",
    "(VT": "Ventricular tachycardia",
    "(IVR": "Ventricular rhythm",
    "(B": "Ventricular bigeminy",
    "(T": "Ventricular trigeminy",
    "(SVTA": "Run of supraventricular beats",
}
"""By WFDB name; the names are those of :mod:`processors.monitor.rhythm`. ``(N`` names no arrhythmia."""


def rhythm_words(name: str) -> str:
    """The words for a rhythm; an unknown name stays as it is, without its bracket."""
    return RHYTHM_WORDS.get(name, name.removeprefix("("))
