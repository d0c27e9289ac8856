"""A task runs from its data to its page, its notebook and the documents."""

import json
from pathlib import Path

import pytest

from tests.support.toy_task import ToyTagsTask, silent


class TagsByTrees(ToyTagsTask):
    models = ("trees",)


@pytest.mark.slow
def test_a_task_ends_in_a_report_a_notebook_and_the_documents(tmp_path: Path) -> None:
    from training.study.run import run_task

    task, out, docs = TagsByTrees(), tmp_path / "out", tmp_path / "docs"
    result = run_task(task, tmp_path, tmp_path / "work", out, silent, command="wardbeat compare", docs=docs)
    page = (out / "report.html").read_text()
    assert task.title in page
    assert f"{result.models[0].figures['macro_auc'].value:.3f}" in page
    assert (docs / "study" / task.name / "result.json").read_bytes() == (out / "result.json").read_bytes()
    notebook = json.loads((docs / "notebooks" / f"{task.name}.ipynb").read_text())
    assert all(cell["execution_count"] for cell in notebook["cells"] if cell["cell_type"] == "code")
    assert f"## {task.title}" in (docs / "study.md").read_text()
