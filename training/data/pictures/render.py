"""Draws a trace in a style."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from training.data.pictures.beats import FS_HZ
from training.data.pictures.lines import draw_line
from training.data.pictures.styles import Colour, Style

Picture = NDArray[np.uint8]
"""Shape (rows, columns, 3)."""


def draw_trace(signal_mv: NDArray[np.float32], style: Style, random: np.random.Generator) -> Picture:
    """A picture of a trace.

    Parameters
    ----------
    signal_mv : ndarray, shape (samples,)
        At ``FS_HZ``, with the R peak in the middle; it must be longer than the style's window and shift.
    style : Style
    random : numpy.random.Generator
        For the noise of the picture.
    """
    middle = len(signal_mv) / 2 + style.shift_s * FS_HZ
    half = style.window_s * FS_HZ / 2
    shown = signal_mv[max(0, round(middle - half)) : round(middle + half)].astype(np.float64)
    ink = np.zeros((style.rows, style.columns), np.float32)
    left, top, right, bottom = np.array(style.box) * np.tile([style.columns, style.rows], 2)
    low, high = style.limits_mv or (float(shown.min()), float(shown.max()) + 1e-6)
    rows = bottom - (shown - low) / (high - low) * (bottom - top)
    draw_line(ink, np.linspace(left, right, len(shown)), rows, style.line)
    if style.limits_mv:
        ink[: max(0, round(top))] = 0.0
        ink[round(bottom) :] = 0.0
    return develop(ink, style, random)


def develop(ink: NDArray[np.float32], style: Style, random: np.random.Generator) -> Picture:
    """The picture of an ink: paper, grid, frame and trace in colour, then turned, blurred, shaded, noisy, as JPEG."""
    canvas = np.empty((*ink.shape, 3), np.float32)
    canvas[:] = style.paper
    if style.grid_points:
        _blend(canvas, _grid(ink.shape, style.grid_points, random), style.grid)
    if style.frame:
        _blend(canvas, _frame(ink.shape, style), style.trace)
    _blend(canvas, ink, style.trace)
    if style.shade:
        across = np.linspace(1.0, 1.0 - style.shade, ink.shape[1], dtype=np.float32)
        canvas *= (across if random.random() < 0.5 else across[::-1])[None, :, None]
    if style.noise:
        canvas += random.normal(0.0, style.noise, (*ink.shape, 1)).astype(np.float32)
    return _photographed(np.clip(canvas, 0, 255).astype(np.uint8), style)


def _blend(canvas: NDArray[np.float32], ink: NDArray[np.float32], colour: Colour) -> None:
    inked = ink > 0  # most points have none
    canvas[inked] += ink[inked, None] * (np.array(colour, np.float32) - canvas[inked])


def _grid(shape: tuple[int, ...], points: float, random: np.random.Generator) -> NDArray[np.float32]:
    """Fine lines, and a heavy one in five."""
    ink = np.zeros(shape, np.float32)
    for axis, size in enumerate(shape):
        lines = np.arange(random.uniform(0, points), size, points).astype(int)
        strength = np.where(np.arange(len(lines)) % 5 == 0, 1.0, 0.6).astype(np.float32)
        if axis == 0:
            ink[lines] = np.maximum(ink[lines], strength[:, None])
        else:
            ink[:, lines] = np.maximum(ink[:, lines], strength)
    return ink


def _frame(shape: tuple[int, ...], style: Style) -> NDArray[np.float32]:
    ink = np.zeros(shape, np.float32)
    left, top, right, bottom = np.array(style.box) * np.tile([style.columns, style.rows], 2)
    draw_line(ink, np.array([left, right, right, left, left]), np.array([top, top, bottom, bottom, top]), 1.0)
    return ink


def _photographed(picture: Picture, style: Style) -> Picture:
    """The picture turned, blurred and stored as JPEG, where the style has that."""
    if not (style.rotation_deg or style.blur or style.jpeg):
        return picture
    image = Image.fromarray(picture)
    if style.rotation_deg:
        image = image.rotate(style.rotation_deg, Image.Resampling.BILINEAR, fillcolor=tuple(picture[0, 0].tolist()))
    if style.blur:
        image = image.filter(ImageFilter.GaussianBlur(style.blur))
    if style.jpeg:
        stored = io.BytesIO()
        image.save(stored, "JPEG", quality=style.jpeg)
        image = Image.open(stored)
    return np.asarray(image)
