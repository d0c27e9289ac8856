"""``wardbeat beds admit``: admit a patient to a bed."""

import click

from wardbeat.cli.beds.bed_settings import given_limits, limit_options, print_bed, with_bed
from wardbeat.cli.options import by_option, json_option


@click.command(name="admit", help="Admit a patient to a bed. The monitor starts from the beginning.")
@click.argument("bed")
@click.option("--paced", is_flag=True, help="The patient has a pacemaker: shown on the screens, alerts stay the same.")
@click.option("--known-af", is_flag=True, help="Atrial fibrillation is known: no alert on it.")
@limit_options
@by_option
@json_option
def command(bed: str, paced: bool, known_af: bool, by: str, as_json: bool, **limits: float | None) -> None:
    from wardbeat.care.admissions import PatientLimits, PatientSettings, changed_limits

    own_limits = changed_limits(PatientLimits(), given_limits(limits))
    settings = PatientSettings(None, own_limits, paced, known_af)
    print_bed(with_bed(bed, lambda store: store.admit(bed, settings, by)), as_json)
