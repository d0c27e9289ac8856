"""Pictures of no single beat that nothing is fitted on: they measure how well the network for pictures refuses.

==============  =====================================================================================================
group           kinds
==============  =====================================================================================================
photographs     cuts of three real photographs, which scikit-learn and matplotlib bring along
text            words in five fonts of matplotlib
charts          bars, pie, histogram, box plot, heat map
line plots      EEG, pleth, respiration, price, speech, temperature: simulated, as matplotlib and as a beat are drawn
several beats   strips of mitdb, pages of PTB-XL's validation fold
==============  =====================================================================================================
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cbook import get_sample_data
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter
from sklearn.datasets import load_sample_images

from training.data.pictures.beats import FS_HZ
from training.data.pictures.render import Picture, draw_trace
from training.data.pictures.styles import random_style
from training.data.ptb_xl.layout import VALIDATION_FOLD, read_records
from training.data.ptb_xl.signals import read_signals
from wardbeat.ecg.io.records import open_record, read_mv

Random = np.random.Generator
SAMPLES = 500
EACH = 60
"""Pictures of photographs, text, charts; half as many of each kind of line plot and of several beats."""
STRIP_RECORDS = ("100", "106", "109", "118", "203", "217", "222", "232")
FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf", "DejaVuSerif.ttf", "DejaVuSerif-Italic.ttf")
LETTERS = "eeeettaaooiinnsshhrrddlluucmfwygpbvk"


class UnseenPicture(NamedTuple):
    """A picture with its group and kind."""

    group: str
    kind: str
    picture: Picture


def unseen_pictures(data: Path, seed: int, each: int = EACH) -> Iterator[UnseenPicture]:
    """Pictures of all kinds.

    Parameters
    ----------
    data : Path
        With mitdb and ptb-xl.
    seed : int
    each : int
        Pictures of each of the first three groups.
    """
    random = np.random.default_rng(seed)
    photographs = _photographs()
    for _ in range(each):
        yield UnseenPicture("photographs", "photograph", _cut(photographs[random.integers(len(photographs))], random))
        yield UnseenPicture("text", "text", _text(random))
    for index in range(each):
        kind = list(CHARTS)[index % len(CHARTS)]
        yield UnseenPicture("charts", kind, _chart(CHARTS[kind], random))
    for kind, signal in SIGNALS.items():
        for index in range(-(-each // 2)):
            picture = (_as_plot if index % 2 else _as_beat)(signal(random), random)
            yield UnseenPicture("line plots", kind, picture)
    yield from _several(data, random, -(-each // 2))


def _photographs() -> list[Picture]:
    with Image.open(str(get_sample_data("grace_hopper.jpg", asfileobj=False))) as image:
        portrait = np.asarray(image.convert("RGB"))
    return [*(np.asarray(image) for image in load_sample_images().images), portrait]


def _cut(photograph: Picture, random: Random) -> Picture:
    """A random part of a photograph."""
    rows, columns = photograph.shape[:2]
    height, width = (round(side * random.uniform(0.25, 0.9)) for side in (rows, columns))
    top, left = random.integers(rows - height), random.integers(columns - width)
    cut = Image.fromarray(photograph[top : top + height, left : left + width])
    return np.asarray(cut.convert("L") if random.random() < 0.3 else cut)


def _text(random: Random) -> Picture:
    """One to twelve lines of words."""
    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    size = int(random.integers(9, 34))
    font = ImageFont.truetype(folder / FONTS[random.integers(len(FONTS))], size)
    image = Image.new("RGB", (int(random.integers(150, 420)), int(random.integers(60, 300))), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    for line in range(int(random.integers(1, 13))):
        words = ("".join(random.choice(list(LETTERS), random.integers(2, 9))) for _ in range(random.integers(2, 12)))
        draw.text((8, 6 + line * size * 1.3), " ".join(words), fill=(20, 20, int(random.integers(20, 120))), font=font)
    return np.asarray(image)


def _bars(axes: Any, random: Random) -> None:
    axes.bar(range(n := int(random.integers(3, 12))), random.random(n))


def _pie(axes: Any, random: Random) -> None:
    axes.pie(random.random(random.integers(3, 7)) + 0.1)


def _histogram(axes: Any, random: Random) -> None:
    axes.hist(random.normal(size=400), bins=int(random.integers(8, 30)))


def _boxes(axes: Any, random: Random) -> None:
    axes.boxplot([random.normal(size=40) for _ in range(random.integers(2, 7))])


def _heat_map(axes: Any, random: Random) -> None:
    axes.imshow(random.random((random.integers(4, 12), random.integers(4, 12))))


CHARTS: dict[str, Callable[[Any, Random], None]] = {
    "bars": _bars, "pie": _pie, "histogram": _histogram, "box plot": _boxes, "heat map": _heat_map,
}  # fmt: skip


def _chart(draw: Callable[[Any, Random], None], random: Random) -> Picture:
    figure = Figure(figsize=random.uniform([2.4, 1.8], [4.5, 3.5]).tolist(), dpi=80)
    axes = figure.subplots()
    draw(axes, random)
    if random.random() < 0.5:
        axes.set_title("Year")
    return _drawn(figure)


def _drawn(figure: Figure) -> Picture:
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _eeg(random: Random) -> NDArray[np.float64]:
    """Pink noise with spindles of alpha waves."""
    spectrum = np.fft.rfft(random.normal(size=2 * SAMPLES))
    pink = np.fft.irfft(spectrum / np.maximum(1, np.arange(len(spectrum))) ** 0.8)[:SAMPLES]
    seconds = np.linspace(0, random.uniform(1.5, 6), SAMPLES)
    spindle = np.exp(-(((seconds - random.uniform(0, 3)) / 0.6) ** 2)) * np.sin(2 * np.pi * 10 * seconds)
    return np.asarray(pink / pink.std() + random.uniform(0.5, 2) * spindle)


def _pleth(random: Random) -> NDArray[np.float64]:
    """Pulse waves with a dicrotic notch."""
    phase = np.linspace(0, random.uniform(1.5, 6), SAMPLES) % 1.0
    notch = random.uniform(0.2, 0.5) * np.exp(-(((phase - 0.55) / 0.09) ** 2))
    return np.asarray(np.exp(-(((phase - 0.25) / 0.12) ** 2)) + notch - 0.2 * phase)


def _respiration(random: Random) -> NDArray[np.float64]:
    """Breaths of unequal length and depth."""
    phase = np.cumsum(1 + 0.4 * gaussian_filter1d(random.normal(size=SAMPLES), 30) * 8) / SAMPLES
    depth = 1 + 2 * gaussian_filter1d(random.normal(size=SAMPLES), 60)
    return np.asarray(depth * np.sin(2 * np.pi * random.uniform(2, 6) * phase) ** 3)


def _price(random: Random) -> NDArray[np.float64]:
    return np.asarray(np.exp(np.cumsum(random.standard_t(4, size=SAMPLES // 4) * 0.01 + 0.0005)))


def _speech(random: Random) -> NDArray[np.float64]:
    """Bursts of a voice."""
    voice = lfilter([1.0], [1.0, -1.6, 0.9], random.normal(size=SAMPLES))
    return np.asarray(voice * np.abs(gaussian_filter1d(random.normal(size=SAMPLES), 25)))


def _temperature(random: Random) -> NDArray[np.float64]:
    """Days within a year."""
    days = np.linspace(0, random.uniform(4, 30), SAMPLES)
    weather = gaussian_filter1d(random.normal(size=SAMPLES), 20) * 8
    return np.asarray(np.sin(2 * np.pi * days) + weather + 2 * np.sin(2 * np.pi * days / 40))


SIGNALS: dict[str, Callable[[Random], NDArray[np.float64]]] = {
    "EEG": _eeg, "pleth": _pleth, "respiration": _respiration, "price": _price, "speech": _speech,
    "temperature": _temperature,
}  # fmt: skip


def _as_plot(signal: NDArray[np.float64], random: Random) -> Picture:
    """As matplotlib draws it, with or without axes."""
    figure = Figure(figsize=random.uniform([2.4, 1.6], [4.5, 3.0]).tolist(), dpi=80)
    axes = figure.subplots()
    axes.plot(signal, linewidth=random.uniform(0.8, 2))
    if random.random() < 0.5:
        axes.axis("off")
    return _drawn(figure)


def _as_beat(signal: NDArray[np.float64], random: Random) -> Picture:
    """As the beats are drawn."""
    style = random_style(random)._replace(limits_mv=None, shift_s=0.0, window_s=len(signal) / FS_HZ)
    return draw_trace(signal.astype(np.float32), style, random)


def _several(data: Path, random: Random, n: int) -> Iterator[UnseenPicture]:
    """Strips of 3 s to 8 s of one lead, and pages of twelve leads as matplotlib draws them."""
    for index in range(n):
        record = open_record(data / "mitdb" / STRIP_RECORDS[index % len(STRIP_RECORDS)])
        start = int(random.integers(record.n_samples - 10 * 360))
        strip = np.nan_to_num(read_mv(record, start, start + round(random.uniform(3, 8) * 360))[0])
        yield UnseenPicture("several beats", "strip", (_as_plot if index % 2 else _as_beat)(strip, random))
    records = [one for one in read_records(data / "ptb-xl") if one.fold == VALIDATION_FOLD][:n]
    for _, signal_mv in read_signals(data / "ptb-xl", records):
        yield UnseenPicture("several beats", "page", _page(signal_mv, random))


def _page(signal_mv: NDArray[np.float32], random: Random) -> Picture:
    """Twelve leads, in one, two or four columns."""
    across = (1, 2, 4)[random.integers(3)]
    figure = Figure(figsize=(6, 4), dpi=80)
    for axes, lead in zip(figure.subplots(12 // across, across, squeeze=False).T.ravel(), signal_mv.T, strict=True):
        axes.plot(lead[: len(lead) // across], color="black", linewidth=0.7)
        axes.axis("off")
    return _drawn(figure)
