"""``wardbeat classify 12-lead``: superclasses, normal or not, and rhythm of each record, one JSON object a line."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from wardbeat.cli.values import RECORD, SOURCE

if TYPE_CHECKING:
    from models.classify.twelve_lead import TwelveLeadClassifier


@click.command(name="12-lead")
@click.option("--records", "folder", type=SOURCE, required=True, help="Folder of WFDB records.")
@click.option("--bundle", type=SOURCE, help="Bundle of twelve leads; without it, the shipped one.")
@click.argument("names", type=RECORD, nargs=-1)
def command(folder: Path, bundle: Path | None, names: tuple[str, ...]) -> None:
    """Classify records of twelve leads by their first ten seconds.

    NAMES are records of the folder; without NAMES, all records. Prints one JSON object a line:
    {"record", "superclasses", "abnormal", "rhythm"}. A record that the networks can't answer has null in all three and
    the reason in "reason". A record that is not there is a line like this, too; then the exit code is 2 at the end.
    """
    from models.classify.twelve_lead import TwelveLeadClassifier

    classifier = TwelveLeadClassifier.load(bundle)
    missing = 0
    for name, path in _paths(folder, names):
        missing += not isinstance(path, Path)
        row = {"record": name, **(_answer(classifier, path) if isinstance(path, Path) else _unanswered(path))}
        click.echo(msgspec.json.encode(row).decode())
    if missing:
        click.echo(f"wardbeat: {missing} of {len(names)} records are not there; see their lines", err=True)
        sys.exit(2)


def _paths(folder: Path, names: tuple[str, ...]) -> Iterator[tuple[str, Path | str]]:
    """The name of each record, with its path, or with the reason why there is none."""
    from wardbeat.ecg.io.records import find_records
    from wardbeat.errors import RecordError

    every = find_records(folder)  # no folder, or no record in it, is an error of its own
    by_place = {path.relative_to(folder).as_posix(): path for path in every}
    by_name = {path.name: path for path in reversed(every)}
    if not names:
        unique = len(by_name) == len(every)
        yield from ((path.name if unique else place, path) for place, path in by_place.items())
    for name in names:
        wanted = name.removesuffix(".hea")
        path = by_place.get(wanted) or by_name.get(wanted)
        try:
            yield name, path or find_records(folder, [name])[0]  # the latter finds what RECORDS does not list
        except RecordError as error:
            yield name, str(error)


def _answer(classifier: "TwelveLeadClassifier", path: Path) -> dict[str, Any]:
    """What the networks say about one record."""
    from processors.classify.lead_answers import answer_beginning, lead_row
    from wardbeat.ecg.io.records import open_record
    from wardbeat.errors import RecordError

    try:
        found = answer_beginning(classifier, open_record(path))
    except RecordError as error:
        return _unanswered(str(error))
    if found.reason is not None:
        return _unanswered(found.reason)
    return lead_row(found)._asdict()


def _unanswered(reason: str) -> dict[str, Any]:
    return {"superclasses": None, "abnormal": None, "rhythm": None, "reason": reason}
