"""Hearts with beats at given times, and the rhythm rules run over them as the signal path would run them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from processors.monitor.alerting import AlertChange, AlertEnded, Alerting, AlertRaised
from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmBeat, RhythmLimits, SecondSummary
from processors.monitor.rhythm.rhythm import Rhythm
from wardbeat.contracts.messages import Symbol

Stretch = tuple[float, float]
DETECTED_AFTER_S, MEASURED_AFTER_S, LOOK_AHEAD_S, GRID_S = 0.3, 0.46, 1.5, 0.2


class ScriptedHeart(NamedTuple):
    """Beats as (seconds, class), in order."""

    beats: list[tuple[float, Symbol]]

    @property
    def end_s(self) -> float:
        return self.beats[-1][0] if self.beats else 0.0

    def then(self, symbols: str, rr_s: float | Sequence[float], after_s: float | None = None) -> "ScriptedHeart":
        """The same heart with more beats, the first ``after_s`` (or an RR interval) after the last."""
        intervals = [rr_s] * len(symbols) if isinstance(rr_s, float | int) else list(rr_s)
        intervals[0] = intervals[0] if after_s is None else after_s
        t_s, beats = self.end_s, list(self.beats)
        for symbol, interval in zip(symbols, intervals, strict=True):
            t_s += interval
            beats.append((t_s, symbol))  # type: ignore[arg-type]
        return ScriptedHeart(beats)


def scripted_heart(symbols: str, rr_s: float | Sequence[float], first_s: float = 35.0) -> ScriptedHeart:
    """A heart whose first beat comes, by default, after the monitor has learnt the patient."""
    return ScriptedHeart([]).then(symbols, rr_s, after_s=first_s)


class RulesRun(NamedTuple):
    """The conditions that held, and the changes of alerts, over time."""

    moments: list[tuple[int, dict[str, Condition]]]
    changes: list[AlertChange]

    def holds_s(self, code: str) -> list[Stretch]:
        """From when to when a condition held, in seconds."""
        stretches: list[Stretch] = []
        held = False
        for k, conditions in self.moments:
            if code in conditions and not held:
                stretches.append((k / FS_HZ, k / FS_HZ))
            elif code in conditions:
                stretches[-1] = (stretches[-1][0], k / FS_HZ)
            held = code in conditions
        return stretches

    def first(self, code: str) -> Condition:
        return next(conditions[code] for _, conditions in self.moments if code in conditions)

    def codes(self) -> set[str]:
        return {code for _, conditions in self.moments for code in conditions}

    def raised(self, code: str = "") -> list[AlertRaised]:
        return [c for c in self.changes if isinstance(c, AlertRaised) and code in ("", c.condition.code)]

    def ended(self, code: str = "") -> list[AlertEnded]:
        return [c for c in self.changes if isinstance(c, AlertEnded) and code in ("", c.code)]


def run_rules(
    heart: ScriptedHeart,
    to_s: float | None = None,
    *,
    off: Sequence[Stretch] = (),
    noisy: Sequence[Stretch] = (),
    moving: Sequence[Stretch] = (),
    windows: Sequence[tuple[float, float]] = (),
    limits: RhythmLimits = RhythmLimits(),
) -> RulesRun:
    """Run the rules over a heart, with leads off, noisy or moving in stretches, and windows as (end, probability)."""
    to_s = heart.end_s + 2.5 if to_s is None else to_s  # all beats are classified, and there is no pause yet
    events: list[tuple[float, int, RhythmBeat | SecondSummary | float]] = [(t_s, 2, p) for t_s, p in windows]
    times = [t_s for t_s, _ in heart.beats]
    for index, (t_s, symbol) in enumerate(heart.beats):
        before = times[index - 1] if index else None
        broken = before is None or any(before < end and begin < t_s for begin, end in off)
        unread = "Q" in (symbol, heart.beats[index - 1][1] if index else symbol)  # as the session does
        rr = None if before is None or broken or unread else _k(t_s) - _k(before)
        following = times[index + 1] + MEASURED_AFTER_S if index + 1 < len(times) else float("inf")
        known_s = min(following, t_s + LOOK_AHEAD_S)
        events.append((GRID_S * -int(-known_s // GRID_S), 0, RhythmBeat(_k(t_s), symbol, rr)))
    for second in range(1, int(to_s) + 1):
        detected = [t_s for t_s in times if t_s + DETECTED_AFTER_S <= second]
        usable_since = max((min(end, second + 1.0) for begin, end in off if begin < second), default=0.0)
        qrs_uncertainty = 0.9 if _within(second, noisy) else 0.02
        beat_similarity = 0.3 if _within(second, noisy) else 0.98
        activity_mv = 0.5 if _within(second, [*moving, *noisy]) else 0.02
        last_r = _k(detected[-1]) if detected else 500
        passed = SecondSummary(_k(second), last_r, _k(usable_since), 0.9, qrs_uncertainty, beat_similarity, activity_mv)
        events.append((float(second), 1, passed))
    return _run(sorted(events, key=lambda event: event[:2]), limits)


def _run(events: list[tuple[float, int, RhythmBeat | SecondSummary | float]], limits: RhythmLimits) -> RulesRun:
    rhythm, alerting = Rhythm(), Alerting()
    run = RulesRun([], [])
    for t_s, _, event in events:
        k = _k(t_s)
        match event:
            case RhythmBeat():
                rhythm.add_beat(event, limits)
            case SecondSummary():
                rhythm.add_second(event, limits)
            case float() | int():
                rhythm.add_window(k, event)
        conditions = rhythm.conditions(k, limits)
        run.moments.append((k, dict(conditions)))
        run.changes.extend(alerting.update(k, conditions, limits))
    assert all(a <= b for (a, _), (b, _) in pairwise(run.moments))
    return run


def _k(t_s: float) -> int:
    return round(t_s * FS_HZ)


def _within(t_s: float, stretches: Sequence[Stretch]) -> bool:
    return any(begin < t_s <= end for begin, end in stretches)
