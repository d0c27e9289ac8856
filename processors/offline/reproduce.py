"""Raises an alert once more, from the chunks that it came of, and says whether it is the same."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from processors.monitor.patient_monitor import MonitorConfig
from processors.offline.schedule import cut, scheduled
from processors.ward.ward import Networks, Ward
from wardbeat.care.admissions import PatientSettings, SettingsApplied
from wardbeat.contracts.messages import Alert, EcgChunk

DECIDED_WITHIN_S = 30.0
"""So much signal after the decision is run through as well, for an alert that comes later than it did."""


class DecisionDifference(NamedTuple):
    """A field of an alert that is not what it was."""

    field: str
    then: Any
    now: Any


class Reproduced(NamedTuple):
    """What became of an alert when its signal was run through a monitor again.

    ``alert`` is the one that was raised this time; the nearest of the same code if none has the same id, None without.
    ``first_sample`` is where the signal began, None without any: later than the monitor of then if some is lost.
    """

    alert: Alert | None
    first_sample: int | None
    differences: tuple[DecisionDifference, ...]

    @property
    def identical(self) -> bool:
        return self.alert is not None and not self.differences


def reproduce(
    alert: Alert,
    chunks: Iterable[EcgChunk],
    networks: Networks,
    config: MonitorConfig = MonitorConfig(),
    schedule: Sequence[SettingsApplied] = (),
) -> Reproduced:
    """Run a session's chunks, from where the monitor of then began, through a new one until an alert comes again.

    Parameters
    ----------
    alert : Alert
        As it was raised.
    chunks : iterable of EcgChunk
        Of the alert's stream and session, from the session's start if they are still there.
    networks : Networks
        Of the bundle that was in service.
    config : MonitorConfig, optional
    schedule : sequence of SettingsApplied, optional
        By what settings the session was watched.
    """
    ward = Ward(networks, config)
    raised: dict[str, Alert] = {}
    first_sample = None
    last_sample = alert.raised_sample + DECIDED_WITHIN_S * alert.fs
    chunks_used = takewhile(
        lambda chunk: chunk.first_sample <= last_sample, _chunks_from(alert.watched_from_sample, chunks)
    )
    for step in scheduled(chunks_used, schedule):
        if isinstance(step, PatientSettings):
            outputs = ward.set_patients({alert.stream_id: step})
        else:
            first_sample = step.first_sample if first_sample is None else first_sample
            outputs = ward.take([step])
        for output in outputs:
            if isinstance(output, Alert) and output.code == alert.code:
                raised.setdefault(output.alert_id, output)
        if alert.alert_id in raised:
            break
    near = sorted(raised.values(), key=lambda found: abs(found.raised_sample - alert.raised_sample))
    now = raised.get(alert.alert_id) or next(iter(near), None)
    return Reproduced(now, first_sample, tuple(differences(alert, now)) if now else ())


def _chunks_from(sample: int, chunks: Iterable[EcgChunk]) -> Iterator[EcgChunk]:
    """The chunks without what lies before a native sample of the session."""
    for chunk in chunks:
        end = chunk.first_sample + chunk.n_samples
        if end > sample:
            yield cut(chunk, max(sample, chunk.first_sample), end)


def differences(then: Alert, now: Alert) -> list[DecisionDifference]:
    """What an alert's decision was, against what it is now; what came later (its end, more evidence) is no part."""
    rows = [
        (field, getattr(then, field), getattr(now, field)) for field in ("alert_id", "onset_sample", "raised_sample")
    ]
    rows += [
        (field, getattr(then.evidence, field), getattr(now.evidence, field))
        for field in ("rule", "value", "threshold", "unit")
    ]
    return [DecisionDifference(*row) for row in rows if row[1] != row[2]]
