"""Pictures of other things than one beat, made at random. The refusal of the picture network is fitted on them.

They are lines of other kinds, marks, textures, several beats, and whole pages. Real photographs, text, charts and
biosignals are in :mod:`training.data.pictures.unseen_pictures`, and nothing is fitted on those.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from training.data.pictures.beats import FS_HZ
from training.data.pictures.lines import draw_line
from training.data.pictures.render import Picture, develop, draw_trace
from training.data.pictures.styles import random_style

Random = np.random.Generator
Line = Callable[[Random], NDArray[np.float64]]
SAMPLES = 400
"""Of a made line."""
FEWEST_SAMPLES = 40
"""A line of few samples has corners."""


class Strips(NamedTuple):
    """ECG to draw several beats and pages of: strips (n, samples) at ``FS_HZ``, and records (n, samples, 12), mV."""

    strips_mv: NDArray[np.float32]
    pages_mv: NDArray[np.float32]


def no_ecg_picture(random: Random) -> Picture:
    """A picture of a kind at random: half of them are lines, the kind that is most similar to a beat."""
    kinds = (_line, _line, _line, _line, _marks, _strokes, _texture, _lines, _blank)
    return kinds[random.integers(len(kinds))](random)


def several_beats_picture(random: Random, ecg: Strips) -> Picture:
    """A strip of several beats, several strips, or a page of twelve leads."""
    kinds = (_strip, _strip, _strip, _page, _strips)
    return kinds[random.integers(len(kinds))](random, ecg)


def _line(random: Random) -> Picture:
    style = random_style(random)._replace(limits_mv=None, shift_s=0.0, window_s=SAMPLES / FS_HZ)
    signal = LINES[random.integers(len(LINES))](random)
    noisy = signal + random.normal(0, np.ptp(signal) * random.choice([0.0, 0.0, 0.01, 0.04]), len(signal))
    return draw_trace(_with_corners(noisy, random).astype(np.float32), style, random)


def _with_corners(signal: NDArray[np.float64], random: Random) -> NDArray[np.float64]:
    """Half of the signals through a few of their samples only, with straight lines between them."""
    if random.random() < 0.5:
        return signal
    at = np.linspace(0, len(signal) - 1, round(FEWEST_SAMPLES * (len(signal) / FEWEST_SAMPLES) ** random.random()))
    return np.asarray(np.interp(np.arange(len(signal)), at, signal[at.astype(int)]))


def _walk(random: Random) -> NDArray[np.float64]:
    """Noise with a spectrum of 1/f to 1/f³: between pink noise and a smooth walk; brown noise is a random walk."""
    white = np.fft.rfft(random.standard_t(random.uniform(2.5, 12), size=2 * SAMPLES))
    return np.fft.irfft(white / (1 + np.arange(len(white))) ** random.uniform(0.5, 1.5))[:SAMPLES]


def _smooth_walk(random: Random) -> NDArray[np.float64]:
    return gaussian_filter(random.normal(size=SAMPLES + 200), random.uniform(2, 30))[100:-100]


def _waves(random: Random) -> NDArray[np.float64]:
    """A sum of a few sines."""
    t = np.linspace(0, 1, SAMPLES)
    n = random.integers(1, 5)
    hertz, phase, size = random.uniform(0.5, 14, n), random.uniform(0, 6.3, n), random.uniform(0.3, 1, n)
    return np.asarray((size[:, None] * np.sin(2 * np.pi * hertz[:, None] * t + phase[:, None])).sum(axis=0))


def _square(random: Random) -> NDArray[np.float64]:
    return np.asarray(np.sign(_waves(random) + random.uniform(-0.3, 0.3)))


def _saw(random: Random) -> NDArray[np.float64]:
    t = np.linspace(0, random.uniform(1, 9), SAMPLES) % 1.0
    return t if random.random() < 0.5 else np.abs(t - random.uniform(0.2, 0.8))


def _exponential(random: Random) -> NDArray[np.float64]:
    t = np.linspace(0, random.uniform(1, 6), SAMPLES)
    curve = np.exp(-t) * random.choice([-1.0, 1.0])
    return np.asarray(curve if random.random() < 0.5 else curve * np.cos(random.uniform(2, 40) * t))


def _chirp(random: Random) -> NDArray[np.float64]:
    t = np.linspace(0, 1, SAMPLES)
    return np.sin(2 * np.pi * (random.uniform(0.5, 4) * t + random.uniform(3, 20) * t**2))


def _steps(random: Random) -> NDArray[np.float64]:
    return np.repeat(np.cumsum(random.normal(size=40)), SAMPLES // 40)[: SAMPLES // random.integers(1, 4)]


def _noise(random: Random) -> NDArray[np.float64]:
    return gaussian_filter(random.normal(size=SAMPLES), random.uniform(0.1, 2))


def _polynomial(random: Random) -> NDArray[np.float64]:
    t = np.linspace(-1, 1, SAMPLES)
    return np.asarray(np.polynomial.legendre.legval(t, random.normal(size=random.integers(2, 7))))


def _pulses(random: Random) -> NDArray[np.float64]:
    """Many narrow peaks of different sizes, on no baseline of an ECG."""
    t = np.linspace(0, 1, SAMPLES)
    n = random.integers(4, 16)
    middle, width, size = random.random(n), random.uniform(0.003, 0.05, n), random.uniform(0.1, 1, n)
    return np.asarray((size[:, None] / (1 + ((t - middle[:, None]) / width[:, None]) ** 2)).sum(axis=0))


def _rhythmic(random: Random) -> NDArray[np.float64]:
    """Noise around one frequency."""
    white = np.fft.rfft(random.normal(size=SAMPLES))
    bins = np.arange(len(white))
    peak = random.uniform(4, 40)
    return np.fft.irfft(white * (np.exp(-(((bins - peak) / (0.2 * peak)) ** 2)) + random.uniform(0, 1) / (1 + bins)))


def _humps(random: Random) -> NDArray[np.float64]:
    """A wave of two harmonics, again and again."""
    t = np.linspace(0, random.uniform(2, 7), SAMPLES) * 2 * np.pi
    return np.sin(t) + random.uniform(0.2, 0.6) * np.sin(2 * t + random.uniform(0, 6.3))


def _modulated(random: Random) -> NDArray[np.float64]:
    """A wave whose frequency and size change, with flat or sharp crests."""
    slow = gaussian_filter(random.normal(size=(2, SAMPLES + 200)), (0, random.uniform(15, 60)))[:, 100:-100]
    frequency, size = 1 + random.uniform(0, 0.5) * slow / (slow.std(axis=1, keepdims=True) + 1e-9)
    wave = np.sin(2 * np.pi * random.uniform(1.5, 12) * np.cumsum(frequency) / SAMPLES)
    return np.asarray(size * np.sign(wave) * np.abs(wave) ** random.uniform(0.4, 3))


LINES: tuple[Line, ...] = (
    _walk, _smooth_walk, _waves, _square, _saw, _exponential, _chirp, _steps, _noise, _polynomial, _pulses, _rhythmic,
    _humps, _modulated,
)  # fmt: skip


def _strip(random: Random, ecg: Strips) -> Picture:
    """A strip of 2.4 s to 9 s."""
    strip = ecg.strips_mv[random.integers(len(ecg.strips_mv))]
    style = random_style(random)
    longer = style._replace(columns=round(style.columns * random.uniform(1, 2)), window_s=float(random.uniform(2.4, 9)))
    return draw_trace(strip, longer._replace(shift_s=0.0), random)


def _lines(random: Random) -> Picture:
    """Two to five curves in one plot."""
    return _curves([LINES[random.integers(len(LINES))](random) for _ in range(random.integers(2, 6))], random)


def _strips(random: Random, ecg: Strips) -> Picture:
    """Two to four strips of one or more beats in one plot."""
    rows = random.integers(len(ecg.strips_mv), size=random.integers(2, 5))
    length = round(random.uniform(0.7, 4) * FS_HZ)
    return _curves([ecg.strips_mv[row, :length].astype(np.float64) for row in rows], random)


def _curves(signals: list[NDArray[np.float64]], random: Random) -> Picture:
    style = random_style(random)
    ink = np.zeros((style.rows, style.columns), np.float32)
    for signal in signals:
        top, height = random.uniform(0, 0.7) * style.rows, random.uniform(0.15, 0.9) * style.rows
        rows = top + height * (signal.max() - signal) / (np.ptp(signal) + 1e-9)
        draw_line(ink, np.linspace(2, style.columns - 3, len(signal)), rows, style.line)
    return develop(ink, style, random)


def _page(random: Random, ecg: Strips) -> Picture:
    """Twelve leads in columns and rows, as a machine prints them."""
    record = ecg.pages_mv[random.integers(len(ecg.pages_mv))]
    across = (1, 2, 3, 4)[random.integers(4)]
    down = 12 // across
    style = random_style(random)._replace(rows=280, columns=380, line=float(random.uniform(0.7, 1.4)))
    ink = np.zeros((style.rows, style.columns), np.float32)
    per_row, per_column, length = style.rows / down, style.columns / across, len(record) // across
    for lead in range(12):
        column, row = divmod(lead, down)
        shown = record[column * length : (column + 1) * length, lead].astype(np.float64)
        rows = (row + 0.5) * per_row - np.clip(shown - np.median(shown), -2, 2) * per_row * 0.35
        draw_line(
            ink, np.linspace(column * per_column + 2, (column + 1) * per_column - 2, len(shown)), rows, style.line
        )
    return develop(ink, style, random)


def _marks(random: Random) -> Picture:
    """Dots, strokes, boxes and ellipses: scattered, or in rows as writing is."""
    style = random_style(random)
    image = Image.new("L", (style.columns, style.rows))
    draw = ImageDraw.Draw(image)
    in_rows = random.random() < 0.5
    step = int(random.integers(7, 22))
    for index in range(random.integers(3, 150)):
        if in_rows:
            row, column = divmod(index * step, style.columns)
            x, y, size = column + random.uniform(0, 2), row * step * 1.5 + step / 2, step * random.uniform(0.3, 0.9)
        else:
            x, y = random.uniform(0, style.columns), random.uniform(0, style.rows)
            size = random.uniform(2, 60) if random.random() < 0.3 else random.uniform(2, 8)
        _mark(draw, random, float(x), float(y), float(size))
    return develop((np.asarray(image) / 255).astype(np.float32), style, random)


def _strokes(random: Random) -> Picture:
    """Level and upright strokes and boxes, as in drawings, tables and plans."""
    style = random_style(random)
    image = Image.new("L", (style.columns, style.rows))
    draw = ImageDraw.Draw(image)
    columns = np.sort(random.uniform(0, style.columns, random.integers(2, 9)))
    for _ in range(random.integers(4, 40)):
        x, width = float(random.choice(columns)), float(random.uniform(3, style.columns / 4))
        y, height = random.uniform([0, 3], [style.rows, style.rows / 2]).tolist()
        ends = ((x, y, x + width, y), (x, y, x, y + height), (x - width / 2, y, x + width / 2, y + height))
        kind = int(random.integers(3))
        if kind == len(ends) - 1:
            draw.rectangle(ends[kind], outline=255, fill=255 if random.random() < 0.2 else None)
        else:
            draw.line(ends[kind], fill=255, width=int(random.integers(1, 3)))
    return develop((np.asarray(image) / 255).astype(np.float32), style, random)


def _mark(draw: ImageDraw.ImageDraw, random: Random, x: float, y: float, size: float) -> None:
    box = (x, y, x + size, y + size * random.uniform(0.4, 1.6))
    kind = random.integers(4)
    if kind == 0:
        draw.ellipse(box, fill=255 if random.random() < 0.5 else None, outline=255)
    elif kind == 1:
        draw.rectangle(box, fill=255 if random.random() < 0.5 else None, outline=255)
    else:
        corners = [(x + random.uniform(0, size), y + random.uniform(0, size)) for _ in range(random.integers(2, 6))]
        draw.line(corners, fill=255, width=int(random.integers(1, 3)))


def _texture(random: Random) -> Picture:
    """Light and dark areas with edges, as in a photograph, in colour."""
    style = random_style(random)
    coarse = [gaussian_filter(random.normal(size=(style.rows, style.columns)), s) for s in random.uniform(0.6, 25, 4)]
    mixed = sum((layer / layer.std() * random.uniform(0, 1) for layer in coarse), np.zeros_like(coarse[0]))
    if random.random() < 0.6:
        mixed = np.digitize(mixed, np.sort(random.normal(size=random.integers(2, 7)))) + 0.1 * mixed
    grey = (mixed - mixed.min()) / (np.ptp(mixed) + 1e-9)
    colours = random.uniform(0.4, 1, 3)
    return np.asarray(255 * grey[..., None] * colours, np.uint8)


def _blank(random: Random) -> Picture:
    """An empty page, with or without a grid and noise."""
    style = random_style(random)
    return develop(np.zeros((style.rows, style.columns), np.float32), style, random)
