"""The heart rate over the record: its extremes and its trend, as the monitor displayed it second by second."""

from collections.abc import Sequence

import msgspec

from wardbeat.contracts.messages import Status


class RateFigures(msgspec.Struct, frozen=True):
    """The displayed heart rate of a record, in beats per minute.

    Attributes
    ----------
    slowest_bpm, mean_bpm, fastest_bpm : float
        The mean is over all seconds with a displayed rate.
    slowest_at_s, fastest_at_s : float
        The second that displayed it first; the rate is the mean over the last eight intervals before.
    displayed_s : float
        Seconds with a displayed rate.
    """

    slowest_bpm: float
    slowest_at_s: float
    mean_bpm: float
    fastest_bpm: float
    fastest_at_s: float
    displayed_s: float


class TrendPoint(msgspec.Struct, frozen=True):
    """A part of the record: the least, mean and largest heart rate displayed in it; None if none was displayed."""

    start_s: float
    end_s: float
    range_bpm: tuple[float, float, float] | None


def rate_figures(status: Sequence[Status]) -> RateFigures | None:
    """The figures of the displayed heart rate; None if the monitor displayed no rate."""
    rates = [(one.hr_bpm, one.t_s) for one in status if one.hr_bpm is not None]
    if not rates:
        return None
    slowest_bpm, slowest_at_s = min(rates, key=lambda rate: rate[0])
    fastest_bpm, fastest_at_s = max(rates, key=lambda rate: rate[0])
    mean_bpm = sum(bpm for bpm, _ in rates) / len(rates)
    return RateFigures(slowest_bpm, slowest_at_s, mean_bpm, fastest_bpm, fastest_at_s, float(len(rates)))


def trend(status: Sequence[Status], duration_s: float, step_s: float) -> list[TrendPoint]:
    """The heart rate in parts of ``step_s`` seconds; the last part may be shorter."""
    parts: list[list[float]] = [[] for _ in range(max(1, -int(-duration_s // step_s)))]
    for one in status:
        if one.hr_bpm is not None:
            parts[min(int(max(0.0, one.t_s - 1e-3) // step_s), len(parts) - 1)].append(one.hr_bpm)
    return [
        TrendPoint(
            index * step_s,
            min((index + 1) * step_s, duration_s),
            (min(rates), sum(rates) / len(rates), max(rates)) if rates else None,
        )
        for index, rates in enumerate(parts)
    ]
