"""The picture network: a class, a refusal with its reason, and a map of what mattered."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from models.classify.picture import (
    BLANK,
    MAP_COLUMNS,
    MAP_ROWS,
    NO_ECG,
    NO_PAC,
    ONE_LEAD,
    SEVERAL,
    TILE,
    PictureClassifier,
    occluded,
    over_picture,
)
from models.onnx_files import MANIFEST
from models.pictures import HEIGHT, PICTURE_CLASSES, WIDTH, Ink
from tests.support.classify_bundles import write_picture_bundle
from tests.support.drawn_pictures import beat_picture
from wardbeat.errors import BundleError


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> PictureClassifier:
    return PictureClassifier.load(write_picture_bundle(tmp_path_factory.mktemp("bundle") / "picture"))


def pixels(image: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(image)


def test_a_beat_has_a_class_and_a_probability_for_each(classifier: PictureClassifier) -> None:
    answer = classifier.answer(pixels(beat_picture()))
    assert answer.refused is None
    assert tuple(answer.probabilities) == PICTURE_CLASSES
    assert sum(answer.probabilities.values()) == pytest.approx(1.0, abs=1e-5)
    assert answer.beat_class == max(answer.probabilities, key=lambda name: answer.probabilities[name])


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_blank_picture_is_refused(classifier: PictureClassifier, grey: int) -> None:
    answer = classifier.answer(np.full((120, 160), grey, np.uint8))
    assert (answer.beat_class, answer.probabilities, answer.refused) == (None, {}, BLANK)
    assert classifier.notes(answer) == []


def test_what_the_network_takes_for_no_ecg_is_refused(tmp_path: Path) -> None:
    strict = PictureClassifier.load(write_picture_bundle(tmp_path / "picture", not_ecg_threshold=0.001))
    assert strict.answer(pixels(beat_picture())).refused == NO_ECG


def test_many_separate_curves_are_refused_as_several(classifier: PictureClassifier) -> None:
    page = Image.new("L", (600, 400), 255)
    for row in range(3):
        for column in range(4):
            page.paste(beat_picture((130, 110)), (10 + 145 * column, 10 + 130 * row))
    assert classifier.answer(pixels(page)).refused == SEVERAL


def test_ink_in_few_columns_is_no_beat(tmp_path: Path) -> None:
    strict = PictureClassifier.load(write_picture_bundle(tmp_path / "picture", fewest_columns=0.9))
    dots = Image.new("L", (200, 100), 255)
    draw = ImageDraw.Draw(dots)
    draw.rectangle((10, 10, 30, 90), fill=0)
    draw.rectangle((150, 10, 170, 90), fill=0)
    assert strict.answer(pixels(dots)).refused == NO_ECG


def test_the_map_lies_over_the_ink_and_not_beside_it(classifier: PictureClassifier) -> None:
    page = Image.new("L", (400, 300), 255)
    page.paste(beat_picture((200, 100)), (150, 50))
    saliency = classifier.saliency(pixels(page))
    assert saliency.shape == (MAP_ROWS, MAP_COLUMNS)
    assert saliency.min() >= 0.0
    assert saliency.max() == 1.0
    rows, columns = np.nonzero(saliency)
    assert (rows.min() + 0.5) / MAP_ROWS >= 45 / 300
    assert (rows.max() + 0.5) / MAP_ROWS <= 155 / 300
    assert (columns.min() + 0.5) / MAP_COLUMNS >= 145 / 400
    assert (columns.max() + 0.5) / MAP_COLUMNS <= 355 / 400
    assert classifier.saliency(np.full((99, 99), 255, np.uint8)).max() == 0.0


def test_a_square_of_the_input_is_found_where_its_ink_was() -> None:
    tiles = np.zeros((HEIGHT // TILE, WIDTH // TILE), np.float32)
    tiles[0, -1] = 1.0  # the upper right corner of the box
    shown = over_picture(tiles, Ink(np.zeros((HEIGHT, WIDTH), np.float32), 1.0, 1.0, 1, 0.0, (0.5, 0.0, 1.0, 0.5)))
    rows, columns = np.nonzero(shown)
    assert MAP_ROWS // 2 - 1 <= rows.min() <= MAP_ROWS // 2  # the input has a margin
    assert rows.max() < MAP_ROWS * 0.6
    assert MAP_COLUMNS // 2 - 1 <= columns.max() <= MAP_COLUMNS // 2
    assert columns.min() >= MAP_COLUMNS * 0.4


def test_each_part_of_the_input_is_hidden_once() -> None:
    hidden = occluded(np.ones((HEIGHT, WIDTH), np.float32))
    assert np.array_equal((1.0 - hidden).sum(axis=0), np.ones((HEIGHT, WIDTH)))
    assert (1.0 - hidden).sum(axis=(1, 2)).tolist() == [TILE * TILE] * len(hidden)


@pytest.mark.parametrize(("name", "notes"), [("PAC", [NO_PAC, ONE_LEAD]), ("LBBB", [ONE_LEAD])])
def test_notes_say_what_the_picture_does_not_show(classifier: PictureClassifier, name: str, notes: list[str]) -> None:
    answer = classifier.answer(pixels(beat_picture()))
    assert classifier.notes(answer._replace(beat_class=name)) == notes


def test_a_bundle_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="format version is 7"):
        PictureClassifier.load(write_picture_bundle(tmp_path / "a", format_version=7))
    with pytest.raises(BundleError, match=r"picture\.onnx has no output several_beats"):
        PictureClassifier.load(write_picture_bundle(tmp_path / "b", several_beats_threshold=0.5))
    (tmp_path / "a" / MANIFEST).unlink()
    with pytest.raises(BundleError, match="`make study` fits"):
        PictureClassifier.load(tmp_path / "a")
