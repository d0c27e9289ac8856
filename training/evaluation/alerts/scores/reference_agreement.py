"""Which alerts the reference bears out: the ward's own rules over the beats that a human annotated, and the rhythms.

A heart that is fast is no false alert of a fast heart. So an alert on beats is false only where the same rule, asked
about the reference's beats, says nothing of the kind at that time.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from processors.monitor.rhythm.conditions import FS_HZ, RhythmBeat, RhythmLimits, Second
from processors.monitor.rhythm.rhythm import Rhythm
from training.evaluation.alerts.findings import FoundAlert
from training.evaluation.alerts.scores.intervals import RhythmInterval, TimeInterval
from training.evaluation.alerts.scores.lethal_rhythms import CODES as LETHAL_CODES
from training.evaluation.alerts.scores.lethal_rhythms import lethal_intervals
from wardbeat.ecg.reference import ReferenceBeat

NEAR_S = 5.0
"""The reference's condition holds at some time from so long before the onset of the alert until it was raised."""
ABNORMAL = "abnormal"
"""Beats other than N, as if they were conditions: what an anomaly is about."""
FIBRILLATION = "atrial_fibrillation"

Holding = Mapping[str, Sequence[TimeInterval]]


def reference_conditions(
    beats: Sequence[ReferenceBeat], rhythms: Sequence[RhythmInterval], fs: float, limits: RhythmLimits = RhythmLimits()
) -> Holding:
    """When each condition holds by the reference, by alert code.

    Parameters
    ----------
    beats : sequence of ReferenceBeat
        In order, of a record of ``fs`` samples a second.
    rhythms : sequence of RhythmInterval
        Where the reference has such: fibrillation, flutter and tachycardia are taken from there.
    fs : float
    limits : RhythmLimits, optional
        Of the ward.
    """
    found: dict[str, list[TimeInterval]] = defaultdict(list)
    for k, rhythm in _asked(beats, fs, limits):
        for code, condition in rhythm.conditions(k, limits).items():
            onset_s = condition.onset / FS_HZ
            if found[code] and found[code][-1].start_s == onset_s:
                found[code].pop()
            found[code].append(TimeInterval(onset_s, k / FS_HZ))
    found[ABNORMAL] = [TimeInterval(beat.sample / fs, beat.sample / fs) for beat in beats if beat.symbol != "N"]
    found[FIBRILLATION] += [rhythm.span for rhythm in rhythms if rhythm.rhythm == "(AFIB"]
    for code in LETHAL_CODES:
        found[code] += lethal_intervals(rhythms)
    return found


def agrees_with_reference(alert: FoundAlert, holding: Holding) -> bool:
    """Whether what an alert says holds by the reference when it is raised, or shortly before."""
    about = TimeInterval(alert.onset_s - NEAR_S, alert.raised_s)
    spans = holding.get(ABNORMAL if alert.code == "anomaly" else alert.code, ())
    return any(span.start_s <= about.stop_s and span.stop_s >= about.start_s for span in spans)


def _asked(beats: Sequence[ReferenceBeat], fs: float, limits: RhythmLimits) -> Iterator[tuple[int, Rhythm]]:
    """When the rules are asked: at each beat, and at each second without one, by which a standstill is seen."""
    rhythm = Rhythm()
    before: int | None = None
    for beat in beats:
        r = round(beat.sample * FS_HZ / fs)
        for k in range(-(-(before or r) // FS_HZ) * FS_HZ, r, FS_HZ):
            rhythm.add_second(Second(k, before or 0, 0, quality=1.0, possible_qrs=False), limits)
            yield k, rhythm
        rhythm.add_beat(RhythmBeat(r, beat.symbol, None if before is None else r - before), limits)
        yield r, rhythm
        before = r
