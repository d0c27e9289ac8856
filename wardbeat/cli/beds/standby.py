"""``wardbeat beds standby``: begin or end the standby of a bed."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING

import click

from wardbeat.care.admissions import STANDBY_MIN
from wardbeat.cli.beds.bed_settings import print_bed, with_bed
from wardbeat.cli.options import by_option, json_option
from wardbeat.cli.values import Number

if TYPE_CHECKING:
    from wardbeat.care.admissions import Bed
    from wardbeat.store.beds.admission_store import AdmissionStore


@click.command(
    name="standby",
    help="Put a bed on standby, because the patient is away: no alert on missing data or leads, until the ECG returns.",
)
@click.argument("bed")
@click.option(
    "--minutes", type=Number(STANDBY_MIN), default=30.0, show_default=True, help="Longest time; 0 ends the standby."
)
@by_option
@json_option
def command(bed: str, minutes: float, by: str, as_json: bool) -> None:
    def act(store: "AdmissionStore") -> "Awaitable[Bed]":
        return store.begin_standby(bed, minutes * 60, by) if minutes else store.end_standby(bed, by)

    print_bed(with_bed(bed, act), as_json)
