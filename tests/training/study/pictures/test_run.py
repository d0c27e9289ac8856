"""The study of pictures in miniature; needs TensorFlow."""

from pathlib import Path

import numpy as np
import pytest

from models.pictures import PICTURE_CLASSES, read_ink
from tests.support.picture_collection import write_collection

N = len(PICTURE_CLASSES)


def silent(stage: str, done: int, total: int, note: str = "") -> None:
    del stage, done, total, note


def test_a_picture_is_refused_by_a_rule_or_by_the_network() -> None:
    from training.data.pictures.collection import Inks
    from training.study.pictures.run import MOST_PIECES, MOST_UNEVEN, not_ecg, refused

    answered = np.zeros((6, N + 2), np.float32)
    answered[:, 0] = 0.9
    answered[3] = 0.0
    answered[3, -2:] = 0.4, 0.5
    inks = Inks(
        pieces=np.array([1, 0, MOST_PIECES + 1, 1, 1, 1]),
        columns=np.array([1.0, 1.0, 1.0, 1.0, 0.2, 1.0]),
        uneven=np.array([0.0, 0.0, 0.0, 0.0, 0.0, MOST_UNEVEN + 0.01]),
    )
    assert not_ecg(answered)[3] == pytest.approx(0.9)
    assert refused(inks, answered, 0.8).tolist() == [False, True, True, True, True, True]


@pytest.mark.slow
def test_the_miniature_study_scores_a_fold_and_ships_its_network(tmp_path: Path) -> None:
    from models.classify.picture import PictureClassifier
    from training.data.pictures.collection import Inks
    from training.data.pictures.other_pictures import no_ecg_picture
    from training.study.models import study_model
    from training.study.pictures.run import MODEL, PICTURES, RESULTS, refused, run_pictures, service_folder
    from training.study.pictures.ship import ship_picture
    from training.study.task import FitSettings
    from training.study.tasks.pictures import PicturesTask

    stages = set()

    def note(stage: str, done: int, total: int, note: str = "") -> None:
        del done, total, note
        stages.add(stage)

    write_collection(tmp_path / "work" / "pictures")
    settings = FitSettings(epochs=1, rows=64, batch=32, width=0.25)
    results = run_pictures(tmp_path, tmp_path / "work", note, settings=settings, n_folds=1, unseen=0)
    assert {"pictures: picture-cnn, seed 0, all patients", "pictures: picture-cnn, seed 0, fold 1 of 5"} < stages
    assert [one.style for one in results.by_patient] == ["varied", "examples"]
    assert (tmp_path / "work" / RESULTS).is_file()
    again = run_pictures(tmp_path, tmp_path / "work", silent, settings=settings, n_folds=1, unseen=0)
    assert again.by_patient == results.by_patient, "nothing is fitted again"

    ship_picture(tmp_path / "work", tmp_path / "bundle")
    classifier = PictureClassifier.load(tmp_path / "bundle")
    assert classifier.manifest.classes == PICTURE_CLASSES
    assert "can't be told" in (tmp_path / "bundle" / "MODEL_CARD.md").read_text(encoding="utf-8")

    shown = [no_ecg_picture(np.random.default_rng(seed)) for seed in range(30)]
    inks = [read_ink(picture) for picture in shown]
    predict = study_model(MODEL).load(service_folder(tmp_path / "work"), PicturesTask(0, tmp_path / "work" / PICTURES))
    answered = predict({"picture": np.stack([ink.ink for ink in inks])[..., None]})
    by_study = refused(Inks.of(inks), answered, results.not_ecg_threshold)
    by_service = [classifier.answer(picture).refused is not None for picture in shown]
    assert by_study.tolist() == by_service, "the study scores what the service does"
