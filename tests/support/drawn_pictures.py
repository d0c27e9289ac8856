"""Pictures of a made beat for tests of uploads."""

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageDraw


def beat_picture(size: tuple[int, int] = (192, 128), beats: int = 1) -> Image.Image:
    """A black trace with sharp R waves on white paper."""
    width, height = size
    x = np.arange(width)
    place = (x * beats / width) % 1.0
    mv = np.exp(-(((place - 0.5) / 0.02) ** 2)) - 0.2 * np.exp(-(((place - 0.56) / 0.03) ** 2))
    mv += 0.25 * np.exp(-(((place - 0.8) / 0.05) ** 2))
    y = height * (0.8 - 0.7 * mv)
    image = Image.new("L", size, 255)
    ImageDraw.Draw(image).line(list(zip(x.tolist(), y.tolist(), strict=True)), fill=0, width=2)
    return image


def as_file(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The bytes of a picture file."""
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    """The beginning of a PNG that says how large it is, with a few compressed zeros in place of its pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
