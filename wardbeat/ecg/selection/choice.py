"""The one place that decides which signals of a source are its ECG leads, with the reason for each signal.

A person's choice decides first. Without one, the name decides; for a name that says nothing, the unit (a voltage) and
then the shape of the signal decide. Leads by name come before leads by shape, and both keep the order of the source.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from wardbeat.contracts.codec import MAX_LEADS
from wardbeat.ecg.selection.names import SignalKind, kind_beside
from wardbeat.errors import RecordError

BY_PERSON: Final = "chosen by hand"
BY_NAME: Final = "ECG by name"
BY_SHAPE: Final = "ECG by shape"
NOT_CHOSEN: Final = "not chosen by hand"
NO_ECG_SHAPE: Final = "no ECG by shape"
BY_PRESSURE_UNIT: Final = "pressure by unit"
PRESSURE_UNITS: Final = frozenset(["mmhg", "cmh2o", "mmh2o", "pa", "hpa", "kpa", "bar", "mbar", "torr", "psi"])
ELECTRICAL: Final[frozenset[SignalKind | None]] = frozenset(["EEG", "EOG", "EMG"])
"""A signal of these kinds is a voltage, so a pressure with such a name is a pressure: ``P1`` in mmHg."""
TOO_MANY: Final = f"more than {MAX_LEADS} leads"


class SourceSignal(NamedTuple):
    """A signal as its source describes it. ``in_volts`` is whether the unit is a voltage whose scale is known."""

    name: str
    unit: str
    in_volts: bool


class JudgedSignal(NamedTuple):
    """A signal, and why it is a lead or is left out."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name} ({self.reason})"


class LeadChoice(NamedTuple):
    """The leads of a source in the order of their use, and the signals that are left out in the order of the source."""

    leads: tuple[JudgedSignal, ...]
    left_out: tuple[JudgedSignal, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(lead.name for lead in self.leads)

    def __str__(self) -> str:
        """All leads and signals, those of one reason together."""
        left_out = f"; {len(self.left_out)} left out: {_by_reason(self.left_out)}" if self.left_out else ""
        return _by_reason(self.leads) + left_out


def why_no_lead(signal: SourceSignal, beside: Sequence[SourceSignal], wanted: Sequence[str] = ()) -> str | None:
    """Why a signal is no ECG lead; None if it is one, or if only its shape can tell.

    Parameters
    ----------
    signal : SourceSignal
    beside : sequence of SourceSignal
        All signals of the source. The names of its voltages tell whether ``C1`` is a chest lead.
    wanted : sequence of str
        The leads that a person has chosen; none for the automatic choice.
    """
    if wanted:
        return _unit_problem(signal) if _find(signal.name, wanted) else NOT_CHOSEN
    kind = kind_beside(signal.name, (other.name for other in beside if other.in_volts))
    if _is_pressure(signal) and (kind is None or kind in ELECTRICAL):
        return BY_PRESSURE_UNIT
    return _kind_problem(kind) or _unit_problem(signal)


def choose_leads_of(
    source: str,
    candidates: Sequence[str],
    left_out: Sequence[JudgedSignal],
    wanted: Sequence[str],
    has_ecg_shape: Callable[[str], bool],
) -> LeadChoice:
    """Choose the leads of a source.

    Parameters
    ----------
    source : str
        What errors name, such as the path of a header.
    candidates : sequence of str
        The signals for which :func:`why_no_lead` has no reason, each name once.
    left_out : sequence of JudgedSignal
        The other signals, with this reason.
    wanted : sequence of str
        The leads that a person has chosen, in the order of their use; none for the automatic choice.
    has_ecg_shape : callable
        Whether the signal of this name has the shape of an ECG. It is asked about names that say nothing.

    Raises
    ------
    RecordError
        If a wanted lead is missing, or no signal is an ECG lead.
    """
    if wanted:
        return _wanted_leads(source, candidates, left_out, wanted)
    by_name = [name for name in candidates if kind_beside(name, candidates) == "ECG"]
    unknown = [name for name in candidates if name not in by_name]
    by_shape = [name for name in unknown if has_ecg_shape(name)]
    leads = [JudgedSignal(name, BY_NAME) for name in by_name] + [JudgedSignal(name, BY_SHAPE) for name in by_shape]
    others = [
        *left_out,
        *(JudgedSignal(name, NO_ECG_SHAPE) for name in unknown if name not in by_shape),
        *(JudgedSignal(lead.name, TOO_MANY) for lead in leads[MAX_LEADS:]),
    ]
    if not leads:
        raise RecordError(
            f"{source}: holds no ECG lead, its signals are {_listed(others)}; if one is ECG, choose it (--leads) "
            "or give it the name of a lead, else take another record"
        )
    return LeadChoice(tuple(leads[:MAX_LEADS]), tuple(others))


def _wanted_leads(
    source: str, candidates: Sequence[str], left_out: Sequence[JudgedSignal], wanted: Sequence[str]
) -> LeadChoice:
    chosen: list[str] = []
    for name in dict.fromkeys(wanted):
        found = _find(name, candidates)
        if found is None:
            there = [*(JudgedSignal(one, "can be chosen") for one in candidates), *left_out]
            raise RecordError(
                f"{source}: has no lead {name!r} to choose, its signals are {_listed(there)}; choose others"
            )
        chosen += [found] if found not in chosen else []
    if len(chosen) > MAX_LEADS:
        raise RecordError(f"{source}: at most {MAX_LEADS} leads can be chosen, {len(chosen)} given; choose fewer")
    return LeadChoice(
        tuple(JudgedSignal(name, BY_PERSON) for name in chosen),
        (*left_out, *(JudgedSignal(name, NOT_CHOSEN) for name in candidates if name not in chosen)),
    )


def _kind_problem(kind: SignalKind | None) -> str | None:
    return None if kind in (None, "ECG") else f"{kind} by name"


def _is_pressure(signal: SourceSignal) -> bool:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", signal.unit)).casefold() in PRESSURE_UNITS


def _unit_problem(signal: SourceSignal) -> str | None:
    return None if signal.in_volts else f"its unit {signal.unit or 'is missing, which'} is no voltage"


def _find(name: str, among: Sequence[str]) -> str | None:
    """The entry of this name; case and punctuation count only if several differ in nothing else."""
    if name in among:
        return name
    return next((one for one in among if _key(one) == _key(name)), None)


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _by_reason(signals: Sequence[JudgedSignal]) -> str:
    names: dict[str, list[str]] = {}
    for signal in signals:
        names.setdefault(signal.reason, []).append(signal.name)
    return "; ".join(f"{', '.join(named)} ({reason})" for reason, named in names.items())


def _listed(signals: Sequence[JudgedSignal]) -> str:
    return ", ".join(map(str, signals)) or "none"
