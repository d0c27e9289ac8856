"""``wardbeat beds discharge``: discharge a patient."""

from typing import TYPE_CHECKING

import click

from wardbeat.cli.beds.bed_settings import print_bed, with_bed
from wardbeat.cli.options import by_option, json_option

if TYPE_CHECKING:
    from wardbeat.care.admissions import Bed
    from wardbeat.store.beds.admission_store import AdmissionStore


@click.command(
    name="discharge",
    help="Discharge a patient: close the alerts and reset the limits. The monitor starts from the beginning.",
)
@click.argument("bed")
@by_option
@json_option
def command(bed: str, by: str, as_json: bool) -> None:
    async def act(store: "AdmissionStore") -> "Bed":
        await store.discharge(bed, by)
        return await store.bed(bed)

    print_bed(with_bed(bed, act), as_json)
