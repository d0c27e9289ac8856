"""``no_data``: the streams that have fallen silent. Pure, but by the wall clock: no part of what a replay decides.

An alert's id follows from where the stream was and since when somebody misses it, so every worker that looks at the
same silence finds the same alert.
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from wardbeat import admissions
from wardbeat.admissions import Bed
from wardbeat.alerts import CODES, alert_id
from wardbeat.live import Heard
from wardbeat.messages import SCHEMA_VERSION, Alert, Evidence, Priority

CODE = CODES["no_data"]
NO_DATA_AFTER_S = 5.0
"""The design's; chunks come twice a second."""
RISES_AFTER_S = 60.0
_NS_PER_S = 1_000_000_000


class Silences:
    """The ``no_data`` alerts that are open, by stream."""

    def __init__(self) -> None:
        self.open: dict[str, Alert] = {}

    def update(
        self, silent: Iterable[Heard], beds: Mapping[str, Bed], now_ns: int, *, may_raise: Callable[[Heard], bool]
    ) -> list[Alert]:
        """What begins, rises and ends now, given all streams that are silent.

        ``may_raise`` says where silence is the bed's and not our own, as there is nothing left to read.
        """
        missed = {heard.stream_id: no_data_alert(heard, beds.get(heard.stream_id), now_ns) for heard in silent}
        pending = {heard.stream_id for heard in silent if not may_raise(heard)}
        changes: list[Alert] = []
        for stream_id, alert in list(self.open.items()):
            now = missed.get(stream_id)
            if now is None or now.alert_id != alert.alert_id:
                del self.open[stream_id]
                changes.append(_ended(alert, now_ns))
        for stream_id, now in missed.items():
            known = self.open.get(stream_id)
            if now is not None and stream_id not in pending and (known is None or known.priority != now.priority):
                self.open[stream_id] = now
                changes.append(now)
        return changes


def no_data_alert(heard: Heard, bed: Bed | None, now_ns: int) -> Alert | None:
    """The alert on a stream that was heard last as ``heard``; None while nobody misses it."""
    if heard.final and heard.origin != "live":
        return None  # a replay that is through; a device that says goodbye leaves a patient behind
    since_ns = admissions.missed_since_ns(bed, heard.heard_ns)
    if since_ns is None or now_ns - since_ns < NO_DATA_AFTER_S * _NS_PER_S:
        return None
    admission = bed.admission if bed else None
    onset = heard.sample + _samples(since_ns - heard.heard_ns, heard.fs)
    seconds = (now_ns - since_ns) / _NS_PER_S
    had_ecg = heard.ecg_ns > (admission.stays[-1].since_ns if admission else 0)
    rising: tuple[Priority, Priority] = ("medium", "high") if had_ecg else ("low", "medium")
    return Alert(
        schema_version=SCHEMA_VERSION,
        alert_id=alert_id(heard.session_id, CODE.code, onset),
        stream_id=heard.stream_id,
        session_id=heard.session_id,
        origin=heard.origin,
        kind=CODE.kind,
        code=CODE.code,
        priority=rising[seconds >= RISES_AFTER_S],
        fs=heard.fs,
        onset_sample=onset,
        raised_sample=onset + round(NO_DATA_AFTER_S * heard.fs),
        raised_acquired_ns=since_ns + int(NO_DATA_AFTER_S * _NS_PER_S),
        evidence=Evidence(rule="time without data", value=NO_DATA_AFTER_S, threshold=NO_DATA_AFTER_S, unit="s"),
        admission_id=admission.admission_id if admission else None,
    )


def _ended(alert: Alert, now_ns: int) -> Alert:
    """Samples that never were are counted by the clock."""
    lasted_ns = now_ns - alert.raised_acquired_ns
    return msgspec.structs.replace(alert, ended_sample=alert.raised_sample + max(0, _samples(lasted_ns, alert.fs)))


def _samples(duration_ns: int, fs: float) -> int:
    return round(duration_ns / _NS_PER_S * fs)
