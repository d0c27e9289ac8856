"""The report of a task as a whole."""

import re
from pathlib import Path

import msgspec
import numpy as np
import pytest

from tests.support.toy_result import model_result, toy_result
from tests.support.toy_task import ToyTask
from training.study.report.gallery import Gallery, worst_errors
from training.study.report.page import cell, seed_figures, signed, value, write_report
from training.study.results import RESULT, Estimate, SeedFigures, TaskResult, read_result


def gallery() -> Gallery:
    task = ToyTask()
    rows = task.rows(Path(), "validation").take(np.arange(6))
    wrong = np.roll(rows.labels, 1, axis=1) * 0.9 + 0.03
    return Gallery("cnn", "validation", worst_errors(task, rows, wrong.astype(np.float32), most=1))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "toy"
    write_report(toy_result(), gallery(), folder)
    return folder


@pytest.mark.slow
def test_the_page_has_every_part_and_needs_no_other_file(out: Path) -> None:
    page = (out / "report.html").read_text(encoding="utf-8")
    result = toy_result()
    for text in (
        result.title,
        result.conclusion,
        result.notes[0],
        result.run.command,
        result.run.commit,
        result.data[0].sha256,
        "0.910",
        "0.920 ± 0.010",
        "in service",
        "It has never seen a child.",
        "Figures by record",
        "validation</b> part",
    ):
        assert text in page, text
    assert "−0.070" in page
    assert not re.search(r'<img src="(?!data:)', page)
    links = set(re.findall(r'href="([^"#]+)"', page))
    assert [link for link in links if not (out / link).is_file()] == []
    anchors = set(re.findall(r'href="#([^"]+)"', page))
    assert anchors <= set(re.findall(r'id="([^"]+)"', page))


@pytest.mark.slow
def test_the_result_stands_beside_the_page(out: Path) -> None:
    assert read_result(out / RESULT) == toy_result()
    assert len(list((out / "errors").iterdir())) == len(gallery().cases)


def bare() -> TaskResult:
    """One model without curves, so that the page is made at once."""
    model = msgspec.structs.replace(
        model_result("cnn", 0.9), roc=[], precision_recall=[], calibration=[], history=[], confusion=[]
    )
    return msgspec.structs.replace(toy_result(), models=[model], differences=[], tables=[], plots=[], notes=[])


def test_a_second_report_leaves_no_file_of_the_first(tmp_path: Path) -> None:
    old = [tmp_path / name for name in ("errors/000.png", "figures/confusion_trees.png", "tables/differences.csv")]
    for path in old:
        path.parent.mkdir()
        path.write_bytes(b"old")
    page = write_report(bare(), None, tmp_path).read_text(encoding="utf-8")
    assert "nothing to compare" in page
    assert [path for path in old if path.exists()] == []


def test_names_from_data_are_escaped(tmp_path: Path) -> None:
    hostile = msgspec.structs.replace(bare(), title="<script>alert(1)</script>")
    assert "<script>" not in write_report(hostile, None, tmp_path).read_text(encoding="utf-8")


def test_numbers_as_text() -> None:
    assert [value(one) for one in (None, Estimate(None), Estimate(0.91234))] == ["–", "–", "0.912"]
    assert signed(-0.5, 1) == "−0.5"
    assert [cell(one) for one in (3, 0.123456, None, "x", 12_000)] == ["3", "0.1235", "–", "x", "12,000"]


def test_the_spread_over_seeds() -> None:
    model = model_result("cnn", 0.9)
    assert seed_figures(model, "macro_f1") == "0.910 ± 0.010"
    one = msgspec.structs.replace(model, seeds=[SeedFigures(0, {"macro_f1": 0.9})])
    assert seed_figures(one, "macro_f1") == "0.900"
    assert seed_figures(model, "unknown") == "–"
