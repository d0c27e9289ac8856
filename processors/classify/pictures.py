"""Decodes uploaded pictures. What a file is is decided by its content; its size is checked before it is decoded."""

import logging
import struct
import warnings
import zlib
from io import BytesIO
from math import ceil, sqrt
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from wardbeat.errors import UploadError

FORMATS: Final = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
"""Pillow reads many more; each is code that a hostile file could reach."""
TIFF: Final = (b"II", b"MM")
"""The beginning of a TIFF file, by the order of its bytes."""
MOST_PIXELS: Final = 50_000_000
"""A photograph of a telephone has 12 to 50 million; decoded, this limit takes 150 MB."""
KEPT_PIXELS: Final = 12_000_000
"""Larger pictures are reduced to this as soon as they are decoded; the network sees a small part of it anyway."""
FEWEST_SIDE: Final = 16
"""Pixels; less shows no beat."""
DECODE_ERRORS: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
    UserWarning,
)
"""What Pillow raises on damaged and hostile files, and its warning of damaged tags."""

# Pillow warns of pictures above 89 million pixels when it opens them; here they are refused.
warnings.simplefilter("error", Image.DecompressionBombWarning)
logging.getLogger("PIL").setLevel(logging.CRITICAL)  # it logs what it then raises


def decode_picture(data: bytes) -> NDArray[np.uint8]:
    """The pixels of a picture file, upright, grey or in colour, transparent parts white.

    Returns
    -------
    ndarray of uint8, shape (rows, columns) or (rows, columns, 3)

    Raises
    ------
    UploadError
        If the file is no picture, damaged, animated, too large or too small.
    """
    with warnings.catch_warnings(action=_action_on_warnings(data), category=UserWarning):
        return _decoded(data)


def _action_on_warnings(data: bytes) -> Literal["error", "ignore"]:
    """What to do when Pillow warns of tags that it can't read.

    In a TIFF file tags say where the pixels are, so the picture is damaged. In other files they are EXIF, which cameras
    write with faults; the picture does not depend on it.
    """
    return "error" if data.startswith(TIFF) else "ignore"


def _decoded(data: bytes) -> NDArray[np.uint8]:
    image = _opened(data)
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise UploadError(
            f"the picture has {width} × {height} pixels, at most {MOST_PIXELS // 1_000_000} million are read; reduce it"
        )
    if min(width, height) < FEWEST_SIDE:
        raise UploadError(
            f"the picture has {width} × {height} pixels, at least {FEWEST_SIDE} × {FEWEST_SIDE} are needed; "
            "send a larger one"
        )
    try:
        frames = int(getattr(image, "n_frames", 1))
        if frames > 1:
            raise UploadError(f"the file holds {frames} pictures (animated, or several pages); send one")
        image.load()
        return _pixels(image)
    except DECODE_ERRORS as error:
        raise _damaged(error) from error


def _damaged(error: BaseException) -> UploadError:
    return UploadError(f"the picture is damaged or not complete ({_reason(error)}); send it again")


def _opened(data: bytes) -> Image.Image:
    """The picture with its header read, and no pixel."""
    try:
        return Image.open(BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UploadError(
            f"the picture has more than {MOST_PIXELS // 1_000_000} million pixels, which are not read; reduce it"
        ) from error
    except UserWarning as error:
        raise _damaged(error) from error
    except DECODE_ERRORS as error:
        raise UploadError(f"not a picture: the content is no {', '.join(FORMATS)}; send one of these") from error


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    """The pixels of a decoded picture. Each step gives up the one before it, as a large picture fills memory."""
    factor = ceil(sqrt(image.width * image.height / KEPT_PIXELS))
    if image.mode.startswith(("I", "F")):  # 16 and 32 bits a point
        upright = ImageOps.exif_transpose(image)
        return _scaled(np.asarray(upright)[::factor, ::factor].astype(np.float64))
    if image.mode in ("P", "PA", "1"):
        image = image.convert("RGBA" if image.mode != "1" else "L")
    if factor > 1:
        image = image.reduce(factor)
    image = ImageOps.exif_transpose(image)
    if "transparency" in image.info or image.mode in ("LA", "RGBA", "La", "RGBa"):
        opaque = image.convert("RGBA")
        image = Image.new("RGBA", opaque.size, "white")
        image.alpha_composite(opaque)
    return np.asarray(image if image.mode == "L" else image.convert("RGB"), np.uint8)


def _scaled(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Grey levels of more than 8 bits, scaled to the range that the picture uses."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if not np.isfinite(high - low):
        raise ValueError("points that are no numbers")
    levels = (values - low) * (255.0 / (high - low) if high > low else 0.0)
    return np.nan_to_num(levels).round().astype(np.uint8)


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
