"""A comparison fits what is missing, scores the test part, and names the best model."""

from pathlib import Path

import pytest

from tests.support.toy_task import ToyTagsTask, ToyTask, silent
from training.study.compare import compare, conclusion
from training.study.results import Estimate, ModelResult, PairedDifference, read_result
from wardbeat.errors import TrainingError


class TwoModels(ToyTask):
    models = ("cnn", "trees")
    service_model = "trees"
    seeds = 2


class TagsByTrees(ToyTagsTask):
    models = ("trees",)


@pytest.mark.slow
def test_models_are_compared_on_the_same_patients(tmp_path: Path) -> None:
    result = compare(TwoModels(), tmp_path, tmp_path / "work", tmp_path / "out", silent, command="wardbeat compare")
    assert read_result(tmp_path / "out" / "result.json") == result
    assert [model.name for model in result.models] == ["cnn", "trees"]
    for model in result.models:
        figure = model.figures["macro_f1"]
        assert figure.low is not None
        assert figure.value is not None
        assert figure.high is not None
        assert 0.3 < figure.low <= figure.value <= figure.high <= 1.0
        assert [one.seed for one in model.seeds] == [0, 1]
        by_seed = [one.figures["macro_f1"] or 0.0 for one in model.seeds]
        assert figure.value == pytest.approx(sum(by_seed) / 2)
        assert model.confusion_of == "mean of 2 seeds"
        assert sum(map(sum, model.confusion)) == pytest.approx(90)
        assert model.classes[0].auc.value is not None
        assert model.classes[0].auc.value > 0.6
        assert model.purpose
        assert model.source
    assert [part.rows for part in result.parts] == [240, 90, 90]
    assert [part.patients for part in result.parts] == [10, 10, 10]
    (difference,) = result.differences
    assert (difference.model, difference.figure) == (result.best, "macro_f1")
    assert difference.difference.value is not None
    assert difference.difference.value >= 0
    assert (result.run.command, result.run.seeds) == ("wardbeat compare", [0, 1])


@pytest.mark.slow
def test_classes_that_are_no_alternatives_have_thresholds_of_validation_patients(tmp_path: Path) -> None:
    result = compare(TagsByTrees(), tmp_path, tmp_path / "work", tmp_path / "out", silent)
    (model,) = result.models
    assert model.confusion == []
    assert all(one.threshold is not None and 0 < one.threshold < 1 for one in model.classes)
    assert model.figures["macro_auc"].value is not None
    assert model.figures["macro_auc"].value > 0.8


class NeedsRecords(ToyTask):
    data_sets = ("mitdb",)


def test_a_missing_data_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="has no folder mitdb; `wardbeat records download` gets it"):
        compare(NeedsRecords(), tmp_path, tmp_path / "work", tmp_path / "out", silent)
    assert list(tmp_path.iterdir()) == []


def model_of(name: str, value: float) -> ModelResult:
    figures = {"macro_f1": Estimate(value, value - 0.1, value + 0.1)}
    return ModelResult(name, "", "", in_service=False, figures=figures, classes=[], seeds=[], cost=None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("low", "words"), [(0.02, "should be replaced"), (-0.01, "no reason to replace the model in service")]
)
def test_the_conclusion_is_about_the_model_in_service(low: float, words: str) -> None:
    models = [model_of("cnn", 0.9), model_of("trees", 0.8)]
    differences = [PairedDifference("cnn", "trees", "macro_f1", Estimate(0.1, low, 0.2))]
    assert words in conclusion(TwoModels(), "cnn", models, differences)
    assert conclusion(TwoModels(), "trees", models, []).endswith("It is the one in service.")
    assert conclusion(ToyTask(), "cnn", models, []).endswith("None of these models watches the ward.")
