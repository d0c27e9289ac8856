"""How a picture becomes the input of the picture network. Fit and service use the same code, and no TensorFlow.

The ink of a picture is how much darker than its paper each point is (lighter, on a dark screen). The input of the
network is the ink inside its own bounding box, at a fixed size. So the size of the picture, its margins, its paper and
the height of the trace make no difference.

A colour picture is read in its red channel: the red or pink grid of ECG paper is as light there as the paper. Where the
trace itself is faint in red (a green trace on a black screen, a red trace), the channel with the most contrast is read.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from scipy import ndimage

Floats = NDArray[np.float32]

PICTURE_CLASSES: Final = ("normal", "LBBB", "RBBB", "PAC", "PVC", "paced", "VF")
"""Classes of single beats, in the order of the network's outputs; VF is ventricular flutter or fibrillation."""
HEIGHT: Final = 64
WIDTH: Final = 96
MARGIN: Final = 2
"""Empty rows and columns around the ink in the input."""
LARGEST: Final = 384
"""Larger pictures are reduced to this many columns (or rows) first."""
SAMPLED: Final = 8000
"""Points whose contrast decides which channel is read."""
PAPER_SIDE: Final = 32
"""The paper is estimated at this resolution …"""
PAPER_MEDIAN: Final = 7
"""… as the median of a square with this side; a trace is thinner than half of it."""
MIN_CONTRAST: Final = 16.0
"""A picture whose darkest points differ from the paper by fewer grey levels is blank."""
INK_SHARE: Final = 0.004
"""The darkest points, as a share of the picture, whose mean is full ink: the share of a thin trace."""
GRID: Final = 0.3
"""Ink up to this is grid, print of the other side, or noise of the camera, and is removed."""
SPECK: Final = 0.06
"""A spot whose box is smaller than this share of the ink box's diagonal is removed."""
FLATTEST: Final = 1 / 10
"""The ink box is at least this share of its width high: noise of a flat line is not stretched to the full height."""


class Ink(NamedTuple):
    """The ink of a picture inside its bounding box.

    Attributes
    ----------
    ink : ndarray, shape (HEIGHT, WIDTH)
        0 is paper, 1 is full ink; the network's input.
    columns : float
        Share of the columns of the box that have ink.
    coverage : float
        Share of the box that is ink.
    pieces : int
        Separate pieces of ink, without specks.
    uneven : float
        How uneven the paper is: the deviation of its shade from one that falls smoothly across the picture, over the
        contrast of the ink. Large areas of a photograph or a chart count as paper of different shades.
    box : tuple of float
        First row, first column, end of rows and end of columns of the box, as shares of the picture. Rows may lie
        outside of the picture: the box of a flat trace is made higher.
    """

    ink: Floats
    columns: float
    coverage: float
    pieces: int
    uneven: float
    box: tuple[float, float, float, float]


def read_ink(image: NDArray[np.uint8]) -> Ink:
    """The ink of a grey or colour picture.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, columns) or (rows, columns, 3)

    Returns
    -------
    Ink
        Without any ink if the picture is blank.
    """
    ink, uneven = _ink(_grey(_reduced(image)))
    pieces, n = _without_specks(ink)
    rows, columns = np.flatnonzero(pieces.any(axis=1)), np.flatnonzero(pieces.any(axis=0))
    if not len(rows):
        return Ink(np.zeros((HEIGHT, WIDTH), np.float32), 0.0, 0.0, 0, uneven, (0.0, 0.0, 1.0, 1.0))
    box = pieces[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    top, bottom = _heightened(int(rows[0]), int(rows[-1]) + 1, box.shape[1])
    left, right = int(columns[0]), int(columns[-1]) + 1
    height, width = ink.shape
    place = (top / height, left / width, bottom / height, right / width)
    cropped = _rows(ink, top, bottom)[:, left:right]
    return Ink(_resized(cropped), float(box.any(axis=0).mean()), float(box.mean()), n, uneven, place)


def network_input(images: list[NDArray[np.uint8]]) -> Floats:
    """The input of the network for pictures, shape (pictures, HEIGHT, WIDTH, 1)."""
    return np.stack([read_ink(image).ink for image in images])[..., None]


def _reduced(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture with at most ``LARGEST`` rows and columns."""
    factor = -(-max(image.shape[:2]) // LARGEST)
    return image if factor <= 1 else np.asarray(Image.fromarray(image).reduce(factor))


def _grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The channel to read."""
    if image.ndim == 2:
        return image
    points = image.reshape(-1, image.shape[2])[:, :3]
    low, high = np.percentile(points[:: 1 + len(points) // SAMPLED], [0.3, 99.7], axis=0)
    contrast = high - low
    best = 0 if contrast[0] >= 0.5 * contrast.max() else int(contrast.argmax())
    return image[..., best]


def _ink(grey: NDArray[np.uint8]) -> tuple[Floats, float]:
    """The ink of each point: its difference from the paper around it, 0 to 1; and how uneven the paper is."""
    picture = Image.fromarray(grey)
    scale = min(1.0, PAPER_SIDE / max(picture.size))
    small = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    median = _paper(picture.resize(small, Image.Resampling.BOX))
    paper = np.asarray(median.resize(picture.size), np.float32)
    darker = paper - grey
    n = max(1, round(INK_SHARE * darker.size))
    ordered = np.partition(darker.ravel(), (n, darker.size - n - 1) if darker.size > 2 * n + 1 else 0)
    lightest, darkest = -float(ordered[:n].mean()), float(ordered[-n:].mean())
    if max(lightest, darkest) < MIN_CONTRAST:
        return np.zeros(darker.shape, np.float32), 0.0
    ink = -darker / lightest if lightest > 1.5 * darkest else darker / darkest
    uneven = _unevenness(np.asarray(median, np.float64)) / max(lightest, darkest)
    return np.asarray(np.clip((ink - GRID) / (1 - GRID), 0.0, 1.0), np.float32), uneven


def _paper(picture: Image.Image) -> Image.Image:
    """The median around each point; beyond an edge the picture is mirrored, so that a line along it stays one line."""
    side = PAPER_MEDIAN // 2
    mirrored = Image.fromarray(np.pad(np.asarray(picture), side, mode="reflect"))
    median = mirrored.filter(ImageFilter.MedianFilter(PAPER_MEDIAN))
    return median.crop((side, side, side + picture.width, side + picture.height))


def _unevenness(paper: NDArray[np.float64]) -> float:
    """The deviation of the paper from a quadratic surface, as light falls on it."""
    y, x = (np.linspace(-1, 1, side) for side in paper.shape)
    terms = [np.ones(paper.shape), x + 0 * y[:, None], y[:, None] + 0 * x]
    terms += [terms[1] * terms[1], terms[1] * terms[2], terms[2] * terms[2]]
    design = np.stack([term.ravel() for term in terms], axis=1)
    fitted = design @ np.linalg.lstsq(design, paper.ravel(), rcond=None)[0]
    return float(np.std(paper.ravel() - fitted))


def _without_specks(ink: Floats) -> tuple[NDArray[np.bool_], int]:
    """Where there is ink that belongs to a piece of some size, and the number of such pieces."""
    labels, n = ndimage.label(ink > GRID, structure=np.ones((3, 3)))
    if not n:
        return labels > 0, 0
    boxes = ndimage.find_objects(labels)
    sides = np.array([[each.stop - each.start for each in box] for box in boxes])
    kept = np.hypot(sides[:, 0], sides[:, 1]) >= max(2.0, SPECK * float(np.hypot(*sides.max(axis=0))))
    return np.concatenate([[False], kept])[labels], int(kept.sum())


def _heightened(top: int, bottom: int, width: int) -> tuple[int, int]:
    """The rows of the box, made at least ``FLATTEST`` of its width high."""
    missing = max(0, round(FLATTEST * width) - (bottom - top))
    return top - missing // 2, bottom + missing - missing // 2


def _rows(ink: Floats, top: int, bottom: int) -> Floats:
    """Rows of the picture; those outside of it are paper."""
    above, below = max(0, -top), max(0, bottom - len(ink))
    return np.pad(ink[max(0, top) : bottom], ((above, below), (0, 0)))


def _resized(ink: Floats) -> Floats:
    """The ink at the size of the input, with its margin; its strongest points are 1 again."""
    inner = (WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN)
    resized = np.asarray(Image.fromarray(ink).resize(inner, Image.Resampling.BILINEAR), np.float32)
    full = float(np.quantile(resized, 0.98))
    return np.pad(np.clip(resized / max(full, 0.2), 0.0, 1.0, dtype=np.float32), MARGIN)
