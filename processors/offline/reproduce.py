"""Raises an alert again from the chunks of its session, and compares both."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from processors.monitor.patient_monitor import MonitorConfig
from processors.offline.schedule import cut, scheduled
from processors.ward.network_batches import Networks
from processors.ward.ward import Ward
from wardbeat.care.admissions import PatientSettings, SettingsApplied
from wardbeat.contracts.messages import Alert, EcgChunk

DECIDED_WITHIN_S = 30.0
"""The signal after the decision that is run as well: the alert may now come later."""


class DecisionDifference(NamedTuple):
    """A field of an alert that differs."""

    field: str
    then: Any
    now: Any


class Reproduced(NamedTuple):
    """The result of running an alert's signal through a monitor again.

    Attributes
    ----------
    alert : Alert or None
        The alert with the same id; if there is none, the nearest one with the same code; if there is none, None.
    first_sample : int or None
        Where the signal began. It is later than where the first monitor began if a part of the signal is lost. None
        without signal.
    differences : tuple of DecisionDifference
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
    """Run a session's chunks through a new monitor, from where the first monitor began, until an alert comes again.

    Parameters
    ----------
    alert : Alert
        The alert at its first version.
    chunks : iterable of EcgChunk
        The chunks of the alert's stream and session, from the start of the session if they are retained.
    networks : Networks
        The networks of the bundle that was in use.
    config : MonitorConfig, optional
    schedule : sequence of SettingsApplied, optional
        The settings of the session, each with the sample from which it applies.
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
    """The chunks from a native sample of the session on."""
    for chunk in chunks:
        end = chunk.first_sample + chunk.n_samples
        if end > sample:
            yield cut(chunk, max(sample, chunk.first_sample), end)


def differences(then: Alert, now: Alert) -> list[DecisionDifference]:
    """The fields of the decision that differ. The end and the signals of an alert are no part of its decision."""
    rows = [
        (field, getattr(then, field), getattr(now, field)) for field in ("alert_id", "onset_sample", "raised_sample")
    ]
    rows += [
        (field, getattr(then.evidence, field), getattr(now.evidence, field))
        for field in ("rule", "value", "threshold", "unit")
    ]
    return [DecisionDifference(*row) for row in rows if row[1] != row[2]]
