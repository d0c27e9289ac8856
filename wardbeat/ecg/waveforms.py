"""Test waveforms after ANSI/AAMI EC13 (now in IEC 60601-2-27): one lead, drawn as lines from point to point.

The rates and amplitudes are those of the standard; its pictures are redrawn, not digitised. A waveform that tests a
change (a rate step, a tachycardia) begins with a normal heart at 80/min; the change comes at ``onset_s``.
"""

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wardbeat.contracts.messages import Symbol
from wardbeat.ecg.reference import ReferenceBeat, ReferenceRhythm
from wardbeat.ecg.synthetic import SyntheticRecord
from wardbeat.errors import RecordError

NORMAL_S: Final = 60.0
"""Normal heart before the change."""
LEARNING_S: Final = 10.0
"""In a waveform without a change, the rate must be right after this time."""
NOISE_MV: Final = 0.005
GAINS: Final = (0.5, 1.0, 2.0)
"""Half, full and double amplitude: each tachycardia must raise its alert at all of them."""
SMOOTH_S: Final = 0.003
"""A Gaussian of this standard deviation rounds the corners, as no electrode gives a corner."""
SIG_NAME: Final = ("II",)
GAIN_PER_MV: Final = 1000.0


class Complex(NamedTuple):
    """A QRS complex with its T wave, as (seconds from the R peak, mV) from point to point."""

    symbol: Symbol
    points: tuple[tuple[float, float], ...]


class Part(NamedTuple):
    """Complexes in turn for ``duration_s`` seconds, each with the interval before it in s; without any: asystole."""

    duration_s: float
    turns: tuple[tuple[Complex, float], ...]


class Waveform(NamedTuple):
    """A waveform and the rate, alert and rhythm that a monitor must report.

    Attributes
    ----------
    parts : tuple of Part
    onset_s : float
        Time of the change, or from which the rate must be right.
    hr_bpm : float or None
        The rate from some seconds after the onset on; None: the monitor must count no QRS complex.
    alert : str or None
        Code of the alert that must be raised within 10 s of the onset.
    rhythm : str
        WFDB aux string from the onset on.
    """

    parts: tuple[Part, ...]
    onset_s: float
    hr_bpm: float | None
    alert: str | None = None
    rhythm: str = "(N"


def _normal(r_mv: float = 1.0, t_mv: float = 0.2) -> Complex:
    """A QRS complex of 100 ms and a T wave of 180 ms that ends 350 ms after the start of the QRS complex."""
    return Complex(
        "N",
        (
            *((-0.05, 0.0), (-0.03, -0.1 * r_mv), (0.0, r_mv), (0.03, -0.2 * r_mv), (0.05, 0.0)),
            *((0.12, 0.0), (0.21, t_mv), (0.30, 0.0)),
        ),
    )


_ECTOPIC: Final = Complex("V", ((-0.09, 0.0), (0.0, 1.4), (0.09, -0.2), (0.20, -0.5), (0.33, 0.0)))
_INVERTED: Final = Complex("V", tuple((t_s, -mv) for t_s, mv in _ECTOPIC.points))
_TACHYCARDIA_4A: Final = Complex("V", ((-0.14, -0.35), (-0.07, 0.0), (0.0, 0.65), (0.07, 0.0), (0.14, -0.35)))
_TACHYCARDIA_4B: Final = Complex("V", ((-0.15, -0.5), (-0.10, -0.45), (0.0, 1.5), (0.06, 0.0), (0.15, -0.5)))


def _steady(bpm: float, shape: Complex, duration_s: float = NORMAL_S) -> Part:
    return Part(duration_s, ((shape, 60.0 / bpm),))


def _pairs(bpm: float, shapes: tuple[Complex, Complex], coupling: float) -> Waveform:
    """Two beats in turn; ``coupling`` is the proportion of a pair's time from the first to the second beat."""
    pair_s = 120.0 / bpm
    turns = ((shapes[0], coupling * pair_s), (shapes[1], (1.0 - coupling) * pair_s))
    return Waveform((Part(2 * NORMAL_S, turns),), LEARNING_S, bpm, rhythm="(B")


def _step(bpm: float, alert: str | None) -> Waveform:
    return Waveform((_steady(80.0, _normal()), _steady(bpm, _normal())), NORMAL_S, bpm, alert)


def _tachycardia(bpm: float, shape: Complex) -> Waveform:
    parts = (_steady(80.0, _normal()), _steady(bpm, shape))
    return Waveform(parts, NORMAL_S, bpm, "ventricular_tachycardia", "(VT")


def _normal_waveform(shape: Complex, hr_bpm: float | None = 80.0) -> Waveform:
    return Waveform((_steady(80.0, shape),), LEARNING_S, hr_bpm, None if hr_bpm else "asystole")


WAVEFORMS: Final[dict[str, Waveform]] = {
    "bigeminy_3a": _pairs(80.0, (_normal(), _ECTOPIC), 0.4),
    "slow_bigeminy_3b": _pairs(60.0, (_normal(), _ECTOPIC), 0.3),
    "rapid_bigeminy_3c": _pairs(120.0, (_normal(), _ECTOPIC), 0.45),
    "bidirectional_3d": _pairs(90.0, (_ECTOPIC, _INVERTED), 0.5),
    "tachycardia_4a": _tachycardia(206.0, _TACHYCARDIA_4A),
    "tachycardia_4b": _tachycardia(195.0, _TACHYCARDIA_4B),
    "step_80_120": _step(120.0, None),  # at the limit of 120/min, not over it
    "step_80_40": _step(40.0, "bradycardia"),
    "tall_t": _normal_waveform(_normal(t_mv=1.2)),
    "small_qrs": _normal_waveform(_normal(r_mv=0.5 / 1.2, t_mv=0.1)),  # 0.5 mV from peak to peak
    "no_qrs": _normal_waveform(_normal(r_mv=0.15 / 1.2, t_mv=0.0), None),  # 0.15 mV
}
"""By name; the numbers of the figures in the names are those of the standard."""


def waveform_record(name: str, fs: float = 250.0, gain: float = 1.0, seed: int = 0) -> SyntheticRecord:
    """One of ``WAVEFORMS`` at a gain, as a record of one lead.

    >>> waveform_record("step_80_40").n_samples
    30000

    Raises
    ------
    RecordError
        If there is no such waveform.
    """
    if name not in WAVEFORMS:
        raise RecordError(f"test waveform: one of {', '.join(WAVEFORMS)}, {name!r} given; choose one of them")
    waveform = WAVEFORMS[name]
    rhythms = (ReferenceRhythm(0, "(N"), ReferenceRhythm(round(waveform.onset_s * fs), waveform.rhythm))
    return drawn_record(name if gain == 1.0 else f"{name}_{gain:g}", waveform.parts, rhythms, fs, gain, seed)


def drawn_record(
    name: str,
    parts: Sequence[Part],
    rhythms: tuple[ReferenceRhythm, ...],
    fs: float = 250.0,
    gain: float = 1.0,
    seed: int = 0,
) -> SyntheticRecord:
    """The complexes of parts, one part after the other, as a record of one lead."""
    n_samples = round(sum(part.duration_s for part in parts) * fs)
    beats = list(_beats(parts))
    signal = np.interp(np.arange(n_samples) / fs, *_line(beats))
    signal = gain * np.convolve(signal, _rounding(fs), mode="same")
    signal += np.random.default_rng(seed).normal(0.0, NOISE_MV, n_samples)
    return SyntheticRecord(
        name=name,
        fs=float(fs),
        p_signal=signal[None],
        beats=tuple(ReferenceBeat(round(beat_s * fs), shape.symbol) for beat_s, shape in beats),
        rhythms=rhythms,
        sig_name=SIG_NAME,
        gain=(GAIN_PER_MV,),
        baseline=(0,),
    )


def _beats(parts: Sequence[Part]) -> Iterator[tuple[float, Complex]]:
    """Times of the R peaks in s and their shapes; each part begins at the end of the part before it."""
    t_s = end_s = 0.0
    for part in parts:
        end_s += part.duration_s
        for shape, interval_s in cycle(part.turns):
            if t_s + interval_s > end_s:
                break
            t_s += interval_s
            yield t_s, shape
        if not part.turns:
            t_s = end_s


def _line(beats: Sequence[tuple[float, Complex]]) -> tuple[list[float], list[float]]:
    """Times and millivolts of the line through all complexes; a new complex cuts the one before it short."""
    times_s: list[float] = []
    values_mv: list[float] = []
    for beat_s, shape in beats:
        while times_s and times_s[-1] >= beat_s + shape.points[0][0]:
            times_s.pop()
            values_mv.pop()
        times_s += [beat_s + offset_s for offset_s, _ in shape.points]
        values_mv += [mv for _, mv in shape.points]
    return times_s, values_mv


def _rounding(fs: float) -> NDArray[np.float64]:
    offsets_s = np.arange(-round(3 * SMOOTH_S * fs), round(3 * SMOOTH_S * fs) + 1) / fs
    weights = np.exp(-0.5 * (offsets_s / SMOOTH_S) ** 2)
    rounding: NDArray[np.float64] = weights / weights.sum()
    return rounding
