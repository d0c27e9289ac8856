"""Makes resampled records: the heart cycles of a record, in a new order and with the timing of rare rhythms.

Supraventricular beats are rare, and only the rhythm distinguishes them. A few patients have nearly all of them, and a
network memorises these patients. So we build premature beats, runs, pauses, sinus arrhythmia, atrial fibrillation and
flutter from the cycles of every patient, at rates that the patient never had. The new record runs through the live
monitor like any other record. A cycle lasts from 0.1 s after one R peak to 0.1 s after the next. It becomes longer or
shorter between the T and the P wave, where the signal is flat.
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
"""A cycle begins this long after the R peak, at the end of most QRS complexes."""
P_WAVE_S = (-0.25, -0.08)
"""Start and end of the P wave relative to the R peak."""
SHORTEST_RR_S, LONGEST_RR_S = 0.3, 2.2
SECTION_S = 600.0
"""The rhythm parameters are constant this long, so that the monitor's slow baselines adapt to them."""
LEAST_CYCLES = 30
"""A record with fewer normal cycles in sinus rhythm is not resampled."""
MEDIAN_OF = 16
EDGE_S = 0.03
DURATION_S = 2400.0
GAIN_PER_MV = 1000.0
WFDB_SYMBOL = {"N": "N", "S": "A", "V": "V"}


class Cycle(NamedTuple):
    """One heart cycle: signal (leads, samples) in mV, class of its beat, RR interval over the median before it."""

    signal: NDArray[np.float32]
    symbol: Symbol
    ratio: float


class Sources(NamedTuple):
    """The cycles of a patient by kind, in the order of time, and the median normal RR interval in s."""

    normal: list[Cycle]
    premature: list[Cycle]
    ventricular: list[Cycle]
    rr_s: float


class ResampledRecord(NamedTuple):
    """A resampled record: signal (leads, samples) in mV, R peak samples and their classes."""

    signal: NDArray[np.float32]
    r_samples: NDArray[np.int64]
    symbols: list[Symbol]


class PlacedCycle(NamedTuple):
    """A cycle of a resampled record: its new duration, its class, and the changes of its P wave."""

    cycle: Cycle
    rr_s: float
    symbol: Symbol
    p_gain: float = 1.0
    p_shift_s: float = 0.0


def find_sources(
    signal: NDArray[np.floating], beats: Sequence[ReferenceBeat], rhythms: Sequence[ReferenceRhythm], fs: float
) -> Sources | None:
    """The cycles of a record; None if it has too few normal cycles in sinus rhythm.

    Parameters
    ----------
    signal : ndarray, shape (leads, samples)
        In mV; NaN for invalid samples.
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


def resample_record(sources: Sources, duration_s: float, fs: float, random: np.random.Generator) -> ResampledRecord:
    """A record of the patient's cycles, ``duration_s`` long; each section of ``SECTION_S`` has one kind of rhythm."""
    placed_cycles: list[PlacedCycle] = []
    waves: list[tuple[int, int]] = []
    kinds = random.permutation(len(SECTIONS))
    sections = max(1, round(duration_s / SECTION_S))
    for section in range(sections):
        kind = SECTIONS[kinds[section % len(kinds)]]
        cycles = kind.cycles(sources, random)
        begin, lasted_s = len(placed_cycles), 0.0
        while lasted_s < duration_s / sections:
            placed_cycles.append(next(cycles))
            lasted_s += placed_cycles[-1].rr_s
        if kind.fibrillates:
            waves.append((begin, len(placed_cycles)))
    resampled = _join(placed_cycles, fs)
    for begin, end in waves:
        _add_f_waves(resampled.signal[:, resampled.r_samples[begin] : resampled.r_samples[end - 1]], fs, random)
    return resampled


def write_resampled_record(folder: Path, path: Path, *, seed: int) -> None:
    """Write the resampled record ``NAMEm`` of a record into ``folder``, with annotations.

    It writes nothing if the record has too few normal cycles.

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
    random = np.random.default_rng([seed, crc32(path.name.encode())])
    resampled = resample_record(sources, DURATION_S, record.fs, random)
    folder.mkdir(parents=True, exist_ok=True)
    name, n_leads = f"{path.name}m", len(record.sig_name)
    with TemporaryDirectory(dir=folder, prefix=".partial-") as temporary:
        symbols = [WFDB_SYMBOL[symbol] for symbol in resampled.symbols]
        wfdb.wrann(name, "atr", resampled.r_samples, symbols, fs=record.fs, write_dir=temporary)
        wfdb.wrsamp(
            name,
            fs=record.fs,
            units=["mV"] * n_leads,
            sig_name=list(record.sig_name),
            p_signal=resampled.signal.T.astype(np.float64),
            fmt=["16"] * n_leads,
            adc_gain=[GAIN_PER_MV] * n_leads,
            baseline=[0] * n_leads,
            write_dir=temporary,
        )
        for suffix in (".dat", ".atr", ".hea"):  # the header last, because a record exists when its header does
            Path(temporary, f"{name}{suffix}").rename(folder / f"{name}{suffix}")


def _join(placed_cycles: Sequence[PlacedCycle], fs: float) -> ResampledRecord:
    """Join cycles: each begins at the level where the last one ended, and reaches its own level before its P wave."""
    cut = round(CUT_S * fs)
    pieces, r_samples, at = [], [], 0
    level = placed_cycles[0].cycle.signal[:, 0]
    for one in placed_cycles:
        piece = _with_length(_with_p_wave(one, fs), round(one.rr_s * fs), fs)
        ramp = np.linspace(1.0, 0.0, max(2, piece.shape[1] - _tail(fs)), dtype=np.float32)
        piece[:, : len(ramp)] += (level - piece[:, 0])[:, None] * ramp[: piece.shape[1]]
        pieces.append(piece)
        at += piece.shape[1]
        r_samples.append(at - cut)
        level = piece[:, -1]
    return ResampledRecord(
        np.concatenate(pieces, axis=1), np.array(r_samples, np.int64), [one.symbol for one in placed_cycles]
    )


def _tail(fs: float) -> int:
    """Number of samples at the end of a cycle that are never cut: P wave and QRS complex."""
    return round((CUT_S - P_WAVE_S[0]) * fs)


def _with_length(signal: NDArray[np.float32], length: int, fs: float) -> NDArray[np.float32]:
    """A cycle with a new length: it stretches the time before the P wave, or cuts the T wave short."""
    tail = min(_tail(fs), signal.shape[1] - 2)
    head, rest = signal[:, :-tail], signal[:, -tail:]
    wanted = max(2, length - tail)
    if wanted <= head.shape[1]:
        new = head[:, :wanted].copy()
        edge = min(wanted, round(EDGE_S * fs))
        new[:, wanted - edge :] += (rest[:, :1] - new[:, -1:]) * np.linspace(0.0, 1.0, edge, dtype=np.float32)
    else:
        keep = head.shape[1] // 2  # the T wave lies in the first half and must keep its width
        at = np.linspace(keep, head.shape[1] - 1, wanted - keep)
        stretched = np.stack([np.interp(at, np.arange(head.shape[1]), lead) for lead in head])
        new = np.concatenate([head[:, :keep], stretched.astype(np.float32)], axis=1)
    return np.concatenate([new, rest], axis=1)


def _with_p_wave(one: PlacedCycle, fs: float) -> NDArray[np.float32]:
    """The signal of a cycle with its P wave scaled (inverted by a negative gain) and shifted."""
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
    """Add fibrillation waves at 4–9/s, with slowly varying rate and height."""
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
    """Normal cycles in their order from a random start, with respiratory variation and a slow drift of the rate."""
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


def _premature(sources: Sources, random: np.random.Generator) -> Iterator[PlacedCycle]:
    """Runs of premature beats between runs of normal beats; the pause after a run may be long (sick sinus node)."""
    use_premature = len(sources.premature) >= 5 and random.random() < 0.6
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
            yield PlacedCycle(cycle, min(lasts_s, LONGEST_RR_S), "N")
        for _ in range(random.geometric(1.0 / n_premature)):
            ratio = coupling * random.normal(1.0, 0.04)
            if use_premature:
                cycle = sources.premature[random.integers(len(sources.premature))]
                ratio = min(cycle.ratio, 0.88) if random.random() < 0.5 else ratio
                yield PlacedCycle(cycle, max(SHORTEST_RR_S, typical_s * ratio), "S")
            else:
                cycle, _ = next(normal)
                yield PlacedCycle(cycle, max(SHORTEST_RR_S, typical_s * ratio), "S", p_gain, p_shift_s)


def _fibrillation(sources: Sources, random: np.random.Generator) -> Iterator[PlacedCycle]:
    """Atrial fibrillation: almost no P waves, and irregular RR intervals."""
    rr_s, spread = sources.rr_s * random.uniform(0.55, 1.0), random.uniform(0.12, 0.28)
    for cycle, _ in _normal_rr(sources, random):
        lasts_s = rr_s * np.exp(random.normal(0.0, spread))
        yield PlacedCycle(cycle, float(np.clip(lasts_s, SHORTEST_RR_S, LONGEST_RR_S)), "N", random.uniform(0.0, 0.15))


def _flutter(sources: Sources, random: np.random.Generator) -> Iterator[PlacedCycle]:
    """Sinus rhythm and fast regular conduction in turn, so that the network learns: fast is not premature."""
    normal, fast = _normal_rr(sources, random), random.uniform(0.45, 0.95)
    while True:
        for _ in range(random.geometric(1.0 / 40)):
            cycle, rr_s = next(normal)
            yield PlacedCycle(cycle, rr_s, "N")
        block = random.random() < 0.4
        for _ in range(random.geometric(1.0 / 60)):
            cycle, _ = next(normal)
            conducted = random.choice((1.0, 1.5, 2.0)) if block else 1.0
            lasts_s = max(SHORTEST_RR_S, sources.rr_s * fast * conducted * random.normal(1.0, 0.01))
            yield PlacedCycle(cycle, lasts_s, "N", random.uniform(0.0, 0.3))


def _sinus_arrhythmia(sources: Sources, random: np.random.Generator) -> Iterator[PlacedCycle]:
    """Strong respiratory variation, dropped beats and the patient's V beats: irregular, but without S beats."""
    dropped, ectopic = random.choice((0.0, 0.04)), random.choice((0.0, 0.08)) if sources.ventricular else 0.0
    longer = 1.0
    for cycle, rr_s in _normal_rr(sources, random, spread=random.uniform(0.04, 0.14)):
        lasts_s = rr_s * (random.uniform(1.6, 2.1) if random.random() < dropped else longer)
        longer = 1.0
        yield PlacedCycle(cycle, float(np.clip(lasts_s, SHORTEST_RR_S, LONGEST_RR_S)), "N")
        if random.random() < ectopic:
            beat = sources.ventricular[random.integers(len(sources.ventricular))]
            coupling = float(np.clip(beat.ratio, 0.45, 0.9))
            yield PlacedCycle(beat, max(SHORTEST_RR_S, rr_s * coupling), "V")
            longer = random.choice((1.0, 2.0 - coupling))


def _paroxysms(sources: Sources, random: np.random.Generator) -> Iterator[PlacedCycle]:
    """Sinus rhythm and atrial fibrillation in turn."""
    normal, fibrillation = _normal_rr(sources, random), _fibrillation(sources, random)
    while True:
        for _ in range(random.geometric(1.0 / 60)):
            cycle, rr_s = next(normal)
            yield PlacedCycle(cycle, rr_s, "N")
        for _ in range(random.geometric(1.0 / 60)):
            yield next(fibrillation)


class Section(NamedTuple):
    """A kind of rhythm, and whether fibrillation waves are added to all of it."""

    cycles: Callable[[Sources, np.random.Generator], Iterator[PlacedCycle]]
    fibrillates: bool = False


SECTIONS = (
    *(Section(_premature),) * 4,
    Section(_fibrillation, fibrillates=True),
    Section(_paroxysms),
    Section(_flutter),
    Section(_sinus_arrhythmia),
)
"""Half of the sections have premature beats."""
