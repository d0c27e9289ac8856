"""The list of models of the study; needs TensorFlow."""

import pytest

from wardbeat.errors import TrainingError

pytestmark = pytest.mark.slow


def test_each_model_has_a_purpose_and_a_source() -> None:
    from training.study.models import MODELS, study_model

    assert {"cnn", "resnet", "inception", "lstm", "cnn-lstm", "rocket", "kernel", "trees"} <= set(MODELS)
    for name in MODELS:
        model = study_model(name)
        assert model.purpose, name
        assert model.source, name
        assert isinstance(model.whole_rows, bool), name


def test_an_unknown_name_is_refused() -> None:
    from training.study.models import study_model

    with pytest.raises(TrainingError, match=r"model 'heart': the study has .*cnn.*; name one of these"):
        study_model("heart")
