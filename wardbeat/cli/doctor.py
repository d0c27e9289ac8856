"""``wardbeat doctor``: is all there that a ward needs, and if not, what is to be done."""

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

    from wardbeat.doctor import Finding

FAILED = 1
"""The exit code of a check that found a failure."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def command(as_json: bool) -> None:
    """Check settings, Kafka, topics, Redis, bundle, clock and disk, and say what to do.

    Run it where a worker shall run, with its variables. Exit code 1 if anything failed; warnings are no failure.
    """
    findings = _findings()
    failed = any(finding.state == "failed" for finding in findings)
    if as_json:
        click.echo(json.dumps({"ok": not failed, "findings": [finding._asdict() for finding in findings]}))
    else:
        for finding in findings:
            do = f"; {finding.do}" if finding.do else ""
            click.echo(f"{finding.state:8} {finding.check:10} {finding.words}{do}")
    if failed:
        sys.exit(FAILED)


def _findings() -> "list[Finding]":
    from wardbeat import doctor
    from wardbeat.errors import SettingsError
    from wardbeat.settings import settings

    try:
        given = settings()
    except SettingsError as error:
        return [doctor.Finding("settings", "failed", str(error))]
    return [
        *doctor.unknown_variables(os.environ),
        *doctor.check_kafka(given),
        *asyncio.run(doctor.check_redis(given)),
        _bundle(given.bundle),
        doctor.check_disk(given.data_dir),
    ]


def _bundle(path: "Path | None") -> "Finding":
    from models.runtime import Runtime
    from wardbeat.doctor import Finding
    from wardbeat.errors import BundleError

    try:
        manifest = Runtime.load(path).manifest
    except BundleError as error:
        return Finding("bundle", "failed", str(error))
    return Finding("bundle", "ok", f"{path or 'the shipped one'}, fitted {manifest.created}")
