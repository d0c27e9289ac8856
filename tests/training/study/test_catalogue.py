"""Every task of the catalogue can be run by its name, and compares models that exist."""

import pytest


@pytest.mark.slow
def test_tasks_name_models_data_sets_and_figures_that_exist() -> None:
    from training.study.catalogue import TASKS
    from training.study.models import MODELS
    from training.study.origin import CITATIONS
    from training.study.scores import FIGURES

    for name, task in TASKS.items():
        assert task.name == name
        assert task.title
        assert task.question.endswith("?")
        assert task.figure in FIGURES
        assert set(task.models) <= set(MODELS)
        assert task.service_model is None or task.service_model in task.models
        assert task.data_sets
        assert set(task.data_sets) <= set(CITATIONS)
        assert task.notes, "every result has something that it can't tell"
