"""``wardbeat beds remove``: remove a bed with its stream."""

import click

from wardbeat.cli.options import by_option
from wardbeat.cli.with_redis import with_redis


@click.command(
    name="remove",
    help="Remove a bed without a patient, with its stream: its alerts are closed, its settings and snapshots deleted. "
    "A device that still sends makes the bed anew.",
)
@click.argument("bed")
@by_option
def command(bed: str, by: str) -> None:
    from wardbeat.store.beds.bed_removal import BedRemoval

    with_redis(lambda redis: BedRemoval(redis).remove(bed, by), bed=bed)
    click.echo(f"{bed} is removed. It comes back as a new bed if its device sends again.")
