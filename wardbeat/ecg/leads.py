"""Which leads are which, by name: two recorders need not send them in the same order."""

import re
from typing import Final

LIMB: Final = ("II", "MLII", "ML2", "LEADII", "D2", "DII", "MLI", "I", "LI", "AVF", "MLIII", "III", "AVL", "AVR")
"""Lead II and its kin first: positive QRS and a clear P wave in most people."""
PRECORDIAL: Final = ("V1", "MV1", "MCL1", "V2", "MV2", "V", "V5", "MV5", "CM5", "V4", "V3", "V6", "MCL6")


def choose_leads(sig_name: tuple[str, ...]) -> tuple[int, int]:
    """The indices of the limb lead and the precordial lead that beats are classified on.

    Without a name that is known, the first lead that is left stands in; −1 where there is none.

    Examples
    --------
    >>> choose_leads(("V5", "MLII"))
    (1, 0)
    >>> choose_leads(("ECG",))
    (0, -1)
    """
    names = [re.sub(r"[^A-Z0-9]", "", name.upper().removeprefix("ECG")) for name in sig_name]
    limb = next((names.index(name) for name in LIMB if name in names), None)
    precordial = next((names.index(name) for name in PRECORDIAL if name in names), None)
    rest = [index for index in range(len(names)) if index not in (limb, precordial)]
    if limb is None:
        limb = rest.pop(0) if rest else None
    if precordial is None:
        precordial = rest.pop(0) if rest else None
    if limb is None:  # a single lead is the first, whatever it is called
        limb, precordial = precordial, None
    return (-1 if limb is None else limb, -1 if precordial is None else precordial)
