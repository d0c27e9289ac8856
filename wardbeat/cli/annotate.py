"""``wardbeat annotate``: run the live detector over records and write its findings as files, and as a report."""

import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec

from wardbeat.care.admissions import PatientSettings, SettingsApplied
from wardbeat.cli.options import json_option, leads_option
from wardbeat.cli.values import FOLDER_TO_WRITE, RECORD, SOURCE, Number, Whole
from wardbeat.contracts import rules
from wardbeat.ecg.selection.wanted import WantedLeads, wanted_leads

EVERY_RECORD = "all"


class _Group(NamedTuple):
    """The records and the options of one process."""

    paths: list[Path]
    out: Path
    bundle: Path | None
    chunk_s: float
    report: bool
    leads: WantedLeads
    settings: PatientSettings
    paced: frozenset[str]
    """The records of paced patients."""


@click.command(name="annotate")
@click.option("--records", "folder", type=SOURCE, required=True, help="Folder of records (WFDB, EDF).")
@click.option("--out", type=FOLDER_TO_WRITE, required=True, help="Folder to write to; it is made if it is missing.")
@click.option("--bundle", type=SOURCE, help="Model bundle; without it, the shipped one.")
@click.option("--chunk-s", type=Number(rules.OFFLINE_CHUNK_S), default=0.5, show_default=True, help="Seconds a chunk.")
@click.option("--report", is_flag=True, help="Also write NAME.report.html: a Holter report, which prints on A4.")
@leads_option
@click.option("--ward-defaults", type=SOURCE, help="The ward's limits: a file of `wardbeat beds defaults --json`.")
@click.option(
    "--paced",
    type=RECORD,
    multiple=True,
    help="A record of a patient with a pacemaker; `--paced all`: each record. Give it once for each record.",
)
@click.option("--jobs", type=Whole(rules.PROCESSES), help="Parallel processes; without it, one for each core.")
@json_option
@click.argument("names", type=RECORD, nargs=-1)
def command(
    folder: Path,
    out: Path,
    bundle: Path | None,
    chunk_s: float,
    report: bool,
    leads: tuple[str, ...],
    ward_defaults: Path | None,
    paced: tuple[str, ...],
    jobs: int | None,
    as_json: bool,
    names: Sequence[str],
) -> None:
    """Run the live detector over records and write its findings as files.

    Each record gets NAME.wb (beats and rhythms), NAME.status.jsonl (each second), NAME.alerts.jsonl and
    NAME.windows.jsonl (the verdict on each 5 s).

    NAMES are records of the folder; without NAMES, all records.
    """
    from rich.console import Console
    from rich.progress import Progress

    from wardbeat.ecg.io.records import find_records, open_record
    from wardbeat.process_pool import run_jobs

    settings = _settings_of_ward(ward_defaults)
    paths = list(dict.fromkeys(find_records(folder, names)))
    wanted = wanted_leads(leads)
    wanted.check_records(path.name for path in paths)
    are_paced = _paced_records(paced, [path.name for path in paths])
    # This checks all records before the first one starts.
    seconds = {path: open_record(path, wanted.of(path.name)).duration_s for path in paths}
    _check_names_differ(paths)
    _make_folder(out)
    began = time.monotonic()
    done: list[dict[str, Any]] = []
    jobs = min(jobs or os.cpu_count() or 1, len(paths))
    longest_first = sorted(paths, key=lambda path: -seconds[path])
    groups = [
        _Group(group, out, bundle, chunk_s, report, wanted, settings, are_paced)
        for group in _groups(longest_first, jobs)
    ]
    console = Console(stderr=True)
    with (
        Progress(console=console, transient=True, disable=not console.is_terminal) as progress,
        run_jobs(_annotate_group, groups, jobs) as results,
    ):
        task = progress.add_task("records", total=len(paths))
        for summaries in results:
            done += summaries
            progress.update(task, completed=len(done))
    _report(done, sum(seconds.values()), time.monotonic() - began, out, as_json)


def _groups(paths: Sequence[Path], jobs: int) -> list[list[Path]]:
    """Split records, sorted by length, into groups for one process each: small enough to keep all cores busy."""
    from processors.offline.annotate import TOGETHER

    size = max(1, min(TOGETHER, -(-len(paths) // jobs)))
    return [list(paths[begin : begin + size]) for begin in range(0, len(paths), size)]


def _annotate_group(group: _Group) -> list[dict[str, Any]]:
    """Annotate the records of a group. It runs in its own process."""
    from models.runtime import Runtime
    from processors.monitor.monitor_events import limits_of
    from processors.monitor.patient_monitor import MonitorConfig, config_of
    from processors.offline.annotate import annotate, write_annotations
    from processors.offline.holter.page import write_report
    from wardbeat.contracts.codec import MAX_SESSION_ID
    from wardbeat.contracts.messages import SCHEMA_VERSION
    from wardbeat.ecg.io.records import open_record

    summaries = []
    networks = Runtime.load(group.bundle)
    records = {path.name: open_record(path, group.leads.of(path.name)) for path in group.paths}
    config = MonitorConfig(limits_of(config_of(networks.manifest.thresholds).limits, group.settings))
    paced = msgspec.structs.replace(group.settings, paced=True)
    schedule = [
        SettingsApplied(SCHEMA_VERSION, name, name[:MAX_SESSION_ID], 0, record.fs, paced)
        for name, record in records.items()
        if name in group.paced
    ]
    sources = list(records.values())
    for name, found in annotate(sources, networks, config=config, chunk_s=group.chunk_s, schedule=schedule):
        write_annotations(group.out, records[name], found)
        if group.report:
            write_report(group.out, records[name], found, bundle=f"of {networks.manifest.created}")
        summaries.append(
            {
                "record": name,
                "beats": dict(sorted(Counter(beat.symbol for beat in found.beats).items())),
                "windows": len(found.windows),
                "alerts": dict(sorted(Counter(alert.code for alert in found.alerts.values()).items())),
                "leads": list(records[name].sig_name),
                "left_out": list(records[name].left_out),
                "choice": str(records[name].choice),
            }
        )
    return summaries


def _settings_of_ward(file: Path | None) -> PatientSettings:
    """The settings of a record: the limits of the ward, since nobody is admitted."""
    from wardbeat.care.ward_defaults import WardDefaults, read_defaults, settings_in_force
    from wardbeat.errors import SettingsError

    try:
        defaults = WardDefaults() if file is None else read_defaults(file.read_bytes(), f"--ward-defaults {file}")
    except OSError as error:
        raise SettingsError(f"--ward-defaults {file}: can't be read ({error.strerror}); give a file") from error
    return settings_in_force(None, defaults)


def _paced_records(paced: Sequence[str], names: Sequence[str]) -> frozenset[str]:
    """The records of paced patients among ``names``, from the texts of the option."""
    from wardbeat.errors import RecordError

    if EVERY_RECORD in paced:
        return frozenset(names)
    missing = [name for name in paced if name not in names]
    if missing:
        raise RecordError(
            f"--paced {missing[0]}: no such record is used, only {', '.join(names[:5])}; correct the name"
        )
    return frozenset(paced)


def _make_folder(out: Path) -> None:
    from wardbeat.errors import SettingsError

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"--out {out}: can't be made a folder ({error.strerror}); give another") from error


def _check_names_differ(paths: Sequence[Path]) -> None:
    from wardbeat.errors import RecordError

    twice = [name for name, count in Counter(path.name for path in paths).items() if count > 1]
    if twice:
        raise RecordError(
            f"record {twice[0]!r}: two folders have a record of this name, so its files would collide; give one"
        )


def _report(done: list[dict[str, Any]], seconds: float, took_s: float, out: Path, as_json: bool) -> None:
    done.sort(key=lambda row: str(row["record"]))
    beats = sum(sum(row["beats"].values()) for row in done)
    alerts = sum(sum(row["alerts"].values()) for row in done)
    if as_json:
        report = {"records": done, "beats": beats, "alerts": alerts, "signal_s": seconds, "took_s": round(took_s, 2)}
        click.echo(msgspec.json.encode(report).decode())
        return
    for row in done:
        counts = "  ".join(f"{symbol} {count}" for symbol, count in row["beats"].items())
        listed = ", ".join(f"{code} {count}" for code, count in row["alerts"].items()) or "no alerts"
        click.echo(f"{row['record']:>10}  {counts or 'no beats':<40}  {listed}")
        if row["left_out"]:
            click.echo(f"{'':>10}  {row['choice']}")
    click.echo(
        f"{len(done)} records, {seconds / 3600:.1f} h of signal in {took_s:.1f} s: "
        f"{beats} beats, {alerts} alerts in {out}"
    )
