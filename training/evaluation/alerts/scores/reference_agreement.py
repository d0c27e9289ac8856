"""Which alerts agree with the reference: the monitor's own rules run over the reference beats and rhythms.

A tachycardia alert is not false if the reference beats are fast. So an alert on beats is false only if the same rule,
run over the reference beats, does not hold at that time.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from processors.monitor.rhythm.conditions import FS_HZ, RhythmBeat, RhythmLimits, SecondSummary
from processors.monitor.rhythm.rhythm import Rhythm
from training.evaluation.alerts.findings import DetectedAlert
from training.evaluation.alerts.scores.intervals import RhythmInterval, TimeInterval
from training.evaluation.alerts.scores.lethal_rhythms import CODES as LETHAL_CODES
from training.evaluation.alerts.scores.lethal_rhythms import lethal_intervals
from wardbeat.ecg.reference import ReferenceBeat

NEAR_S = 5.0
"""The reference's condition must hold at some time between 5 s before the onset of the alert and its raising."""
ABNORMAL = "abnormal"
"""Key for beats other than N: the condition of an anomaly alert."""
FIBRILLATION = "atrial_fibrillation"

ReferenceConditions = Mapping[str, Sequence[TimeInterval]]


def reference_conditions(
    beats: Sequence[ReferenceBeat], rhythms: Sequence[RhythmInterval], fs: float, limits: RhythmLimits = RhythmLimits()
) -> ReferenceConditions:
    """The intervals in which each condition holds by the reference, by alert code.

    Parameters
    ----------
    beats : sequence of ReferenceBeat
        Beats of a record with ``fs`` samples a second, in order.
    rhythms : sequence of RhythmInterval
        Rhythms of the reference, if it has any. Fibrillation, flutter and tachycardia come from them.
    fs : float
        In Hz.
    limits : RhythmLimits, optional
        Limits of the monitor.
    """
    conditions: dict[str, list[TimeInterval]] = defaultdict(list)
    for k, rhythm in _rule_evaluations(beats, fs, limits):
        for code, condition in rhythm.conditions(k, limits).items():
            onset_s = condition.onset / FS_HZ
            if conditions[code] and conditions[code][-1].start_s == onset_s:
                conditions[code].pop()
            conditions[code].append(TimeInterval(onset_s, k / FS_HZ))
    conditions[ABNORMAL] = [TimeInterval(beat.sample / fs, beat.sample / fs) for beat in beats if beat.symbol != "N"]
    conditions[FIBRILLATION] += [rhythm.interval for rhythm in rhythms if rhythm.rhythm == "(AFIB"]
    for code in LETHAL_CODES:
        conditions[code] += lethal_intervals(rhythms)
    return conditions


def agrees_with_reference(alert: DetectedAlert, conditions: ReferenceConditions) -> bool:
    """Whether the condition of an alert holds by the reference when the alert is raised, or shortly before."""
    window = TimeInterval(alert.onset_s - NEAR_S, alert.raised_s)
    intervals = conditions.get(ABNORMAL if alert.code == "anomaly" else alert.code, ())
    return any(interval.start_s <= window.stop_s and interval.stop_s >= window.start_s for interval in intervals)


def _rule_evaluations(beats: Sequence[ReferenceBeat], fs: float, limits: RhythmLimits) -> Iterator[tuple[int, Rhythm]]:
    """The rhythm state at each beat, and at each second between beats, so that the asystole rule can hold."""
    rhythm = Rhythm()
    before: int | None = None
    for beat in beats:
        r = round(beat.sample * FS_HZ / fs)
        for k in range(-(-(before or r) // FS_HZ) * FS_HZ, r, FS_HZ):
            rhythm.add_second(SecondSummary(k, before or 0, 0, quality=1.0, possible_qrs=False), limits)
            yield k, rhythm
        rhythm.add_beat(RhythmBeat(r, beat.symbol, None if before is None else r - before), limits)
        yield r, rhythm
        before = r
