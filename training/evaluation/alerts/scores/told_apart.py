"""How well fibrillation and tachycardia are told apart on stretches that nobody disputes.

Each second of a stretch, after the first ones that the decision may take, counts by the alert that is displayed in it.
Seconds without either alert are left out here: the sensitivity counts those. A patient's figure is the mean over the
kinds of rhythm that the patient has, so that long stretches do not outweigh short ones.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from training.data.ventricular_stretches import RhythmStretch
from training.evaluation.alerts.findings import MonitorFindings
from training.evaluation.alerts.scores.intervals import TimeInterval
from training.evaluation.alerts.scores.lethal_rhythms import CODES

DECIDED_AFTER_S = 4
"""Seconds at the start of a stretch that do not count: the monitor decides on four seconds of signal."""
CODE_OF = dict(zip(("VF", "VT"), CODES, strict=True))


def displayed(findings: MonitorFindings, code: str) -> list[TimeInterval]:
    """The intervals in which alerts of a code are displayed."""
    return [findings.shown(alert) for alert in findings.alerts if alert.code == code]


def seconds_told_apart(stretch: RhythmStretch, shown: Mapping[str, Sequence[TimeInterval]]) -> tuple[int, int]:
    """The seconds of a stretch with the right alert, and with one of the two; ``shown`` is by code."""
    right, either = 0, 0
    for second in range(int(stretch.begin_s) + DECIDED_AFTER_S, int(stretch.end_s)):
        codes = {code for code in CODES if any(one.start_s <= second < one.stop_s for one in shown[code])}
        right += codes == {CODE_OF[stretch.rhythm]}
        either += bool(codes)
    return right, either


def patient_mean(counts: Iterable[tuple[RhythmStretch, int, int]]) -> float:
    """Mean over patients of the proportion of seconds with the right alert; NaN without any second.

    Parameters
    ----------
    counts : iterable of (RhythmStretch, int, int)
        Each stretch with what :func:`seconds_told_apart` found in it.
    """
    sums: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for stretch, right, either in counts:
        of_kind = sums[stretch.record][stretch.rhythm]
        of_kind[0] += right
        of_kind[1] += either
    patients = []
    for kinds in sums.values():
        shares = [right / either for right, either in kinds.values() if either]
        if shares:
            patients.append(sum(shares) / len(shares))
    return sum(patients) / len(patients) if patients else float("nan")
