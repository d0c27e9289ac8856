"""The Holter report as a file: its figures are those of the files that ``wardbeat annotate`` writes."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import wfdb
from playwright.sync_api import Browser

from models.runtime import Runtime
from processors.monitor.patient_monitor import config_of
from processors.offline.annotate import annotate, write_annotations
from processors.offline.holter.page import write_report
from tests.support.found_beats import annotations
from tests.support.records_on_disk import write_record
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.io.records import open_record

NAME = "203"
PX_PER_MM = 96 / 25.4


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of one shipped excerpt, and its report."""
    out = tmp_path_factory.mktemp("holter")
    networks = Runtime.load(None)
    with excerpts_folder() as folder:
        record = open_record(folder / NAME)
        ((_, found),) = annotate([record], networks, config=config_of(networks.manifest.thresholds))
        write_annotations(out, record, found)
        write_report(out, record, found, "a bundle")
    return out


@pytest.fixture(scope="module")
def page(written: Path) -> str:
    return (written / f"{NAME}.report.html").read_text(encoding="utf-8")


def cells(page: str, table: str) -> list[list[str]]:
    """The text of the cells of a table's body."""
    body = re.search(rf'<table id="{table}">.*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    assert body is not None
    rows = re.findall(r"<tr.*?</tr>", body[1], re.DOTALL)
    return [[re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)] for row in rows]


def runs_of(symbols: list[str], symbol: str) -> list[int]:
    """The lengths of all sequences of a class, counted in another way than the product does."""
    return [len(run) for run in re.findall(f"{symbol}+", "".join(symbols))]


@pytest.mark.slow
def test_the_ectopic_beats_by_period_are_those_of_the_annotation_file(written: Path, page: str) -> None:
    annotation = wfdb.rdann(str(written / NAME), "wb")
    is_beat = np.array(annotation.symbol) != "+"
    symbols, t_s = np.array(annotation.symbol)[is_beat], annotation.sample[is_beat] / annotation.fs
    *rows, total = cells(page, "periods")
    for index, row in enumerate(rows):
        within = np.minimum(t_s // 600, len(rows) - 1) == index
        assert [int(row[2]), int(row[4]), int(row[8])] == [
            within.sum(),
            (symbols[within] == "V").sum(),
            (symbols[within] == "S").sum(),
        ]
    for column, symbol in ((4, "V"), (8, "S")):
        lengths = runs_of(symbols.tolist(), symbol)
        runs = [length for length in lengths if length > 2]
        expected = [sum(lengths), lengths.count(1), lengths.count(2), len(runs)]
        assert [int(cell.split()[0]) for cell in total[column : column + 4]] == expected
        assert total[column + 3] == (f"{len(runs)} ({sum(runs)})" if runs else "0")
    assert sum(runs_of(symbols.tolist(), "V")) > 20, "the excerpt has ventricular beats"


@pytest.mark.slow
def test_the_heart_rate_is_that_of_the_status_file(written: Path, page: str) -> None:
    lines = [json.loads(line) for line in (written / f"{NAME}.status.jsonl").read_text().splitlines()]
    rates = [line["hr_bpm"] for line in lines if line["hr_bpm"] is not None]
    assert f"<b>{np.mean(rates):.0f} <small>/min" in page
    for title, rate in (("Slowest", min(rates)), ("Fastest", max(rates))):
        assert f"{title} heart rate: {rate:.0f}/min" in page


@pytest.mark.slow
def test_the_alerts_are_those_of_the_alerts_file(written: Path, page: str) -> None:
    lines = [json.loads(line) for line in (written / f"{NAME}.alerts.jsonl").read_text().splitlines()]
    couplets = sum(line["code"] == "couplet" for line in lines)
    assert couplets > 0
    assert re.search(rf'Ventricular couplet</td><td class="low">low</td><td class="n">{couplets}</td>', page)


@pytest.mark.slow
def test_the_burden_of_fibrillation_is_that_of_the_annotation_file(written: Path, page: str) -> None:
    annotation = wfdb.rdann(str(written / NAME), "wb")
    status = [json.loads(line) for line in (written / f"{NAME}.status.jsonl").read_text().splitlines()]
    at = [index for index, symbol in enumerate(annotation.symbol) if symbol == "+"]
    changes = [(annotation.sample[index] / annotation.fs, annotation.aux_note[index]) for index in at]
    analysed = [line["t_s"] - 0.5 for line in status if line["state"] != "no_signal"]
    names = [next((name for t_s, name in reversed(changes) if t_s <= second), "") for second in analysed]
    burden = np.mean([name == "(AFIB" for name in names])
    shown = re.search(r"Atrial fibrillation</span><b>([\d.]+) %", page)
    assert shown is not None
    assert float(shown[1]) == pytest.approx(100 * burden, abs=100 * 2 * len(changes) / len(analysed) + 0.1)


@pytest.mark.slow
def test_the_page_needs_no_other_file_and_says_what_it_is_not(page: str) -> None:
    assert "Not a medical device" in page
    assert "What the monitor can’t know" in page
    assert not re.search(r'(?:src|href)="(?!#)|https?://|<script', page)
    assert page.count('class="trace"') >= 10


def test_a_record_without_beats_has_a_page_and_names_are_escaped(tmp_path: Path) -> None:
    write_record(tmp_path, np.zeros((2, 500), np.int64), fs=250, gain=200, sig_name=("ECG <b>II", "V1"))
    path = write_report(tmp_path, open_record(tmp_path / "rec"), annotations(), "a bundle")
    assert path == tmp_path / "rec.report.html"
    page = path.read_text(encoding="utf-8")
    assert "ECG &lt;b&gt;II" in page
    assert "never displayed" in page
    assert sorted(file.name for file in tmp_path.iterdir()) == ["rec.dat", "rec.hea", "rec.report.html"]


@pytest.mark.slow
def test_it_fits_the_width_of_a4_and_a_strip_has_its_true_size(written: Path, browser: Browser) -> None:
    """At a greater width a browser shrinks the page in print, and 10 mm would be no mV."""
    page = browser.new_page(viewport={"width": round((210 - 2 * 11) * PX_PER_MM), "height": 1000})
    page.emulate_media(media="print")
    page.goto((written / f"{NAME}.report.html").as_uri())
    root = page.locator("html")
    assert root.evaluate("html => html.scrollWidth - html.clientWidth") == 0
    scale = page.locator("path.pulse").first.evaluate("path => [path.getScreenCTM().a, path.getScreenCTM().d]")
    assert scale == pytest.approx([PX_PER_MM, PX_PER_MM], rel=1e-3), "a mm of the drawing is a mm of the paper"
    page.close()
