"""Splices replace a record's signal on all leads for 20 s: asystole, electrodes off, or noise alone.

``EXPECTED`` lists the alerts that a monitor must raise. The random numbers of a splice depend on the seed, the record's
name, the kind and the start only, so a splice does not depend on the other splices.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from training.evaluation.altered_records import AlteredRecord
from training.evaluation.detector.noise_stress import matching_noise
from wardbeat.ecg.io.records import Record, read_mv

Signal = NDArray[np.float64]

SPLICE_S: Final = 20.0
FIRST_S: Final = 120.0
EVERY_S: Final = 200.0
"""A half-hour record has room for one splice of each kind, and the monitor learns the baseline again in between."""
WITHIN_S: Final = 10.0
"""An alert must be displayed within 10 s of the start of a splice."""
ASYSTOLE: Final = ("asystole",)
TECHNICAL: Final = ("noisy_signal", "lead_off", "asystole")
"""A heart that stops cannot be seen behind noise, so asystole is accepted too."""
EXPECTED: Final[dict[str, tuple[str, ...]]] = {
    "flat": ASYSTOLE,
    "p_waves": ASYSTOLE,
    "pace_pulses": ASYSTOLE,
    "rail": ("lead_off",),
    "invalid": ("lead_off",),
    "mains": TECHNICAL,
    "motion": TECHNICAL,
}
"""By kind of splice: the monitor must raise one of these alerts."""

NOISE_MV: Final = 0.01
P_MV: Final = (0.05, 0.15)
"""IEC 60601-2-27 (and EC13): a monitor must not count P waves of up to 0.2 mV; we use up to 0.15 mV."""
P_WIDTH_S: Final = (0.018, 0.030)
"""Standard deviation of a Gaussian: 80 to 120 ms from foot to foot."""
P_BPM: Final = (50.0, 100.0)
PACE_MV: Final = (0.5, 5.0)
"""The height in a recorder of ±5 mV of a pulse of up to 700 mV (IEC 60601-2-27)."""
PACE_S: Final = 0.002
PACE_BPM: Final = 70.0
RAIL_MV: Final = 5.0
"""A recorder of ±5 mV, like that of mitdb, saturates here."""
MAINS_HZ: Final = (50.0, 60.0)
MAINS_MV: Final = (0.5, 2.0)


class Splice(NamedTuple):
    """A splice of one of the kinds in ``EXPECTED``."""

    kind: str
    start_s: float
    duration_s: float = SPLICE_S

    @property
    def end_s(self) -> float:
        return self.start_s + self.duration_s


def plan_splices(duration_s: float) -> list[Splice]:
    """One splice of each kind, in the order of ``EXPECTED``, as long as the record has room."""
    starts = [FIRST_S + EVERY_S * index for index in range(len(EXPECTED))]
    return [
        Splice(kind, start_s)
        for kind, start_s in zip(EXPECTED, starts, strict=True)
        if start_s + SPLICE_S + WITHIN_S <= duration_s
    ]


def with_splices(record: Record, splices: Sequence[Splice], noise: Path | None = None, seed: int = 0) -> AlteredRecord:
    """A record with parts of its signal replaced on all leads.

    Parameters
    ----------
    record : Record
    splices : sequence of Splice
        They must lie within the record.
    noise : Path, optional
        Record of electrode motion (``em`` of nstdb) for ``motion``; without it the motion is synthetic.
    seed : int

    Raises
    ------
    RecordError
        If a record can't be read.
    """
    p_signal = read_mv(record, 0, record.n_samples)
    for splice in splices:
        begin, end = round(splice.start_s * record.fs), round(splice.end_s * record.fs)
        random = np.random.default_rng([seed, crc32(record.name.encode()), crc32(splice.kind.encode()), begin])
        shape = p_signal[:, begin:end].shape
        if splice.kind == "motion" and noise is not None:
            recorded = matching_noise(p_signal, noise, record.fs)
            first = int(random.integers(record.n_samples - (end - begin) + 1))
            p_signal[:, begin:end] = recorded[:, first : first + end - begin]
        else:
            p_signal[:, begin:end] = _GENERATORS[splice.kind](shape, record.fs, random)
    return AlteredRecord(record, p_signal)


def _flat(shape: tuple[int, int], _fs: float, random: np.random.Generator) -> Signal:
    return random.normal(0.0, NOISE_MV, shape)


def _p_waves(shape: tuple[int, int], fs: float, random: np.random.Generator) -> Signal:
    """P waves without QRS complexes (ventricular asystole)."""
    t_s = np.arange(shape[1]) / fs
    every_s = 60.0 / random.uniform(*P_BPM)
    since_s = (t_s + random.uniform(0.0, every_s)) % every_s - every_s / 2
    wave = np.exp(-0.5 * (since_s / random.uniform(*P_WIDTH_S)) ** 2)
    return random.uniform(*P_MV, (shape[0], 1)) * wave + _flat(shape, fs, random)


def _pace_pulses(shape: tuple[int, int], fs: float, random: np.random.Generator) -> Signal:
    """Pulses of a pacemaker without capture."""
    signal = _flat(shape, fs, random)
    size_mv = random.choice([-1.0, 1.0]) * random.uniform(*PACE_MV) * random.uniform(0.3, 1.0, shape[0])
    samples = max(1, round(PACE_S * fs))
    for t_s in np.arange(random.uniform(0.0, 60.0 / PACE_BPM), shape[1] / fs, 60.0 / PACE_BPM):
        at = int(t_s * fs)
        signal[:, at : at + samples] += size_mv[:, None]
    return signal


def _rail(shape: tuple[int, int], _fs: float, random: np.random.Generator) -> Signal:
    return np.broadcast_to(RAIL_MV * random.choice([-1.0, 1.0], (shape[0], 1)), shape)


def _invalid(shape: tuple[int, int], _fs: float, _random: np.random.Generator) -> Signal:
    return np.full(shape, np.nan)


def _mains(shape: tuple[int, int], fs: float, random: np.random.Generator) -> Signal:
    """Mains hum, as from loose electrodes."""
    phase = 2 * np.pi * (random.choice(MAINS_HZ) * np.arange(shape[1]) / fs + random.uniform(0.0, 1.0, (shape[0], 1)))
    hum: Signal = random.uniform(*MAINS_MV, (shape[0], 1)) * np.sin(phase) + _flat(shape, fs, random)
    return hum


def _motion(shape: tuple[int, int], fs: float, random: np.random.Generator) -> Signal:
    """Synthetic motion: curves that turn a few times a second, slipping electrodes, muscle noise."""
    n_leads, n = shape
    at = np.arange(n) / fs
    knots = [np.arange(0.0, at[-1] + 1.0, 1.0 / hz) for hz in (1.5, 5.0)]
    curves = [np.array([np.interp(at, t, random.normal(0.0, 1.0, len(t))) for _ in range(n_leads)]) for t in knots]
    slips = np.cumsum(random.normal(0.0, 1.0, shape) * (random.random(shape) < 0.5 / fs), axis=1)
    motion: Signal = curves[0] + 0.7 * curves[1] + slips - slips.mean() + random.normal(0.0, 0.15, shape)
    return motion


_GENERATORS: Final[dict[str, Callable[[tuple[int, int], float, np.random.Generator], Signal]]] = {
    "flat": _flat,
    "p_waves": _p_waves,
    "pace_pulses": _pace_pulses,
    "rail": _rail,
    "invalid": _invalid,
    "mains": _mains,
    "motion": _motion,
}
