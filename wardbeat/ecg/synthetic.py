"""Synthetic two-lead ECG with labelled beats and rhythms; the same seed gives the same ECG.

The waves of a beat are Gaussians around its R peak, as on the limit cycle of the dynamical model of McSharry 2003
(doi:10.1109/TBME.2003.808805). Deviations from it: the limit cycle is written in closed form instead of integrated;
every beat has its own set of waves, so that ectopic beats are possible (as in Clifford 2010,
doi:10.1088/0967-3334/31/5/005); and waves keep their width in seconds while P and T move with the square root of the
RR interval, so that a slow heart does not have a wide QRS complex.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from wardbeat.contracts.messages import Symbol
from wardbeat.ecg.chunking import quantise
from wardbeat.ecg.reference import ReferenceBeat, ReferenceRhythm
from wardbeat.errors import RecordError

Rhythm = Literal["sinus", "pvc", "bigeminy", "vt", "vf", "af", "asystole", "brady", "tachy", "noise", "lead_off"]
RHYTHMS: Final[tuple[Rhythm, ...]] = get_args(Rhythm)
SIG_NAME: Final = ("II", "V5")
GAIN_PER_MV: Final = 1000.0
AUX: Final[dict[Rhythm, str]] = {
    "sinus": "(N", "pvc": "(N", "bigeminy": "(B", "vt": "(VT", "vf": "(VF", "af": "(AFIB", "asystole": "(ASYS",
    "brady": "(SBR", "tachy": "(N", "noise": "(NOISE", "lead_off": "(NOISE",
}  # fmt: skip
"""Rhythm labels, as the aux strings of mitdb and vfdb."""
HEART_RATE_BPM: Final[dict[Rhythm, float]] = {
    "sinus": 72, "pvc": 75, "bigeminy": 70, "vt": 180, "af": 105, "brady": 44, "tachy": 130, "noise": 80,
}  # fmt: skip
PVC_PROBABILITY: Final[dict[Rhythm, float]] = {"pvc": 1 / 8, "bigeminy": 1.0}

BeatKind = Literal["sinus", "conducted", "ventricular"]
SYMBOL: Final[dict[BeatKind, Symbol]] = {"sinus": "N", "conducted": "N", "ventricular": "V"}


class Wave(NamedTuple):
    """One Gaussian of a beat; ``offset_s`` and ``width_s`` are for an RR interval of 1 s."""

    offset_s: float
    width_s: float
    amplitude_mv: tuple[float, float]
    moves_with_rr: bool = False


_P = (Wave(-0.16, 0.022, (0.13, 0.09), moves_with_rr=True),)
_QRS_T = (
    Wave(-0.030, 0.009, (-0.10, -0.12)),
    Wave(0.0, 0.011, (1.10, 1.35)),
    Wave(0.030, 0.010, (-0.22, -0.30)),
    Wave(0.24, 0.060, (0.12, 0.14), moves_with_rr=True),
    Wave(0.29, 0.035, (0.20, 0.24), moves_with_rr=True),
)
_WAVES: Final[dict[BeatKind, tuple[Wave, ...]]] = {
    "sinus": _P + _QRS_T,
    "conducted": _QRS_T,  # through the AV node, without a P wave
    "ventricular": (
        Wave(-0.035, 0.014, (-0.20, 0.15)),
        Wave(0.0, 0.023, (1.60, -1.20)),
        Wave(0.055, 0.020, (0.50, -0.60)),
        Wave(0.095, 0.018, (-0.25, 0.20)),
        Wave(0.31, 0.060, (-0.45, 0.40), moves_with_rr=True),
    ),
}


@dataclass(frozen=True, slots=True)
class SyntheticRecord:
    """ECG in memory with its reference annotations; an :class:`wardbeat.ecg.chunking.EcgSource`.

    Attributes
    ----------
    p_signal : ndarray, shape (2, samples)
        Millivolts; NaN is invalid.
    beats, rhythms : tuple
        The annotations of a perfect observer.
    """

    name: str
    fs: float
    p_signal: NDArray[np.float64] = field(repr=False)
    beats: tuple[ReferenceBeat, ...] = field(repr=False)
    rhythms: tuple[ReferenceRhythm, ...]
    sig_name: tuple[str, ...] = SIG_NAME
    gain: tuple[float, ...] = (GAIN_PER_MV, GAIN_PER_MV)
    baseline: tuple[int, ...] = (0, 0)
    left_out: tuple[str, ...] = ()

    @property
    def n_samples(self) -> int:
        return int(self.p_signal.shape[1])

    def read(self, start: int, stop: int) -> NDArray[np.int16]:
        """Samples ``start`` to ``stop`` in ADC units, shape (2, stop − start); −32768 is invalid."""
        return quantise(self.p_signal[:, start:stop], self.gain, self.baseline)


def synthetic_record(rhythm: Rhythm, duration_s: float, fs: float = 250, seed: int = 0) -> SyntheticRecord:
    """One rhythm for ``duration_s`` seconds.

    >>> synthetic_record("bigeminy", 10).beats[1].symbol
    'V'
    """
    return synthetic_scenario([(rhythm, duration_s)], fs=fs, seed=seed, name=rhythm)


def synthetic_scenario(
    parts: Sequence[tuple[Rhythm, float]], fs: float = 250, seed: int = 0, name: str = "scenario"
) -> SyntheticRecord:
    """Rhythms one after the other, each for its number of seconds.

    Raises
    ------
    RecordError
        If a rhythm is unknown, or the duration is 0.
    """
    for rhythm, _ in parts:
        if rhythm not in RHYTHMS:
            raise RecordError(f"synthetic rhythm: one of {', '.join(RHYTHMS)}, {rhythm!r} given; choose one of them")
    ends = np.rint(np.cumsum([duration_s for _, duration_s in parts]) * fs).astype(int) if parts else np.zeros(1, int)
    n_samples = int(ends[-1])
    if n_samples <= 0:
        raise RecordError(f"synthetic record: longer than 0 s, {n_samples / fs:g} s given; ask for at least one second")
    rng = np.random.default_rng(seed)
    starts = [0, *(int(end) for end in ends[:-1])]
    beats: list[tuple[float, BeatKind]] = []
    p_signal = _background(rng, n_samples, fs)
    for (rhythm, _), start, end in zip(parts, starts, ends, strict=True):
        beats += _beats(rhythm, start / fs, end / fs, rng)
        p_signal[:, start:end] += _added(rhythm, int(end) - start, fs, rng)
    _draw(p_signal, beats, fs, rng)
    for (rhythm, _), start, end in zip(parts, starts, ends, strict=True):
        if rhythm == "lead_off":
            p_signal[:, start:end] = np.nan
    return SyntheticRecord(
        name=name,
        fs=float(fs),
        p_signal=p_signal,
        beats=tuple(
            ReferenceBeat(sample, SYMBOL[kind]) for t_s, kind in beats if (sample := round(t_s * fs)) < n_samples
        ),
        rhythms=tuple(ReferenceRhythm(start, AUX[rhythm]) for (rhythm, _), start in zip(parts, starts, strict=True)),
    )


def _beats(rhythm: Rhythm, start_s: float, end_s: float, rng: np.random.Generator) -> list[tuple[float, BeatKind]]:
    if rhythm not in HEART_RATE_BPM:
        return []
    mean_rr_s = 60 / HEART_RATE_BPM[rhythm]
    first_s = start_s + 0.5 * mean_rr_s
    if rhythm == "vt":
        train = _ventricular_train(first_s, mean_rr_s, rng)
    elif rhythm == "af":
        train = _fibrillation_train(first_s, mean_rr_s, rng)
    else:
        train = _sinus_train(first_s, mean_rr_s, PVC_PROBABILITY.get(rhythm, 0.0), rng)
    return list(takewhile(lambda beat: beat[0] < end_s - 0.1, train))


def _sinus_train(
    t_s: float, mean_rr_s: float, pvc_probability: float, rng: np.random.Generator
) -> Iterator[tuple[float, BeatKind]]:
    """Sinus rhythm; after a beat there may be a PVC with its full compensatory pause."""
    while True:
        yield t_s, "sinus"
        rr_s = _sinus_rr_s(t_s, mean_rr_s, rng)
        if rng.random() < pvc_probability:
            yield t_s + rng.normal(0.58, 0.015) * rr_s, "ventricular"
            rr_s += _sinus_rr_s(t_s + rr_s, mean_rr_s, rng)  # the sinus beat in between meets refractory tissue
        t_s += rr_s


def _ventricular_train(t_s: float, mean_rr_s: float, rng: np.random.Generator) -> Iterator[tuple[float, BeatKind]]:
    while True:
        yield t_s, "ventricular"
        t_s += mean_rr_s * rng.normal(1, 0.01)


def _fibrillation_train(t_s: float, mean_rr_s: float, rng: np.random.Generator) -> Iterator[tuple[float, BeatKind]]:
    """RR intervals without memory, the shortest set by the AV node's refractory time."""
    while True:
        yield t_s, "conducted"
        t_s += max(0.33, mean_rr_s * rng.lognormal(-0.025, 0.22))


def _sinus_rr_s(t_s: float, mean_rr_s: float, rng: np.random.Generator) -> float:
    """Breathing (0.25 Hz) and Mayer waves (0.1 Hz) modulate the interval, as in McSharry 2003."""
    breathing = 0.03 * np.sin(2 * np.pi * 0.25 * t_s)
    mayer = 0.02 * np.sin(2 * np.pi * 0.1 * t_s)
    return float(mean_rr_s * (1 + breathing + mayer + rng.normal(0, 0.008)))


def _draw(
    p_signal: NDArray[np.float64], beats: list[tuple[float, BeatKind]], fs: float, rng: np.random.Generator
) -> None:
    """Add the waves of the beats."""
    n_samples = p_signal.shape[1]
    before_s = 1.0
    for t_s, kind in beats:
        rr_s, before_s = (min(1.5, t_s - before_s) if t_s > before_s else 0.8), t_s
        strength = rng.normal(1, 0.02) * (1 + 0.03 * np.sin(2 * np.pi * 0.25 * t_s))
        # The R peak is on a sample, as in the label.
        first = max(0, round(t_s * fs) - round(0.4 * fs))
        last = min(n_samples, round(t_s * fs) + round(0.8 * fs))
        t = (np.arange(first, last) - round(t_s * fs)) / fs
        for wave in _WAVES[kind]:
            scale = np.sqrt(rr_s) if wave.moves_with_rr else 1.0
            shape = np.exp(-0.5 * ((t - wave.offset_s * scale) / (wave.width_s * scale)) ** 2)
            p_signal[:, first:last] += strength * np.array(wave.amplitude_mv)[:, None] * shape


def _background(rng: np.random.Generator, n_samples: int, fs: float) -> NDArray[np.float64]:
    """Breathing and electrode drift, amplifier noise and a trace of mains hum."""
    t = np.arange(n_samples) / fs
    breathing = 0.04 * np.sin(2 * np.pi * 0.25 * t + rng.uniform(0, 2 * np.pi))
    hum = 0.004 * np.sin(2 * np.pi * 50 * t)
    drift = np.stack([0.05 * _slow(rng, n_samples, fs, 0.15) for _ in SIG_NAME])
    return breathing + hum + drift + rng.normal(0, 0.008, (len(SIG_NAME), n_samples))


def _added(rhythm: Rhythm, n_samples: int, fs: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Signal of a rhythm besides its beats, faded in and out so that it has no step."""
    makers = {"vf": _fibrillation, "af": _f_waves, "noise": _artefact}
    if rhythm not in makers:
        return np.zeros((len(SIG_NAME), n_samples))
    t = np.arange(n_samples) / fs
    fade = np.clip(np.minimum(t, t[-1] - t) / 0.1, 0, 1)
    added: NDArray[np.float64] = makers[rhythm](n_samples, fs, rng) * fade
    return added


def _fibrillation(n_samples: int, fs: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Ventricular fibrillation: a few oscillators that wander between 4 and 7 Hz and wax and wane."""
    signal = np.zeros((len(SIG_NAME), n_samples))
    for centre_hz in (4.6, 5.4, 6.4):
        hz = np.clip(centre_hz + 0.5 * _slow(rng, n_samples, fs, 0.5), 4, 7)
        wave = np.sin(2 * np.pi * np.cumsum(hz) / fs + rng.uniform(0, 2 * np.pi))
        size_mv = 0.28 * np.exp(0.4 * _slow(rng, n_samples, fs, 0.4))
        signal += rng.normal(0.8, 0.25, (len(SIG_NAME), 1)) * size_mv * wave
    return signal


def _f_waves(n_samples: int, fs: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Atrial fibrillation: a saw tooth of three harmonics around 6 Hz (Stridh 2001, doi:10.1109/10.914794)."""
    hz = 6 + 0.4 * _slow(rng, n_samples, fs, 0.3)
    phase = 2 * np.pi * np.cumsum(hz) / fs
    size_mv = 0.06 * (1 + 0.3 * _slow(rng, n_samples, fs, 0.3))
    saw = np.sin(phase) + np.sin(2 * phase) / 2 + np.sin(3 * phase) / 3
    f_waves: NDArray[np.float64] = np.array([[1.0], [0.6]]) * size_mv * saw
    return f_waves


def _artefact(n_samples: int, fs: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Muscle noise and electrode motion, both as large as the QRS complexes."""
    motion = np.stack([0.7 * _slow(rng, n_samples, fs, 4) for _ in SIG_NAME])
    artefact: NDArray[np.float64] = motion + rng.normal(0, 0.3, motion.shape)
    return artefact


def _slow(rng: np.random.Generator, n_samples: int, fs: float, knots_hz: float) -> NDArray[np.float64]:
    """A random curve of unit spread that changes direction about ``knots_hz`` times a second."""
    knots = rng.normal(0, 1, int(n_samples / fs * knots_hz) + 3)
    return np.interp(np.arange(n_samples) / fs * knots_hz, np.arange(len(knots)), knots)
