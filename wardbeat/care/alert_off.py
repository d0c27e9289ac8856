"""Alerts that staff have switched off for one patient: pure rules; an admission holds what they give.

A code that is off is not announced: its condition raises no alert and hides no less urgent one. That it was off, since
when, by whom and why is in the audit and on the screen, as with bedside monitors; what the ECG showed meanwhile is in
the beats and rhythms.
"""

from typing import Final

import msgspec

from wardbeat.contracts.alert_codes import CODES
from wardbeat.errors import AlertActionError

NEVER_OFF: Final = frozenset({"asystole", "ventricular_fibrillation", "ventricular_tachycardia"})
"""What kills within minutes; and no technical alert either, as it says that nothing else can be relied on."""
MAX_REASON_CHARS: Final = 200


class AlertOff(msgspec.Struct, frozen=True):
    """A code that is switched off: why, by whom and since when (Unix time)."""

    code: str
    reason: str
    by: str
    since_ns: int


def switch_off(off: tuple[AlertOff, ...], code: str, reason: str, by: str, now_ns: int) -> tuple[AlertOff, ...]:
    """What is off once ``code`` is, in the order of urgency; the same object if it was off already.

    Raises
    ------
    AlertActionError
        If there is no such code, it can't be switched off, or the reason is empty or too long.
    """
    known = CODES.get(code)
    if known is None:
        raise AlertActionError(f"alert code {code!r}: there is none of this name; see docs/reference/alert-codes.md")
    if code in NEVER_OFF or known.kind == "technical":
        raise AlertActionError(f"alert code {code}: it can't be switched off; pause the sound or put it right")
    reason = reason.strip()
    if not 1 <= len(reason) <= MAX_REASON_CHARS:
        raise AlertActionError(
            f"alert code {code}: a reason has 1 to {MAX_REASON_CHARS} characters, {len(reason)} given; say why"
        )
    if any(one.code == code for one in off):
        return off
    order = list(CODES)
    return tuple(sorted((*off, AlertOff(code, reason, by, now_ns)), key=lambda one: order.index(one.code)))


def switch_on(off: tuple[AlertOff, ...], code: str) -> tuple[AlertOff, ...]:
    """What is off once ``code`` is on; the same object if it was on already."""
    rest = tuple(one for one in off if one.code != code)
    return off if len(rest) == len(off) else rest
