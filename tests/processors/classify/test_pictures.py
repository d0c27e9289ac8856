"""Pictures are decoded by their content, upright and on white, or refused before they cost anything."""

import tracemalloc
import warnings
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from processors.classify.pictures import decode_picture
from tests.support.drawn_pictures import as_file, beat_picture, png_header
from wardbeat.errors import UploadError


@pytest.mark.parametrize(
    ("kind", "options"),
    [("PNG", {}), ("JPEG", {"quality": 95}), ("WEBP", {"lossless": True}), ("BMP", {}), ("GIF", {}), ("TIFF", {})],
)
def test_every_format_gives_the_same_picture(kind: str, options: dict[str, Any]) -> None:
    pixels = decode_picture(as_file(beat_picture(), kind, **options))
    grey = pixels if pixels.ndim == 2 else pixels[..., 0]
    assert np.abs(grey.astype(int) - np.asarray(beat_picture())).mean() < 2


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I"])
def test_every_mode_keeps_dark_ink_on_light_paper(mode: str) -> None:
    image = beat_picture()
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 200)
    elif mode == "I":
        image = image.convert("I")
    else:
        image = image.convert("RGB").convert(mode)
    kind = {"CMYK": "JPEG", "YCbCr": "JPEG", "I": "TIFF"}.get(mode, "PNG")
    pixels = decode_picture(as_file(image, kind))
    assert pixels.dtype == np.uint8
    assert pixels.shape[:2] == (128, 192)
    assert np.median(pixels) > 240
    assert pixels.min() < 60


def test_transparent_paper_is_white() -> None:
    ink = np.asarray(beat_picture())
    clear = Image.fromarray(np.dstack([np.zeros((*ink.shape, 3), np.uint8), 255 - ink]), "RGBA")
    pixels = decode_picture(as_file(clear))
    assert np.abs(pixels[..., 0].astype(int) - ink).max() <= 1


def test_a_photograph_that_was_turned_is_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    turned = beat_picture().rotate(90, expand=True)
    pixels = decode_picture(as_file(turned, "JPEG", exif=exif.tobytes(), quality=95))
    assert pixels.shape == (128, 192)
    assert np.abs(pixels.astype(int) - np.asarray(beat_picture())).mean() < 3


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["L", "P", "RGB", "I;16"])
def test_a_large_picture_is_reduced(mode: str) -> None:
    large = beat_picture((4800, 3200)).resize((4800, 3200))
    image = Image.fromarray(np.asarray(large).astype(np.uint16) * 200) if mode == "I;16" else large.convert(mode)
    pixels = decode_picture(as_file(image))
    assert pixels.shape[:2] == (1600, 2400)
    assert np.median(pixels) > 240
    assert pixels.min() < 120  # the trace is two points wide, and half of its ink may be left


@pytest.mark.parametrize(("width", "height"), [(10_000, 10_000), (12_000, 8_000), (9_000, 6_000), (60_000, 60_000)])
def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded(width: int, height: int) -> None:
    tracemalloc.start()
    with pytest.raises(UploadError, match="50 million"):
        decode_picture(png_header(width, height))
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_a_tiny_picture_is_refused() -> None:
    with pytest.raises(UploadError, match="15 × 40 pixels, at least 16 × 16"):
        decode_picture(as_file(Image.new("L", (15, 40))))


@pytest.mark.parametrize(
    "data", [b"", b"hello, this is text", b"%PDF-1.7 ...", b"\x89PNG\r\n\x1a\n", b"<svg xmlns='x'/>", b"\0" * 4096]
)
def test_what_is_no_picture_is_refused_whatever_its_name(data: bytes) -> None:
    with pytest.raises(UploadError, match="not a picture"):
        decode_picture(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
def test_a_truncated_picture_is_refused(kind: str) -> None:
    data = as_file(beat_picture((600, 400)).convert("RGB"), kind)
    with pytest.raises(UploadError, match=r"damaged or not complete|not a picture"):
        decode_picture(data[: len(data) * 2 // 3])


def damaged_tiffs() -> Iterator[bytes]:
    """A TIFF file with each byte of its tags changed."""
    data = as_file(beat_picture((64, 48)).convert("RGB"), "TIFF")
    tags = int.from_bytes(data[4:8], "little")
    for place in range(tags, min(tags + 200, len(data))):
        yield data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


def test_a_tiff_with_damaged_tags_is_refused_in_one_line_without_a_warning(
    recwarn: pytest.WarningsRecorder, capfd: pytest.CaptureFixture[str]
) -> None:
    refused = []
    for data in damaged_tiffs():
        with warnings.catch_warnings(action="always"):
            try:
                decode_picture(data)
            except UploadError as error:
                refused.append(str(error))
    assert len(refused) > 80
    assert not [line for line in refused if "\n" in line]
    assert not list(recwarn)
    assert not capfd.readouterr().err


def test_a_photograph_with_damaged_exif_is_read(recwarn: pytest.WarningsRecorder) -> None:
    data = as_file(beat_picture(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12\x01", quality=95)
    assert decode_picture(data).shape == (128, 192)
    assert not list(recwarn)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_an_animated_picture_is_refused(kind: str) -> None:
    frames = [beat_picture((200, 100), beats) for beats in (1, 2, 3)]
    out = BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])
    with pytest.raises(UploadError, match="holds 3 pictures"):
        decode_picture(out.getvalue())


FILES = [as_file(beat_picture((64, 48)).convert("RGB"), kind) for kind in ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")]


@settings(max_examples=300)
@given(st.sampled_from(FILES), st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8))
def test_a_damaged_picture_is_decoded_or_refused_and_nothing_else(data: bytes, hits: list[tuple[float, int]]) -> None:
    damaged = bytearray(data)
    for place, value in hits:
        damaged[int(place * len(damaged))] = value
    try:
        pixels = decode_picture(bytes(damaged))
    except UploadError:
        return
    assert pixels.dtype == np.uint8
    assert pixels.shape[2:] in ((), (3,))
