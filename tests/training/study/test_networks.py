"""A network of the study on a toy task: it learns, is saved and loaded, and its batches repeat; needs TensorFlow."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.toy_task import ToyTask
from training.study.task import FitSettings

pytestmark = pytest.mark.slow

SETTINGS = FitSettings(epochs=4, patience=4, batch=16, learning_rate=1e-2, dropout=0.1, width=0.25)
NO_WORK = Path()


def silent(stage: str, done: int, total: int, note: str = "") -> None: ...


def test_a_fitted_network_is_loaded_as_it_was_saved(tmp_path: Path) -> None:
    from training.study.model import FitPart, answer
    from training.study.networks import NetworkModel
    from training.study.scores import figure_of

    task, model = ToyTask(), NetworkModel("cnn")
    fit, validation, test = (task.rows(NO_WORK, part) for part in ("fit", "validation", "test"))
    fitted = model.fit(FitPart(task, fit, validation, SETTINGS, 0, silent, tmp_path / "backup"))
    saved = tmp_path / "saved"
    saved.mkdir()
    fitted.save(saved)
    loaded = model.load(saved, task)
    answered = answer(model, fitted.predict, task, test)
    np.testing.assert_array_equal(answered, answer(model, loaded, task, test))
    assert answered.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert figure_of(task, test, answered) > 0.8
    scores = [one.score for one in fitted.history]
    best = figure_of(task, validation, answer(model, fitted.predict, task, validation))
    assert best == max(score for score in scores if score is not None), "the weights are those of the best epoch"
    assert fitted.parameters > 1000


def test_purpose_and_source_are_those_of_the_registry() -> None:
    from models.registry import STUDY_NETWORKS
    from training.study.networks import NetworkModel

    for name, network in STUDY_NETWORKS.items():
        assert (NetworkModel(name).purpose, NetworkModel(name).source) == (network.purpose, network.source)
        assert not NetworkModel(name).whole_rows


def test_classes_that_exclude_each_other_sum_to_one() -> None:
    from training.study.networks import class_probabilities

    logits = np.array([[1.0, 2.0, -1.0], [0.0, 0.0, 0.0]], np.float32)
    exclusive, independent = ToyTask(), ToyTask()
    independent.exclusive = False  # type: ignore[misc]
    assert class_probabilities(logits, exclusive).sum(axis=1) == pytest.approx(1.0)
    assert class_probabilities(logits, independent)[1] == pytest.approx(0.5)


def test_rows_of_any_number_are_answered_as_by_keras() -> None:
    from models.study.cnn import build_cnn
    from training.study.networks import run_network

    network = build_cnn({"signal": (32, 2)}, 3, width=0.25)
    signal = np.random.default_rng(0).normal(size=(10, 32, 2)).astype(np.float32)
    expected = network.predict(signal, verbose=0)
    assert run_network(network, {"signal": signal}, 4) == pytest.approx(expected, abs=1e-6)
    assert run_network(network, {"signal": signal[:0]}, 4).shape == (0, 3)


class TestEpochBatches:
    """The batches of an epoch."""

    def test_they_depend_on_seed_and_epoch_only(self) -> None:
        from training.study.networks import EpochBatches

        def taken(seed: int, epoch: int) -> list[tuple[list[int], float]]:
            batches = EpochBatches(
                40, None, FitSettings(batch=8), seed, lambda chosen, random: (chosen.tolist(), random.random())
            )
            batches.begin(epoch)
            return [(*batches[index],) for index in reversed(range(len(batches)))]

        assert taken(1, 2) == taken(1, 2)
        assert taken(1, 2) != taken(1, 3)
        assert taken(1, 2) != taken(2, 2)
        assert sorted(row for rows, _ in taken(1, 2) for row in rows) == list(range(40)), "each row once"

    def test_with_weights_an_epoch_has_the_rows_of_the_settings(self) -> None:
        from training.study.networks import EpochBatches

        weights = np.zeros(40)
        weights[[3, 5]] = 0.9, 0.1
        batches = EpochBatches(40, weights, FitSettings(batch=8, rows=160), 0, lambda chosen, _random: (chosen,))
        rows = np.concatenate([batches[index][0] for index in range(len(batches))])
        assert len(rows) == 160
        assert set(rows.tolist()) == {3, 5}
        assert (rows == 3).mean() == pytest.approx(0.9, abs=0.1)

    def test_weights_without_a_number_of_rows_give_as_many_as_there_are(self) -> None:
        from training.study.networks import EpochBatches

        batches = EpochBatches(40, np.full(40, 1 / 40), FitSettings(batch=8), 0, lambda chosen, _random: (chosen,))
        assert [len(batches[index][0]) for index in range(len(batches))] == [8] * 5
