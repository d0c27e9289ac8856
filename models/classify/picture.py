"""Classifies a picture of a single beat, or refuses it.

The bundle is ``models/bundles/picture``: ``bundle.json`` (:class:`PictureManifest`), ``picture.onnx`` and a model card.
The graph takes ``picture`` (batch, HEIGHT, WIDTH, 1) of :func:`models.pictures.network_input`. It gives
``probabilities`` (batch, classes) and ``not_ecg`` (batch, 1), the probability that the picture shows no single beat. It
may give ``several_beats`` (batch, 1) as well.
"""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.onnx_files import open_session, read_hashed, read_manifest
from models.pictures import HEIGHT, MARGIN, WIDTH, Ink, read_ink
from wardbeat.errors import BundleError

FORMAT_VERSION: Final = 1
FILE: Final = "picture.onnx"
NEXT_STEP: Final = "`make study` fits the network for pictures and ships the best"
BLANK: Final = "no ECG: the picture is blank or has too little contrast"
NO_ECG: Final = "no ECG: the picture does not look like one beat"
SEVERAL: Final = "more than one beat or lead: cut out a single beat of one lead"
NO_PAC: Final = (
    "A premature atrial beat can't be told from a normal one in a picture of one beat: what tells them apart is the "
    "time since the beat before."
)
ONE_LEAD: Final = "The lead is unknown, and so are speed and gain: the network judges the shape only."
TILE: Final = 8
"""Side of the square of the input that is hidden at a time."""
MAP_ROWS: Final = 32
MAP_COLUMNS: Final = 48


class PictureManifest(msgspec.Struct, frozen=True):
    """The facts about a bundle.

    Attributes
    ----------
    format_version : int
    created : str
    classes : tuple of str
        In the order of ``probabilities``.
    not_ecg_threshold : float
        A picture is refused from this value of ``not_ecg`` on.
    several_beats_threshold : float or None
        The same for ``several_beats``; None if the graph has no such output.
    most_pieces : int
        A picture with more separate pieces of ink is refused.
    fewest_columns : float
        A picture with ink in a smaller share of its columns is refused.
    most_uneven : float
        A picture on more uneven paper is refused: a photograph of other things, a chart.
    file_sha256 : dict of str to str
    metrics : dict of str to float
        For people.
    data_sha256 : str
    library_versions : dict of str to str
    """

    format_version: int
    created: str
    classes: tuple[str, ...]
    not_ecg_threshold: float
    several_beats_threshold: float | None
    most_pieces: int
    fewest_columns: float
    most_uneven: float
    file_sha256: dict[str, str]
    metrics: dict[str, float]
    data_sha256: str
    library_versions: dict[str, str]


class PictureAnswer(NamedTuple):
    """What the network says about one picture.

    Attributes
    ----------
    beat_class : str or None
        The most probable class; None if the picture is refused.
    probabilities : dict of str to float
        By class, empty if the picture is refused.
    refused : str or None
        Why the picture is not classified.
    """

    beat_class: str | None
    probabilities: dict[str, float]
    refused: str | None


class PictureClassifier:
    """The graph of one bundle, ready to run.

    Parameters
    ----------
    manifest : PictureManifest
    body : bytes
        The graph.
    source : str
        Origin of the bytes, for error messages.

    Raises
    ------
    BundleError
        If the manifest or the graph can't be used.
    """

    def __init__(self, manifest: PictureManifest, body: bytes, source: str) -> None:
        if manifest.format_version != FORMAT_VERSION:
            raise BundleError(
                f"bundle {source}: its format version is {manifest.format_version}, this version reads "
                f"{FORMAT_VERSION}; ship it again"
            )
        self.manifest = manifest
        self._session = open_session(body, FILE, source)
        self._input = self._session.get_inputs()[0].name
        self._outputs = ["probabilities", "not_ecg"]
        if manifest.several_beats_threshold is not None:
            self._outputs.append("several_beats")
        missing = set(self._outputs) - {output.name for output in self._session.get_outputs()}
        if missing:
            raise BundleError(f"bundle {source}: {FILE} has no output {', '.join(sorted(missing))}; ship it again")

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """Load the bundle in ``folder``, or the shipped one.

        Raises
        ------
        BundleError
            If there is none, or it is not complete.
        """
        source: Traversable = resources.files("models") / "bundles" / "picture" if folder is None else folder
        manifest = read_manifest(source, PictureManifest, NEXT_STEP)
        return cls(manifest, read_hashed(source, FILE, manifest.file_sha256), str(source))

    def answer(self, image: NDArray[np.uint8]) -> PictureAnswer:
        """Classify a picture, or refuse it.

        Parameters
        ----------
        image : ndarray of uint8, shape (rows, columns) or (rows, columns, 3)
        """
        found = read_ink(image)
        outputs = self._run(found.ink[None, ..., None])
        refused = self._refusal(found, outputs)
        if refused:
            return PictureAnswer(None, {}, refused)
        probabilities = dict(zip(self.manifest.classes, map(float, outputs["probabilities"][0]), strict=True))
        return PictureAnswer(max(probabilities, key=lambda name: probabilities[name]), probabilities, None)

    def saliency(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """How much each part of the picture matters for its class, by occlusion (Zeiler 2014, arXiv:1311.2901).

        Returns
        -------
        ndarray, shape (MAP_ROWS, MAP_COLUMNS)
            Over the whole picture, 0 to 1: how much of the class's probability is lost without the ink there. The
            greatest loss is 1; all are 0 if no part matters.
        """
        found = read_ink(image)
        whole = self._run(found.ink[None, ..., None])["probabilities"][0]
        parts = self._run(occluded(found.ink)[..., None])["probabilities"]
        best = int(whole.argmax())
        lost = np.maximum(whole[best] - parts[:, best], 0.0).reshape(HEIGHT // TILE, WIDTH // TILE)
        return over_picture(lost / lost.max() if lost.max() > 0 else lost, found)

    def notes(self, answer: PictureAnswer) -> list[str]:
        """What the answer can't know."""
        if answer.beat_class is None:
            return []
        return [NO_PAC, ONE_LEAD] if answer.beat_class in ("normal", "PAC") else [ONE_LEAD]

    def _run(self, pictures: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        return dict(zip(self._outputs, self._session.run(self._outputs, {self._input: pictures}), strict=True))

    def _refusal(self, found: Ink, outputs: dict[str, NDArray[np.float32]]) -> str | None:
        """Why a picture is refused; None if it shows a single beat."""
        limits = self.manifest
        if not found.pieces:
            return BLANK
        in_pieces = found.pieces > limits.most_pieces
        if limits.several_beats_threshold is None:
            several = in_pieces
        else:  # text and noise are in pieces, too: the network knows which of them are ECG
            several = float(outputs["several_beats"].ravel()[0]) >= limits.several_beats_threshold
        if several:
            return SEVERAL
        not_ecg = float(outputs["not_ecg"].ravel()[0])
        by_rule = in_pieces or found.columns < limits.fewest_columns or found.uneven > limits.most_uneven
        return NO_ECG if by_rule or not_ecg >= limits.not_ecg_threshold else None


def occluded(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """The picture without the ink of one square each time, shape (squares, HEIGHT, WIDTH), row by row."""
    corners = [(top, left) for top in range(0, HEIGHT, TILE) for left in range(0, WIDTH, TILE)]
    hidden = np.repeat(ink[None], len(corners), axis=0)
    for picture, (top, left) in zip(hidden, corners, strict=True):
        picture[top : top + TILE, left : left + TILE] = 0.0
    return hidden


def over_picture(tiles: NDArray[np.float32], found: Ink) -> NDArray[np.float32]:
    """The values of the input's squares, where these lie in the picture; 0 beside the box of the ink.

    Returns
    -------
    ndarray, shape (MAP_ROWS, MAP_COLUMNS)
    """
    top, left, bottom, right = found.box
    rows = _tile_of(MAP_ROWS, top, bottom, HEIGHT)
    columns = _tile_of(MAP_COLUMNS, left, right, WIDTH)
    padded = np.pad(tiles.astype(np.float32), ((0, 1), (0, 1)))  # the last row and column are those beside the box
    return padded[np.ix_(rows, columns)]


def _tile_of(n: int, begin: float, end: float, size: int) -> NDArray[np.int64]:
    """The square of the input for the centre of each of ``n`` parts of the picture; the number of squares if none."""
    place = ((np.arange(n) + 0.5) / n - begin) / max(end - begin, 1e-6)
    pixel = MARGIN + place * (size - 2 * MARGIN)
    inside = (pixel >= 0) & (pixel < size)
    return np.where(inside, np.clip(pixel, 0, size - 1) // TILE, size // TILE).astype(np.int64)
