"""Whether alerts arrive, by the canary's proofs: pure rules over its alerts and its schedule.

A proof is an alert of the canary that a dashboard got for its screens. It is missed if it does not come within
``LIMIT_S`` of its injected onset, whatever the cause: producer, Kafka, worker, Redis, dashboard.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from wardbeat.contracts.alert_codes import CODES, SYSTEM, alert_id
from wardbeat.contracts.canary import CANARY, CANARY_MISSED, CYCLE_S, INJECTIONS, LIMIT_S
from wardbeat.contracts.messages import SCHEMA_VERSION, Alert, Evidence

FIRST_PROOF_S: Final = CYCLE_S
"""A ward that starts has this time for its first proof."""
_NS_PER_S: Final = 1_000_000_000


class Proof(msgspec.Struct, frozen=True):
    """An alert of the canary that a dashboard got for its screens.

    ``onset_s`` is the injected onset in seconds from the start of the session, ``onset_ns`` the same as Unix time.
    ``shown_ns`` is the Unix time at which the dashboard got the alert.
    """

    code: str
    onset_s: float
    onset_ns: int
    shown_ns: int

    @property
    def delay_s(self) -> float:
        """Seconds from the injected onset to the alert."""
        return (self.shown_ns - self.onset_ns) / _NS_PER_S


class MissedProof(NamedTuple):
    """A proof that is missing or late: the Unix time of its injected onset, its delay so far in s, and the words."""

    onset_ns: int
    delay_s: float
    words: str


def proof_of(alert: Alert, shown_ns: int) -> Proof | None:
    """What an alert proves; None if it is not the alert on the last injected onset of the canary."""
    if alert.origin != "canary":
        return None
    before = [injection for injection in INJECTIONS if injection.onset_s <= alert.raised_s]
    if not before or alert.code != before[-1].code:
        return None
    onset_s = before[-1].onset_s
    onset_ns = alert.raised_acquired_ns - round((alert.raised_s - onset_s) * _NS_PER_S)
    return Proof(alert.code, onset_s, onset_ns, shown_ns)


def missed_proof(proof: Proof | None, since_ns: int, now_ns: int) -> MissedProof | None:
    """The proof that is missing or late now; None if all is well.

    Parameters
    ----------
    proof : Proof or None
        The last one.
    since_ns : int
        Unix time from which a first proof was to be expected, for a ward without one.
    now_ns : int
        Unix time in nanoseconds.
    """
    if proof is None:
        waited_s = (now_ns - since_ns) / _NS_PER_S
        words = f"no test alert in the first {waited_s:.0f} s"
        return MissedProof(since_ns, waited_s, words) if waited_s > FIRST_PROOF_S else None
    next_code, next_ns = _next_onset(proof)
    waited_s = (now_ns - next_ns) / _NS_PER_S
    if waited_s > LIMIT_S:
        return MissedProof(next_ns, waited_s, f"no {next_code} within {LIMIT_S:g} s of its onset")
    if proof.delay_s > LIMIT_S:
        words = f"{proof.code} {proof.delay_s:.1f} s after its onset"
        return MissedProof(proof.onset_ns, proof.delay_s, words)
    return None


def changes(missed: MissedProof | None, open_alerts: Iterable[Alert], now_ns: int) -> list[Alert]:
    """The ``canary_missed`` alerts that begin and end now.

    Parameters
    ----------
    missed : MissedProof or None
    open_alerts : iterable of Alert
        The open alerts of the system; those of other codes are left alone.
    now_ns : int
        Unix time in nanoseconds.
    """
    lasting = [alert for alert in open_alerts if alert.code == CANARY_MISSED and alert.ended_sample is None]
    if missed is None:
        now_s = now_ns // _NS_PER_S
        return [msgspec.structs.replace(alert, ended_sample=max(now_s, alert.onset_sample)) for alert in lasting]
    return [] if lasting else [_missed_alert(missed, now_ns)]


def proof_words(proof: Proof, now_ns: int) -> str:
    """``last proven 6.1 s, 40 s ago``: from the injected onset to its alert, and the age of this alert."""
    return f"last proven {proof.delay_s:.1f} s, {(now_ns - proof.shown_ns) / _NS_PER_S:.0f} s ago"


def _next_onset(proof: Proof) -> tuple[str, int]:
    """The code and the Unix ns of the injected onset after that of a proof."""
    later = [injection for injection in INJECTIONS if injection.onset_s > proof.onset_s]
    following = later[0] if later else INJECTIONS[0]
    apart_s = following.onset_s - proof.onset_s + (0 if later else CYCLE_S)
    return following.code, proof.onset_ns + round(apart_s * _NS_PER_S)


def _missed_alert(missed: MissedProof, now_ns: int) -> Alert:
    """The alert on the system. Every escalator gives it the same id; its samples are Unix seconds."""
    code = CODES[CANARY_MISSED]
    onset_s = missed.onset_ns // _NS_PER_S
    return Alert(
        schema_version=SCHEMA_VERSION,
        alert_id=alert_id(CANARY, code.code, onset_s),
        stream_id=SYSTEM,
        session_id=CANARY,
        origin="live",
        kind=code.kind,
        code=code.code,
        priority=code.priority,
        fs=1.0,
        onset_sample=onset_s,
        raised_sample=now_ns // _NS_PER_S,
        raised_acquired_ns=now_ns,
        evidence=Evidence(rule=missed.words, value=round(missed.delay_s, 1), threshold=LIMIT_S, unit="s"),
    )
