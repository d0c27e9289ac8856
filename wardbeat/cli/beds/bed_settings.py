"""Runs acts on beds, reads the options for limits and prints beds, for the commands on beds."""

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from wardbeat.care.admissions import RANGES
from wardbeat.cli.values import Number, Whole
from wardbeat.cli.with_redis import with_redis

if TYPE_CHECKING:
    from wardbeat.care.admissions import Bed, PatientLimits, PatientSettings
    from wardbeat.store.beds.admission_store import AdmissionStore

_T = TypeVar("_T")
_LIMIT_WORDS = {
    "hr_low_bpm": "slow below {}/min",
    "hr_high_bpm": "fast above {}/min",
    "pause_s": "pause {:g} s",
    "pvc_per_minute": "more than {} ventricular beats/min",
    "hr_low_delay_s": "slow after {:g} s",
    "hr_high_delay_s": "fast after {:g} s",
    "slight_excess_min": "slightly beyond after {} min",
}
_NS_PER_MIN = 60_000_000_000
_LIMIT_OPTIONS = (
    click.option("--hr-low", "hr_low_bpm", type=Whole(RANGES["hr_low_bpm"]), help="Slow heart rate, per minute."),
    click.option("--hr-high", "hr_high_bpm", type=Whole(RANGES["hr_high_bpm"]), help="Fast heart rate, per minute."),
    click.option("--pause", "pause_s", type=Number(RANGES["pause_s"]), help="Seconds without a beat that are a pause."),
    click.option(
        "--pvc-rate",
        "pvc_per_minute",
        type=Whole(RANGES["pvc_per_minute"]),
        help="Frequent ventricular beats, per minute.",
    ),
    click.option(
        "--hr-low-delay",
        "hr_low_delay_s",
        type=Number(RANGES["hr_low_delay_s"]),
        help="Seconds until a heart rate 20/min too slow is an alert.",
    ),
    click.option(
        "--hr-high-delay",
        "hr_high_delay_s",
        type=Number(RANGES["hr_high_delay_s"]),
        help="Seconds until a heart rate 20/min too fast is an alert.",
    ),
    click.option(
        "--slight-excess",
        "slight_excess_min",
        type=Whole(RANGES["slight_excess_min"]),
        help="Minutes until a heart rate up to 2/min beyond its limit is an alert.",
    ),
)


def limit_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for the limits of a patient or the ward to a command."""
    for option in reversed(_LIMIT_OPTIONS):
        command = option(command)
    return command


def given_limits(limits: Mapping[str, float | None]) -> dict[str, float]:
    """The limits that the command line names, without the others."""
    return {name: value for name, value in limits.items() if value is not None}


def with_admissions(act: "Callable[[AdmissionStore], Awaitable[_T]]") -> _T:
    """Run ``act`` with the store of admissions and return its result.

    Raises
    ------
    StoreError
        If Redis does not answer.
    AdmissionError
        If the state of the bed does not allow the act.
    """
    from wardbeat.store.beds.admission_store import AdmissionStore

    return with_redis(lambda redis: act(AdmissionStore(redis)))


def with_bed(bed: str, act: "Callable[[AdmissionStore], Awaitable[_T]]") -> _T:
    """Run ``act`` with the store of admissions, if there is a bed of this name, and return its result.

    Raises
    ------
    StoreError
        If Redis does not answer.
    UnknownBedError
        If there is no such bed; it names the beds there are.
    AdmissionError
        If the state of the bed does not allow the act.
    """
    from wardbeat.store.beds.admission_store import AdmissionStore

    return with_redis(lambda redis: act(AdmissionStore(redis)), bed=bed)


def as_plain(bed: "Bed") -> dict[str, Any]:
    """A bed as a JSON object."""
    plain: dict[str, Any] = msgspec.to_builtins(bed)
    return plain


def print_bed(bed: "Bed", as_json: bool) -> None:
    """Print a bed as a line or as a JSON object."""
    click.echo(json.dumps(as_plain(bed)) if as_json else bed_line(bed))


def limit_words(limits: "PatientLimits") -> str:
    """Limits in words."""
    return ", ".join(words.format(getattr(limits, name)) for name, words in _LIMIT_WORDS.items())


def _own_limits(settings: "PatientSettings") -> str:
    own = RANGES if settings.own_limits is None else settings.own_limits
    return ", ".join(
        words.format(getattr(settings.limits, name)) for name, words in _LIMIT_WORDS.items() if name in own
    )


def bed_line(bed: "Bed") -> str:
    """A bed in words, in one line. The reasons that people typed are verbatim."""
    from wardbeat.care import admissions

    settings = admissions.settings_of(bed)
    words = [f"admitted by {bed.admission.admitted_by}" if bed.admission else "not admitted"]
    if bed.admission:
        words.append(_own_limits(settings) or "ward defaults")
    words += [name for name, known in (("paced", settings.paced), ("known AF", settings.known_af)) if known]
    words += [f"{one.code} off ({one.reason}, {one.by})" for one in settings.off]
    now_ns = time.time_ns()
    if bed.standby and admissions.on_standby(bed, now_ns):
        words.append(f"on standby for {(bed.standby.until_ns - now_ns) / _NS_PER_MIN:.0f} min more")
    return f"{bed.stream_id:<16} {', '.join(words)}"
