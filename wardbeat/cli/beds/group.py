"""``wardbeat beds``: who is admitted where, limits and standby, by the same rules as on the screens."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from wardbeat.care.admissions import Bed
    from wardbeat.store.admission_store import AdmissionStore

_T = TypeVar("_T")
_NS_PER_S = 1_000_000_000
_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
_by_option = click.option("--by", required=True, help="Your initials; they stay with the act.")
_limit_options = (
    click.option("--hr-low", "hr_low_bpm", type=int, help="Slow heart rate, per minute (30 to 100)."),
    click.option("--hr-high", "hr_high_bpm", type=int, help="Fast heart rate, per minute (70 to 200)."),
    click.option("--pause", "pause_s", type=float, help="Seconds without a beat that are a pause (2 to 3.5)."),
    click.option("--pvc-rate", "pvc_per_minute", type=int, help="Frequent ventricular beats, per minute (5 to 99)."),
)


def _limits(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_limit_options):
        command = option(command)
    return command


@click.group(name="beds", help="Admit, move and discharge patients; set limits; put beds on standby.")
def command() -> None:
    pass


@command.command(name="list", help="List the beds that anything was ever set of.")
@_json_option
def list_beds(as_json: bool) -> None:
    beds = sorted(_ask(lambda store: store.beds()).items())
    if as_json:
        click.echo(json.dumps({"beds": [_plain(bed) for _, bed in beds]}))
    elif not beds:
        click.echo("Nobody is admitted; every stream is monitored with the defaults.")
    else:
        for _, bed in beds:
            click.echo(_line(bed))


@command.command(help="Admit a patient to a bed: the monitor begins anew.")
@click.argument("bed")
@click.option("--paced", is_flag=True, help="The patient has a pacemaker: noted and shown, alerts stay the same.")
@click.option("--known-af", is_flag=True, help="Atrial fibrillation is known: no alert on it.")
@_limits
@_by_option
@_json_option
def admit(bed: str, paced: bool, known_af: bool, by: str, as_json: bool, **limits: float | None) -> None:
    from wardbeat.care.admissions import PatientLimits, PatientSettings, changed_limits

    own = changed_limits(PatientLimits(), _given(limits))
    _print_one(_ask(lambda store: store.admit(bed, PatientSettings(None, own, paced, known_af), by)), as_json)


@command.command(help="Move the patient of a bed to a free one, with limits and history.")
@click.argument("bed")
@click.argument("target")
@_by_option
@_json_option
def transfer(bed: str, target: str, by: str, as_json: bool) -> None:
    _print_one(_ask(lambda store: store.transfer(bed, target, by)), as_json)


@command.command(help="Discharge a patient: alerts are closed, limits reset, the monitor begins anew.")
@click.argument("bed")
@_by_option
@_json_option
def discharge(bed: str, by: str, as_json: bool) -> None:
    async def act(store: "AdmissionStore") -> "Bed":
        await store.discharge(bed, by)
        return await store.bed(bed)

    _print_one(_ask(act), as_json)


@command.command(help="Note that the patient is away: no alert on missing data or leads, until the ECG returns.")
@click.argument("bed")
@click.option(
    "--minutes", type=click.FloatRange(0), default=30.0, show_default=True, help="At most so long; 0 ends it."
)
@_by_option
@_json_option
def standby(bed: str, minutes: float, by: str, as_json: bool) -> None:
    def act(store: "AdmissionStore") -> "Awaitable[Bed]":
        return store.begin_standby(bed, minutes * 60, by) if minutes else store.end_standby(bed, by)

    _print_one(_ask(act), as_json)


@command.command(help="Set limits of the patient in a bed.")
@click.argument("bed")
@_limits
@_by_option
@_json_option
def limits(bed: str, by: str, as_json: bool, **limits: float | None) -> None:
    given = _given(limits)
    if not given:
        raise click.UsageError("name at least one limit")
    _print_one(_ask(lambda store: store.set_limits(bed, by, **given)), as_json)


def _given(limits: dict[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in limits.items() if value is not None}


def _ask(question: "Callable[[AdmissionStore], Awaitable[_T]]") -> _T:
    """The store's answer to one question."""
    from wardbeat.settings import settings
    from wardbeat.store import redis_client
    from wardbeat.store.admission_store import AdmissionStore

    async def ask() -> _T:
        url = settings().redis_address
        redis = redis_client.connect(url)
        try:
            await redis_client.check(redis, url)
            return await question(AdmissionStore(redis))
        finally:
            await redis.aclose()

    return asyncio.run(ask())


def _plain(bed: "Bed") -> dict[str, Any]:
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(bed)
    return plain


def _print_one(bed: "Bed", as_json: bool) -> None:
    click.echo(json.dumps(_plain(bed)) if as_json else _line(bed))


def _line(bed: "Bed") -> str:
    """A bed in words."""
    from wardbeat.care import admissions

    settings = admissions.settings_of(bed)
    words = [f"admitted by {bed.admission.admitted_by}" if bed.admission else "not admitted"]
    if bed.admission:
        limits = settings.limits
        words.append(f"{limits.hr_low_bpm} to {limits.hr_high_bpm}/min")
        words.append(f"pause {limits.pause_s:g} s, more than {limits.pvc_per_minute} ventricular beats/min")
    words += [name for name, known in (("paced", settings.paced), ("known AF", settings.known_af)) if known]
    words += [f"{one.code} off ({one.reason}, {one.by})" for one in settings.off]
    now_ns = time.time_ns()
    if bed.standby and admissions.on_standby(bed, now_ns):
        words.append(f"on standby for {(bed.standby.until_ns - now_ns) / 60 / _NS_PER_S:.0f} min more")
    return f"{bed.stream_id:<16} {', '.join(words)}"
