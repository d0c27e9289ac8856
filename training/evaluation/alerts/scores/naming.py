"""Whether an alert has the right name: VF told from VT, and VF alerts in noise and in asystole.

It counts whole seconds. A second has the name of the alert that is displayed throughout it; of VF and VT together, VF,
because the more urgent alert hides the other one.
"""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.data.undisputed import UndisputedStretch
from training.evaluation.alerts.findings import MonitorFindings
from training.evaluation.alerts.scores.intervals import RhythmInterval, TimeInterval
from training.evaluation.alerts.scores.lethal_rhythms import CODES, FIBRILLATION, KIND_OF, NOISE, TACHYCARDIA
from training.evaluation.alerts.scores.proportions import interval_of, proportion, proportion_of
from training.evaluation.bootstrap import Interval

ASYSTOLE = "(ASYS"
KINDS = (FIBRILLATION, TACHYCARDIA)
NAME_OF = dict(zip(CODES, KINDS, strict=True))


class PatientNames(msgspec.Struct, frozen=True):
    """Seconds of undisputed VF and VT of a patient with an alert of VF or VT, and those with the right one."""

    record: str
    alerted_s: dict[str, int]
    right_s: dict[str, int]

    @property
    def accuracy(self) -> float:
        """Mean over VF and VT of the proportion with the right name; NaN without any alerted second."""
        shares = [self.right_s[kind] / alerted for kind, alerted in self.alerted_s.items() if alerted]
        return sum(shares) / len(shares) if shares else float("nan")


class RecordNames(msgspec.Struct, frozen=True):
    """The counts of a record."""

    undisputed: PatientNames
    noise_s: int
    noise_vf_alerts: int
    asystole_s: int
    asystole_vf_s: int


class Naming(msgspec.Struct, frozen=True, kw_only=True):
    """VF told from VT, and VF alerts in noise and asystole.

    Attributes
    ----------
    patients : list of PatientNames
        Those with alerted seconds in undisputed stretches.
    mean : Interval
        Mean over these patients of their accuracy, from 0 to 1; NaN without any.
    noise_hours : float
    noise_vf_alerts : int
        Alerts of VF that were raised in a stretch annotated as noise.
    asystole_s, asystole_vf_s : int
        Seconds annotated as asystole, and those with a displayed alert of VF.
    asystole_vf : Interval
        The proportion.
    """

    patients: list[PatientNames]
    mean: Interval
    noise_hours: float
    noise_vf_alerts: int
    asystole_s: int
    asystole_vf_s: int
    asystole_vf: Interval


def name_record(
    findings: MonitorFindings, reference: Sequence[RhythmInterval], stretches: Sequence[UndisputedStretch]
) -> RecordNames:
    """Count the seconds of a record; ``stretches`` are the undisputed ones of this record."""
    names = displayed_names(findings)
    noise = [rhythm.interval for rhythm in reference if KIND_OF.get(rhythm.rhythm) == NOISE]
    asystole = _seconds([rhythm.interval for rhythm in reference if rhythm.rhythm == ASYSTOLE], len(names))
    raised_s = [alert.raised_s for alert in findings.alerts if NAME_OF.get(alert.code) == FIBRILLATION]
    alerted, right = {}, {}
    for kind in KINDS:
        own = _seconds([TimeInterval(one.start_s, one.stop_s) for one in stretches if one.kind == kind], len(names))
        alerted[kind] = int((own & (names != "")).sum())
        right[kind] = int((own & (names == kind)).sum())
    return RecordNames(
        PatientNames(findings.name, alerted, right),
        int(_seconds(noise, len(names)).sum()),
        sum(any(interval.start_s <= t_s < interval.stop_s for interval in noise) for t_s in raised_s),
        int(asystole.sum()),
        int((asystole & (names == FIBRILLATION)).sum()),
    )


def naming(records: Mapping[str, RecordNames], resamples: NDArray[np.int64]) -> Naming:
    """The figures of all records; ``resamples`` is how often each record is in each resample."""
    rows = list(records.values())
    accuracy = [row.undisputed.accuracy for row in rows]
    cells = np.array([(0.0, 0.0) if np.isnan(one) else (one, 1.0) for one in accuracy], np.float64).reshape(-1, 2)
    seconds = np.array([(row.asystole_vf_s, row.asystole_s) for row in rows], np.int64).reshape(-1, 2)
    return Naming(
        patients=[row.undisputed for row in rows if not np.isnan(row.undisputed.accuracy)],
        mean=interval_of(lambda counts: proportion(counts[..., 0], counts[..., 1]), cells, resamples),
        noise_hours=round(sum(row.noise_s for row in rows) / 3600, 3),
        noise_vf_alerts=sum(row.noise_vf_alerts for row in rows),
        asystole_s=int(seconds[:, 1].sum()),
        asystole_vf_s=int(seconds[:, 0].sum()),
        asystole_vf=interval_of(proportion_of(0, 1), seconds, resamples),
    )


def displayed_names(findings: MonitorFindings) -> NDArray[np.str_]:
    """The name of each whole second: ``VF``, ``VT``, or nothing."""
    names = np.full(int(findings.duration_s), "", dtype="<U2")
    for kind in reversed(KINDS):
        shown = [findings.shown(alert) for alert in findings.alerts if NAME_OF.get(alert.code) == kind]
        names[_seconds(shown, len(names))] = kind
    return names


def _seconds(intervals: Sequence[TimeInterval], n: int) -> NDArray[np.bool_]:
    """Which of the first ``n`` seconds lie wholly within one of the intervals."""
    inside = np.zeros(n, np.bool_)
    for interval in intervals:
        inside[max(0, int(np.ceil(interval.start_s))) : max(0, int(interval.stop_s))] = True
    return inside
