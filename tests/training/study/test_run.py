"""A task runs from its data to its page, its notebook and the documents."""

import json
from pathlib import Path

import pytest

from tests.support.toy_task import ToyTagsTask, silent
from wardbeat.errors import TrainingError


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


def test_a_bundle_is_written_only_after_all_its_tasks(tmp_path: Path) -> None:
    from training.study.run import BUNDLES, ship
    from wardbeat.cli.training.study_options import STUDY_TASKS

    assert {source for sources in BUNDLES.values() for source in sources} <= set(STUDY_TASKS)
    assert ship(["beats", "superclasses"], tmp_path, tmp_path / "bundles") == []
    assert not (tmp_path / "bundles").exists()
    with pytest.raises(TrainingError, match="run the study of pictures first"):
        ship(["pictures"], tmp_path, tmp_path / "bundles")
