"""Alert codes that staff have switched off for one patient: pure rules. The patient's admission holds the codes.

The condition of a code that is off raises no alert and hides no less urgent one. The audit and the screen show which
code is off, since when, by whom and why, as on bedside monitors. Beats and rhythms are recorded in any case.
"""

from typing import Final

import msgspec

from wardbeat.contracts import rules
from wardbeat.contracts.alert_codes import CODES
from wardbeat.errors import AlertActionError

NEVER_OFF: Final = frozenset({"asystole", "ventricular_fibrillation", "ventricular_tachycardia"})
"""These conditions kill within minutes. Technical alerts can't be switched off either, because after one no other alert
is reliable."""


class AlertOff(msgspec.Struct, frozen=True):
    """A code that is off: the reason, the initials of the person, and the Unix time."""

    code: str
    reason: str
    by: str
    since_ns: int


def switch_off(off: tuple[AlertOff, ...], code: str, reason: str, by: str, now_ns: int) -> tuple[AlertOff, ...]:
    """The codes that are off after ``code`` is switched off, in the order of urgency; the same object if it was off.

    Raises
    ------
    AlertActionError
        If there is no such code, or it can't be switched off.
    InvalidValueError
        If the reason is empty or too long.
    """
    known = CODES.get(code)
    if known is None:
        raise AlertActionError(f"alert code {code!r}: no code has this name; see docs/reference/alert-codes.md")
    if code in NEVER_OFF or known.kind == "technical":
        raise AlertActionError(f"alert code {code}: it can't be switched off; pause the sound or remove the cause")
    reason = rules.reason(reason)
    if any(one.code == code for one in off):
        return off
    order = list(CODES)
    return tuple(sorted((*off, AlertOff(code, reason, by, now_ns)), key=lambda one: order.index(one.code)))


def switch_on(off: tuple[AlertOff, ...], code: str) -> tuple[AlertOff, ...]:
    """The codes that are off after ``code`` is switched on; the same object if it was on."""
    rest = tuple(one for one in off if one.code != code)
    return off if len(rest) == len(off) else rest
