"""Writes an exploration: a page for people with its plots inside, a JSON file for programs, and the plots as PNG."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

import wardbeat
from training.evaluation.page import render
from training.explore import plots
from training.explore.data_set import DataSet
from training.explore.duplicates import Duplicates, SetOfRecords
from training.explore.examples import beat_examples, strip_examples

PAGE, REPORT, FIGURES = "explore.html", "explore.json", "figures"
SEED = 0
MOST_ROWS = 120
"""Records in a table of the page; those with a problem come first. The JSON file has all of them."""
BEAT_WORDS = {
    "N": "normal",
    "L": "left bundle branch block",
    "R": "right bundle branch block",
    "e": "atrial escape",
    "j": "nodal escape",
    "B": "bundle branch block",
    "n": "supraventricular escape",
    "A": "atrial premature",
    "a": "aberrated atrial premature",
    "J": "nodal premature",
    "S": "supraventricular premature",
    "V": "ventricular premature",
    "E": "ventricular escape",
    "r": "R-on-T ventricular",
    "F": "fusion",
    "/": "paced",
    "f": "fusion of paced",
    "Q": "unclassifiable",
    "?": "not classified",
}
"""The words of PhysioNet for the symbols of beats."""
RHYTHM_WORDS = {
    "(AB": "atrial bigeminy",
    "(AFIB": "atrial fibrillation",
    "(AF": "atrial fibrillation",
    "(AFL": "atrial flutter",
    "(ASYS": "asystole",
    "(B": "ventricular bigeminy",
    "(BI": "first-degree heart block",
    "(BII": "second-degree heart block",
    "(HGEA": "high-grade ventricular ectopy",
    "(IVR": "idioventricular rhythm",
    "(N": "normal sinus rhythm",
    "(NSR": "normal sinus rhythm",
    "(NOD": "nodal rhythm",
    "(NOISE": "noise",
    "(P": "paced rhythm",
    "(PM": "paced rhythm",
    "(PREX": "pre-excitation",
    "(SBR": "sinus bradycardia",
    "(SVTA": "supraventricular tachyarrhythmia",
    "(T": "ventricular trigeminy",
    "(VER": "ventricular escape rhythm",
    "(VF": "ventricular fibrillation",
    "(VFIB": "ventricular fibrillation",
    "(VFL": "ventricular flutter",
    "(VT": "ventricular tachycardia",
}
"""The words of PhysioNet for the aux strings of rhythms."""


class Exploration(msgspec.Struct, frozen=True):
    """The content of explore.json.

    Attributes
    ----------
    wardbeat, created : str
        Version; time in UTC.
    sets : list of DataSet
    duplicates : Duplicates
    figures : dict
        Files of the plots of each data set, by what they show.
    """

    wardbeat: str
    created: str
    sets: list[DataSet]
    duplicates: Duplicates
    figures: dict[str, dict[str, str]]


def write_exploration(
    folder: Path, sets: Sequence[DataSet], records: Sequence[SetOfRecords], duplicates: Duplicates
) -> Exploration:
    """Write the page, the JSON file and the plots into a folder.

    Parameters
    ----------
    folder : Path
        An empty folder.
    sets : sequence of DataSet
    records : sequence of SetOfRecords
        What the data sets were made from, in the same order.
    duplicates : Duplicates

    Raises
    ------
    RecordError
        If the signal of an example can't be read.
    """
    pictures = folder / FIGURES
    pictures.mkdir(parents=True)
    figures = {
        one.name: _draw(pictures, f"{at}", one, of_records)
        for at, (one, of_records) in enumerate(zip(sets, records, strict=True))
    }
    created = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    found = Exploration(wardbeat.__version__, created, list(sets), duplicates, figures)
    (folder / REPORT).write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    (folder / PAGE).write_text(render_page(found, pictures), encoding="utf-8")
    return found


def render_page(found: Exploration, pictures: Path) -> str:
    """The page as one HTML file with its plots inside."""
    return render("explore.html.j2", pictures, found=found, words=BEAT_WORDS | RHYTHM_WORDS, most_rows=MOST_ROWS)


def _draw(pictures: Path, prefix: str, one: DataSet, records: SetOfRecords) -> dict[str, str]:
    """Draw the plots of a data set; their file names by what they show."""
    files = {}

    def file(name: str) -> Path:
        files[name] = f"{prefix}_{name}.png"
        return pictures / files[name]

    for kind in ("beat", "rhythm", "record"):
        rows = [row for row in one.classes if row.kind == kind and row.count > 0]
        if rows:
            plots.draw_classes(file(f"{kind}_classes"), rows)
    plots.draw_spreads(file("spreads"), one)
    plots.draw_leads(file("leads"), one)
    good = [facts for facts in records.facts if facts.readable]
    beats = beat_examples(good, records.table, SEED)
    if beats:
        plots.draw_beats(file("beat_examples"), beats, BEAT_WORDS)
    strips = strip_examples(good, records.table, SEED)
    if strips:
        plots.draw_strips(file("strip_examples"), strips)
    return files
