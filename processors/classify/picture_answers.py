"""The answer about one picture file, for the service and the command line."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.classify.picture import PictureAnswer, PictureClassifier
from processors.classify.answers import PictureResult
from processors.classify.pictures import decode_picture
from wardbeat.errors import UploadError

DIGITS = 6


class _Read(NamedTuple):
    """The answer about a file, and its pixels if it is a picture."""

    answer: PictureAnswer
    pixels: NDArray[np.uint8] | None


def classify_picture(classifier: PictureClassifier, file: str, data: bytes) -> PictureResult:
    """The answer about a picture with its saliency map; a file that is no picture is refused in words."""
    answer, pixels = _read(classifier, data)
    saliency = None
    if pixels is not None and answer.beat_class is not None:
        saliency = classifier.saliency(pixels).round(3).tolist()
    return PictureResult(
        file=file,
        beat_class=answer.beat_class,
        probabilities=_rounded(answer),
        refused=answer.refused,
        saliency=saliency,
        notes=classifier.notes(answer),
    )


def picture_row(classifier: PictureClassifier, file: str, data: bytes) -> dict[str, object]:
    """The answer about a picture as the command line prints it."""
    return _row(file, _read(classifier, data).answer)


def refused_row(file: str, reason: str) -> dict[str, object]:
    """The answer about a file that is not even read."""
    return _row(file, PictureAnswer(None, {}, reason))


def _row(file: str, answer: PictureAnswer) -> dict[str, object]:
    return {
        "file": file,
        "class": answer.beat_class,
        "probabilities": _rounded(answer),
        "refused": answer.refused,
    }


def _read(classifier: PictureClassifier, data: bytes) -> _Read:
    try:
        pixels = decode_picture(data)
    except UploadError as error:
        return _Read(PictureAnswer(None, {}, str(error)), None)
    return _Read(classifier.answer(pixels), pixels)


def _rounded(answer: PictureAnswer) -> dict[str, float]:
    return {name: round(probability, DIGITS) for name, probability in answer.probabilities.items()}
