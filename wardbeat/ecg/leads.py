"""Finds the limb and the precordial lead by name, as recorders send leads in different orders."""

import re
from typing import Final

LIMB: Final = ("II", "MLII", "ML2", "LEADII", "D2", "DII", "MLI", "I", "LI", "AVF", "MLIII", "III", "AVL", "AVR")
"""By preference: lead II and similar leads first, which have a positive QRS and a clear P wave in most people."""
PRECORDIAL: Final = ("V1", "MV1", "MCL1", "V2", "MV2", "V", "V5", "MV5", "CM5", "V4", "V3", "V6", "MCL6")
"""By preference. C1 to C6 are V1 to V6 (IEC 60601-2-25)."""
_C_NAME: Final = re.compile(r"C(?=[1-6]$)")


def choose_leads(sig_name: tuple[str, ...]) -> tuple[int, int]:
    """The indices of the limb lead and the precordial lead on which beats are classified.

    If no name is known, the first of the other leads takes the place; −1 if there is none.

    Examples
    --------
    >>> choose_leads(("V5", "MLII"))
    (1, 0)
    >>> choose_leads(("ECG",))
    (0, -1)
    """
    names = [_C_NAME.sub("V", re.sub(r"[^A-Z0-9]", "", name.upper().removeprefix("ECG"))) for name in sig_name]
    limb = next((names.index(name) for name in LIMB if name in names), None)
    precordial = next((names.index(name) for name in PRECORDIAL if name in names), None)
    rest = [index for index in range(len(names)) if index not in (limb, precordial)]
    if limb is None:
        limb = rest.pop(0) if rest else None
    if precordial is None:
        precordial = rest.pop(0) if rest else None
    if limb is None:  # a single lead counts as the limb lead, whatever its name
        limb, precordial = precordial, None
    return (-1 if limb is None else limb, -1 if precordial is None else precordial)
