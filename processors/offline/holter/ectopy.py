"""Ectopic beats of one class: single ones, couplets and runs, over the record and by period."""

from collections.abc import Iterable, Sequence

import msgspec

from wardbeat.contracts.messages import Beat, Symbol

ECTOPIC: tuple[Symbol, Symbol] = ("V", "S")
RUN_BEATS = 3
"""A run has at least three beats of the class one after another; two are a couplet."""


class BeatSequence(msgspec.Struct, frozen=True):
    """Beats of one class one after another: the times of its first and last R peak, and the number of beats."""

    symbol: Symbol
    start_s: float
    end_s: float
    beats: int

    @property
    def per_minute(self) -> float:
        """The mean rate of its intervals; 0 of a single beat, which has no interval."""
        return 60 * (self.beats - 1) / (self.end_s - self.start_s) if self.beats > 1 else 0.0


class Ectopy(msgspec.Struct, frozen=True):
    """Counts of one class.

    Attributes
    ----------
    beats : int
        All beats of the class.
    single, couplets, runs : int
        Sequences of one beat, of two, and of at least three; each counts where it begins.
    run_beats : int
        Beats in runs.
    """

    beats: int
    single: int
    couplets: int
    runs: int
    run_beats: int


def sequences(beats: Iterable[Beat], symbol: Symbol) -> list[BeatSequence]:
    """All sequences of beats of one class, in order of time. A gap in the signal ends a sequence."""
    found: list[BeatSequence] = []
    before: Symbol | None = None
    for beat in beats:
        if beat.symbol == symbol:
            if before == symbol and beat.rr_s is not None:
                found[-1] = msgspec.structs.replace(found[-1], end_s=beat.t_s, beats=found[-1].beats + 1)
            else:
                found.append(BeatSequence(symbol, beat.t_s, beat.t_s, 1))
        before = beat.symbol
    return found


def count(beats: Iterable[Beat], found: Sequence[BeatSequence], symbol: Symbol) -> Ectopy:
    """Count the beats of a class and its sequences."""
    runs = [one for one in found if one.beats >= RUN_BEATS]
    return Ectopy(
        beats=sum(beat.symbol == symbol for beat in beats),
        single=sum(one.beats == 1 for one in found),
        couplets=sum(one.beats == 2 for one in found),
        runs=len(runs),
        run_beats=sum(one.beats for one in runs),
    )


def longest_run(found: Iterable[BeatSequence]) -> BeatSequence | None:
    """The run with the most beats, the first of equal ones; None without a run."""
    return max((one for one in found if one.beats >= RUN_BEATS), key=lambda one: one.beats, default=None)


def fastest_run(found: Iterable[BeatSequence]) -> BeatSequence | None:
    """The run with the highest rate; None without a run."""
    return max((one for one in found if one.beats >= RUN_BEATS), key=lambda one: one.per_minute, default=None)
