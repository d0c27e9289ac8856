"""Makes rhythms that few patients have: a record's own heart cycles, cut apart and put together anew.

Supraventricular beats are rare and tell themselves by rhythm alone; a handful of patients has nearly all of them, and a
network learns those by heart. So the cycles of every patient are put together to premature beats, runs, pauses, sinus
arrhythmia, atrial fibrillation and flutter, at rates that patient never had, and go through the live monitor as a
record of their own. A cycle goes from 0.1 s after one R peak to 0.1 s after the next; it is made longer or shorter
between T and P wave, where the heart rests.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from training.data.labels import SINUS_RHYTHMS, rhythm_at
from wardbeat.contracts.messages import Symbol
from wardbeat.ecg.io.annotations import read_beats, read_rhythms
from wardbeat.ecg.io.records import open_record, read_mv
from wardbeat.ecg.reference import ReferenceBeat, ReferenceRhythm

CUT_S = 0.1
"""After the R peak, at the end of most QRS complexes."""
P_WAVE_S = (-0.25, -0.08)
"""Where the P wave stands from the R peak."""
SHORTEST_RR_S, LONGEST_RR_S = 0.3, 2.2
SECTION_S = 600.0
"""Rhythm parameters hold this long: a network must see what a patient's long memory makes of them."""
LEAST_CYCLES = 30
"""Normal cycles in sinus rhythm below which nothing is made of a record."""
MEDIAN_OF = 16
EDGE_S = 0.03
MADE_S = 2400.0
GAIN_PER_MV = 1000.0
WFDB_SYMBOL = {"N": "N", "S": "A", "V": "V"}


class Cycle(NamedTuple):
    """One heart cycle: signal (leads, samples) in mV, class of its beat, its RR over the usual one before it."""

    signal: NDArray[np.float32]
    symbol: Symbol
    ratio: float


class Sources(NamedTuple):
    """A patient's cycles by what they are good for, in the order of time, and the usual RR interval in s."""

    normal: list[Cycle]
    premature: list[Cycle]
    ventricular: list[Cycle]
    rr_s: float


class Made(NamedTuple):
    """A record made of cycles: signal (leads, samples) in mV, R peak samples and their classes."""

    signal: NDArray[np.float32]
    r_samples: NDArray[np.int64]
    symbols: list[Symbol]


class Placed(NamedTuple):
    """A cycle in its new place: how long it is to last, what becomes of its P wave, what it counts as."""

    cycle: Cycle
    rr_s: float
    symbol: Symbol
    p_gain: float = 1.0
    p_shift_s: float = 0.0


def find_sources(
    signal: NDArray[np.floating], beats: Sequence[ReferenceBeat], rhythms: Sequence[ReferenceRhythm], fs: float
) -> Sources | None:
    """The cycles of a record, None with too few normal ones in sinus rhythm.

    Parameters
    ----------
    signal : ndarray, shape (leads, samples)
        In mV, NaN where invalid.
    beats, rhythms : sequence
        Reference annotations.
    fs : float
        In Hz.
    """
    cut = round(CUT_S * fs)
    kinds: dict[str, list[Cycle]] = {"N": [], "S": [], "V": []}
    recent: list[float] = []
    normal_rr = []
    for before, beat in pairwise(beats):
        rr_s = (beat.sample - before.sample) / fs
        piece = signal[:, before.sample + cut : beat.sample + cut]
        typical = float(np.median(recent[-MEDIAN_OF:])) if recent else rr_s
        recent.append(rr_s)
        if not SHORTEST_RR_S <= rr_s <= LONGEST_RR_S or not np.isfinite(piece).all():
            continue
        cycle = Cycle(piece.astype(np.float32), beat.symbol, rr_s / typical)
        sinus = rhythm_at(rhythms, beat.sample) in SINUS_RHYTHMS
        if beat.symbol == "N" and before.symbol == "N" and sinus and rr_s > 0.5 * typical:
            kinds["N"].append(cycle)
            normal_rr.append(rr_s)
        elif (beat.symbol == "S" and before.symbol in "NS") or (beat.symbol == "V" and before.symbol == "N"):
            kinds[beat.symbol].append(cycle)
    if len(normal_rr) < LEAST_CYCLES:
        return None
    return Sources(kinds["N"], kinds["S"], kinds["V"], float(np.median(normal_rr)))


def make_record(sources: Sources, duration_s: float, fs: float, random: np.random.Generator) -> Made:
    """A record of ``duration_s`` of the patient's cycles, in sections of ``SECTION_S`` of one kind of rhythm each."""
    placed: list[Placed] = []
    waves: list[tuple[int, int]] = []
    kinds = random.permutation(len(SECTIONS))
    sections = max(1, round(duration_s / SECTION_S))
    for section in range(sections):
        kind = SECTIONS[kinds[section % len(kinds)]]
        cycles = kind.cycles(sources, random)
        begin, lasted_s = len(placed), 0.0
        while lasted_s < duration_s / sections:
            placed.append(next(cycles))
            lasted_s += placed[-1].rr_s
        if kind.fibrillates:
            waves.append((begin, len(placed)))
    made = _join(placed, fs)
    for begin, end in waves:
        _add_f_waves(made.signal[:, made.r_samples[begin] : made.r_samples[end - 1]], fs, random)
    return made


def write_made_record(folder: Path, path: Path, *, seed: int) -> None:
    """Make a record of another's cycles: ``NAMEm`` in ``folder``, with annotations; of some records none can be made.

    Raises
    ------
    RecordError
        If the record or its annotations can't be read.
    """
    import wfdb

    record = open_record(path)
    sources = find_sources(read_mv(record, 0, record.n_samples), read_beats(path), read_rhythms(path), record.fs)
    if sources is None:
        return
    made = make_record(sources, MADE_S, record.fs, np.random.default_rng([seed, crc32(path.name.encode())]))
    folder.mkdir(parents=True, exist_ok=True)
    name, n_leads = f"{path.name}m", len(record.sig_name)
    with TemporaryDirectory(dir=folder, prefix=".making-") as draft:
        symbols = [WFDB_SYMBOL[symbol] for symbol in made.symbols]
        wfdb.wrann(name, "atr", made.r_samples, symbols, fs=record.fs, write_dir=draft)
        wfdb.wrsamp(
            name,
            fs=record.fs,
            units=["mV"] * n_leads,
            sig_name=list(record.sig_name),
            p_signal=made.signal.T.astype(np.float64),
            fmt=["16"] * n_leads,
            adc_gain=[GAIN_PER_MV] * n_leads,
            baseline=[0] * n_leads,
            write_dir=draft,
        )
        for suffix in (".dat", ".atr", ".hea"):  # the header last: with it the record is there
            Path(draft, f"{name}{suffix}").rename(folder / f"{name}{suffix}")


def _join(placed: Sequence[Placed], fs: float) -> Made:
    """Cycles after one another; each begins where the last ended and returns to its own level before its P wave."""
    cut = round(CUT_S * fs)
    pieces, r_samples, at = [], [], 0
    level = placed[0].cycle.signal[:, 0]
    for one in placed:
        piece = _with_length(_with_p_wave(one, fs), round(one.rr_s * fs), fs)
        ramp = np.linspace(1.0, 0.0, max(2, piece.shape[1] - _tail(fs)), dtype=np.float32)
        piece[:, : len(ramp)] += (level - piece[:, 0])[:, None] * ramp[: piece.shape[1]]
        pieces.append(piece)
        at += piece.shape[1]
        r_samples.append(at - cut)
        level = piece[:, -1]
    return Made(np.concatenate(pieces, axis=1), np.array(r_samples, np.int64), [one.symbol for one in placed])


def _tail(fs: float) -> int:
    """Samples at the end of a cycle that are never cut: P wave and QRS."""
    return round((CUT_S - P_WAVE_S[0]) * fs)


def _with_length(signal: NDArray[np.float32], length: int, fs: float) -> NDArray[np.float32]:
    """The cycle made longer or shorter before its P wave: its last rest is stretched, or its T wave cut short."""
    tail = min(_tail(fs), signal.shape[1] - 2)
    head, rest = signal[:, :-tail], signal[:, -tail:]
    wanted = max(2, length - tail)
    if wanted <= head.shape[1]:
        new = head[:, :wanted].copy()
        edge = min(wanted, round(EDGE_S * fs))
        new[:, wanted - edge :] += (rest[:, :1] - new[:, -1:]) * np.linspace(0.0, 1.0, edge, dtype=np.float32)
    else:
        keep = head.shape[1] // 2  # the T wave is in the first half and keeps its width
        at = np.linspace(keep, head.shape[1] - 1, wanted - keep)
        stretched = np.stack([np.interp(at, np.arange(head.shape[1]), lead) for lead in head])
        new = np.concatenate([head[:, :keep], stretched.astype(np.float32)], axis=1)
    return np.concatenate([new, rest], axis=1)


def _with_p_wave(one: Placed, fs: float) -> NDArray[np.float32]:
    """The cycle's signal with its P wave scaled (below 0: turned) and moved."""
    signal = one.cycle.signal.copy()
    r = signal.shape[1] - round(CUT_S * fs)
    begin, end = r + round(P_WAVE_S[0] * fs), r + round(P_WAVE_S[1] * fs)
    if (one.p_gain == 1.0 and one.p_shift_s == 0.0) or begin < 0:
        return signal
    base = np.linspace(signal[:, begin], signal[:, end - 1], end - begin, axis=1)
    wave = np.roll(signal[:, begin:end] - base, round(one.p_shift_s * fs), axis=1)
    signal[:, begin:end] = base + one.p_gain * wave * np.hanning(end - begin + 2)[1:-1] ** 0.25
    return signal


def _add_f_waves(signal: NDArray[np.float32], fs: float, random: np.random.Generator) -> None:
    """Fibrillation waves: 4–9/s, of wandering rate and height."""
    n = signal.shape[1]
    steps = max(2, n // round(fs))
    rate_hz = np.interp(np.arange(n), np.linspace(0, n, steps), random.uniform(4.0, 9.0) + random.normal(0, 0.4, steps))
    phase = 2 * np.pi * np.cumsum(rate_hz) / fs
    height = np.interp(np.arange(n), np.linspace(0, n, steps), random.uniform(0.4, 1.0, steps))
    for lead in range(len(signal)):
        signal[lead] += (
            random.uniform(0.01, 0.1) * height * (np.sin(phase) + 0.4 * np.sin(2 * phase + random.uniform(0, 6)))
        )


def _normal_rr(sources: Sources, random: np.random.Generator, spread: float = 0.03) -> Iterator[tuple[Cycle, float]]:
    """Normal cycles in their own order from a random one on, at a rate that breathes and drifts."""
    at, phase = int(random.integers(len(sources.normal))), random.uniform(0, 6.28)
    rr_s = sources.rr_s * random.uniform(0.85, 1.2)
    breathing, step = spread * random.uniform(0.3, 1.5), random.uniform(0.15, 0.4) * 6.28
    while True:
        phase += step
        drift = 1.0 + 0.06 * np.sin(phase / 40)
        yield (
            sources.normal[at % len(sources.normal)],
            rr_s * drift * (1 + breathing * np.sin(phase) + random.normal(0, 0.012)),
        )
        at += 1


def _premature(sources: Sources, random: np.random.Generator) -> Iterator[Placed]:
    """Runs of premature beats between runs of normal ones; the pause after a run may be that of a sick sinus node."""
    own = len(sources.premature) >= 5 and random.random() < 0.6
    n_normal, n_premature = np.exp(random.uniform(0.0, np.log((25.0, 10.0))))
    coupling, pause = random.uniform(0.45, 0.82), random.choice((random.uniform(1.0, 1.3), random.uniform(1.3, 2.4)))
    p_gain = random.choice((random.uniform(-1.0, -0.2), random.uniform(0.0, 1.6)))
    p_shift_s = random.uniform(-0.04, 0.04)
    normal = _normal_rr(sources, random)
    typical_s = sources.rr_s
    while True:
        for index in range(random.geometric(1.0 / n_normal)):
            cycle, typical_s = next(normal)
            lasts_s = typical_s * pause * random.uniform(0.9, 1.1) if index == 0 else typical_s
            yield Placed(cycle, min(lasts_s, LONGEST_RR_S), "N")
        for _ in range(random.geometric(1.0 / n_premature)):
            ratio = coupling * random.normal(1.0, 0.04)
            if own:
                cycle = sources.premature[random.integers(len(sources.premature))]
                ratio = min(cycle.ratio, 0.88) if random.random() < 0.5 else ratio
                yield Placed(cycle, max(SHORTEST_RR_S, typical_s * ratio), "S")
            else:
                cycle, _ = next(normal)
                yield Placed(cycle, max(SHORTEST_RR_S, typical_s * ratio), "S", p_gain, p_shift_s)


def _fibrillation(sources: Sources, random: np.random.Generator) -> Iterator[Placed]:
    """Atrial fibrillation: no P waves and no two intervals alike."""
    rr_s, spread = sources.rr_s * random.uniform(0.55, 1.0), random.uniform(0.12, 0.28)
    for cycle, _ in _normal_rr(sources, random):
        lasts_s = rr_s * np.exp(random.normal(0.0, spread))
        yield Placed(cycle, float(np.clip(lasts_s, SHORTEST_RR_S, LONGEST_RR_S)), "N", random.uniform(0.0, 0.15))


def _flutter(sources: Sources, random: np.random.Generator) -> Iterator[Placed]:
    """Sinus rhythm that turns into fast regular conduction and back: fast alone is not premature."""
    normal, fast = _normal_rr(sources, random), random.uniform(0.45, 0.95)
    while True:
        for _ in range(random.geometric(1.0 / 40)):
            cycle, rr_s = next(normal)
            yield Placed(cycle, rr_s, "N")
        block = random.random() < 0.4
        for _ in range(random.geometric(1.0 / 60)):
            cycle, _ = next(normal)
            conducted = random.choice((1.0, 1.5, 2.0)) if block else 1.0
            lasts_s = max(SHORTEST_RR_S, sources.rr_s * fast * conducted * random.normal(1.0, 0.01))
            yield Placed(cycle, lasts_s, "N", random.uniform(0.0, 0.3))


def _sinus_arrhythmia(sources: Sources, random: np.random.Generator) -> Iterator[Placed]:
    """Strong breathing, dropped beats, and the patient's own ventricular beats: irregular, and nothing of it is S."""
    dropped, ectopic = random.choice((0.0, 0.04)), random.choice((0.0, 0.08)) if sources.ventricular else 0.0
    longer = 1.0
    for cycle, rr_s in _normal_rr(sources, random, spread=random.uniform(0.04, 0.14)):
        lasts_s = rr_s * (random.uniform(1.6, 2.1) if random.random() < dropped else longer)
        longer = 1.0
        yield Placed(cycle, float(np.clip(lasts_s, SHORTEST_RR_S, LONGEST_RR_S)), "N")
        if random.random() < ectopic:
            beat = sources.ventricular[random.integers(len(sources.ventricular))]
            coupling = float(np.clip(beat.ratio, 0.45, 0.9))
            yield Placed(beat, max(SHORTEST_RR_S, rr_s * coupling), "V")
            longer = random.choice((1.0, 2.0 - coupling))


def _paroxysms(sources: Sources, random: np.random.Generator) -> Iterator[Placed]:
    """Sinus rhythm and atrial fibrillation by turns."""
    normal, fibrillation = _normal_rr(sources, random), _fibrillation(sources, random)
    while True:
        for _ in range(random.geometric(1.0 / 60)):
            cycle, rr_s = next(normal)
            yield Placed(cycle, rr_s, "N")
        for _ in range(random.geometric(1.0 / 60)):
            yield next(fibrillation)


class Section(NamedTuple):
    """A kind of rhythm, and whether the atria fibrillate visibly all through it."""

    cycles: Callable[[Sources, np.random.Generator], Iterator[Placed]]
    fibrillates: bool = False


SECTIONS = (
    *(Section(_premature),) * 4,
    Section(_fibrillation, fibrillates=True),
    Section(_paroxysms),
    Section(_flutter),
    Section(_sinus_arrhythmia),
)
"""Half of what is made has premature beats."""
