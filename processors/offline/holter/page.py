"""Writes the Holter report of one record: one HTML file with everything inside, which prints on A4."""

from pathlib import Path

import jinja2

import wardbeat
from processors.monitor.rhythm.conditions import RhythmLimits
from processors.offline.annotate import Annotations
from processors.offline.holter import ecg_strip
from processors.offline.holter import trend as overview
from processors.offline.holter.ecg_strip import DrawnStrip, drawn_strip
from processors.offline.holter.ectopy import fastest_run, longest_run
from processors.offline.holter.events import strip_events
from processors.offline.holter.periods import HOUR_S
from processors.offline.holter.summary import LONG_RR_S, HolterSummary, summarise
from processors.offline.holter.trend import drawn_trend
from processors.offline.holter.words import clock, lasting
from wardbeat.atomic_files import atomic_file
from wardbeat.contracts.alert_codes import CODES, words_of
from wardbeat.contracts.rhythm_words import rhythm_words
from wardbeat.ecg.io.records import Record

SUFFIX = "report.html"
LONGEST_LIST = 12
"""A table of episodes has at most this many rows, the longest ones; the files beside the report have all."""


def write_report(out: Path, record: Record, found: Annotations, bundle: str) -> Path:
    """Write ``NAME.report.html`` into a folder, completely or not at all.

    Parameters
    ----------
    out : Path
    record : Record
    found : Annotations
        What the monitor found in this record.
    bundle : str
        The model bundle, as a reader may identify it.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    RecordError
        If the signal of a strip can't be read.
    """
    summary = summarise(found, record.duration_s)
    strips = [drawn_strip(record, found.beats, event) for event in strip_events(summary)]
    path = out / f"{record.name}.{SUFFIX}"
    with atomic_file(path) as temporary:
        temporary.write_text(_page(record, found, summary, strips, bundle), encoding="utf-8")
    return path


def _page(record: Record, found: Annotations, summary: HolterSummary, strips: list[DrawnStrip], bundle: str) -> str:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("processors.offline.holter", ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"clock": clock, "lasting": lasting, "rhythm_words": rhythm_words, "words_of": words_of}
    return environment.get_template("holter.html.j2").render(
        record=record,
        summary=summary,
        trend=drawn_trend(found, record.duration_s),
        strips=strips,
        runs={
            symbol: {"longest": longest_run(one), "fastest": fastest_run(one)}
            for symbol, one in summary.sequences.items()
        },
        is_hourly=len(summary.periods) > 1 and summary.periods[0].end_s == HOUR_S,
        strip=ecg_strip,
        overview=overview,
        priorities={code: one.priority for code, one in CODES.items()},
        limits=RhythmLimits(),
        long_rr_s=LONG_RR_S,
        most=LONGEST_LIST,
        bundle=bundle,
        version=wardbeat.__version__,
    )
