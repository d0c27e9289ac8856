"""One picture file, whatever is in it, has one answer."""

import numpy as np
import pytest

from models.pictures import PICTURE_CLASSES
from processors.classify.classifiers import Classifiers
from processors.classify.picture_answers import classify_picture, picture_row, refused_row
from tests.support.drawn_pictures import as_file, beat_picture

BEAT = as_file(beat_picture())


def test_a_beat_has_a_class_a_map_and_notes(classifiers: Classifiers) -> None:
    found = classify_picture(classifiers.picture.get(), "beat.png", BEAT)
    assert found.file == "beat.png"
    assert found.beat_class in PICTURE_CLASSES
    assert found.refused is None
    assert found.notes
    saliency = np.array(found.saliency)
    assert saliency.ndim == 2
    assert saliency.min() >= 0.0
    assert saliency.max() == 1.0


def test_a_row_of_the_command_line_has_these_names_and_the_same_answer(classifiers: Classifiers) -> None:
    row = picture_row(classifiers.picture.get(), "beat.png", BEAT)
    found = classify_picture(classifiers.picture.get(), "beat.png", BEAT)
    assert list(row) == ["file", "class", "probabilities", "refused"]
    assert (row["class"], row["probabilities"]) == (found.beat_class, found.probabilities)
    assert sum(found.probabilities.values()) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("data", [b"text", BEAT[:200], as_file(beat_picture().resize((4, 4)))])
def test_a_file_that_is_no_picture_is_refused_in_words(classifiers: Classifiers, data: bytes) -> None:
    found = classify_picture(classifiers.picture.get(), "a.png", data)
    assert (found.beat_class, found.probabilities, found.saliency, found.notes) == (None, {}, None, [])
    assert found.refused
    assert picture_row(classifiers.picture.get(), "a.png", data)["refused"] == found.refused


def test_a_file_that_is_not_read_has_a_row_of_the_same_form(classifiers: Classifiers) -> None:
    assert list(refused_row("a.png", "why")) == list(picture_row(classifiers.picture.get(), "a.png", BEAT))
    assert refused_row("a.png", "why")["refused"] == "why"
