"""``wardbeat doctor``: check the surroundings of a ward and propose the next step for each problem."""

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING

import click

from wardbeat.cli.options import json_option

if TYPE_CHECKING:
    from pathlib import Path

    from wardbeat.doctor.findings import Finding

FAILED = 1
"""The exit code of a check that found a failure."""


@click.command()
@json_option
def command(as_json: bool) -> None:
    """Check settings, Kafka, topics, Redis, bundle, clock and disk, and propose the next step.

    Run it on the machine of a worker, with the worker's variables. Exit code 1: a check failed. Warnings
    are no failure.
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
    from wardbeat.doctor import checks
    from wardbeat.doctor.findings import Finding
    from wardbeat.errors import SettingsError
    from wardbeat.settings import settings

    try:
        given = settings()
    except SettingsError as error:
        return [Finding("settings", "failed", str(error))]
    return [
        *checks.check_variables(os.environ),
        *checks.check_kafka(given),
        *asyncio.run(checks.check_redis(given)),
        _bundle(given.bundle),
        _uploads(),
        checks.check_disk(given.data_dir),
    ]


def _uploads() -> "Finding":
    """Whether the networks that answer uploads are installed. The ward does not need them."""
    from processors.classify.classifiers import Classifiers
    from wardbeat.doctor.findings import Finding

    problems = [problem for problem in Classifiers().problems().values() if problem]
    if problems:
        return Finding("uploads", "warning", "; ".join(problems))
    return Finding("uploads", "ok", "networks for pictures and for twelve leads are there")


def _bundle(path: "Path | None") -> "Finding":
    from models.runtime import Runtime
    from wardbeat.doctor.findings import Finding
    from wardbeat.errors import BundleError

    try:
        manifest = Runtime.load(path).manifest
    except BundleError as error:
        return Finding("bundle", "failed", str(error))
    return Finding("bundle", "ok", f"{path or 'the shipped one'}, fitted {manifest.created}")
