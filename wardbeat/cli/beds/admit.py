"""``wardbeat beds admit``: admit a patient to a bed."""

import click

from wardbeat.cli.beds.bed_settings import given_limits, limit_options, print_bed, with_bed
from wardbeat.cli.options import by_option, json_option


@click.command(name="admit", help="Admit a patient to a bed. The monitor starts from the beginning.")
@click.argument("bed")
@click.option("--paced", is_flag=True, help="The patient has a pacemaker: its pulses are no beats, its beats never V.")
@click.option("--known-af", is_flag=True, help="Atrial fibrillation is known: no alert on it.")
@limit_options
@by_option
@json_option
def command(bed: str, paced: bool, known_af: bool, by: str, as_json: bool, **limits: float | None) -> None:
    from wardbeat.care.admissions import PatientSettings, with_own_limits

    settings = PatientSettings(paced=paced, known_af=known_af, own_limits=())
    settings = with_own_limits(settings, given_limits(limits))
    print_bed(with_bed(bed, lambda store: store.admit(bed, settings, by)), as_json)
