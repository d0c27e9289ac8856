"""The summary of the study shows the figures of the results, and nothing that a result does not have."""

from pathlib import Path

import msgspec

from tests.support.toy_result import toy_result
from training.study.results import ExtraTable, write_result
from training.study.summary import summary, write_summary


def test_every_task_is_a_section_with_its_models() -> None:
    result = toy_result()
    text = summary([result])
    assert f"## {result.title}" in text
    assert result.conclusion in text
    for model in result.models:
        value = model.figures[result.figure].value
        assert value is not None
        assert f"{value:.3f}" in text
    assert f"**{result.best}**" in text
    assert result.run.command in text
    for note in result.notes:
        assert note in text


def test_tables_by_record_stand_in_the_report_only() -> None:
    short, by_record = (ExtraTable(name, [name, "F1"], [["cnn", 0.5]]) for name in ("model", "record"))
    text = summary([msgspec.structs.replace(toy_result(), tables=[short, by_record])])
    assert "**model**" in text
    assert "**record**" not in text


def test_results_in_folders_become_one_page(tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    write_result(tmp_path / "toy" / "result.json", toy_result())
    write_summary(tmp_path, tmp_path / "study.md")
    assert (tmp_path / "study.md").read_text() == summary([toy_result()])
    assert sorted(one.name for one in tmp_path.iterdir()) == ["study.md", "toy"]
