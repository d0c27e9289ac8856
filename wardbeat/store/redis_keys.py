"""Every Redis key: its name, type, life time and writer.

| key | type | holds | life | writer |
|---|---|---|---|---|
| ``wb:streams`` | sorted set | stream id, scored by the Unix second it was last heard | until removed | worker |
| ``wb:last_seen`` | hash stream: JSON LastSeen | where each stream was when its last record came | until removed | worker |
| ``wb:status:{stream}`` | hash ``session``, ``sample``, ``acquired_ns``, ``body`` (JSON Status) | the newest status | ``STATUS_TTL_MS`` | worker, Lua: newest wins |
| ``wb:workers`` | sorted set | worker id, scored by the Unix second of the last beat of its heart | ``WORKER_TTL_MS`` after the last | worker |
| ``wb:worker:{worker}`` | string (JSON WorkerHealth) | what a worker does; written every second while it has partitions | ``WORKER_TTL_MS`` | worker |
| ``wb:alert:{id}`` | hash ``version``, ``state``, ``body`` (JSON AlertRecord without signals) | one alert | ``ALERT_TTL_S`` after resolved | Lua, compare-and-set |
| ``wb:signals:{id}`` | string, packed | the signals of an alert's evidence | ``SIGNALS_TTL_S`` after resolved | the same script |
| ``wb:alerts:open`` | sorted set | ids not resolved, scored by raised ns | – | the same script |
| ``wb:alerts:of:{stream}`` | sorted set | all ids of a stream, scored by raised ns | ``ALERT_TTL_S`` after the last change | the same script |
| ``wb:alerts:lifecycle`` | stream ``id``, ``stream``, ``state``, ``body`` (as the alert's) | the newest changes of alerts | ``LIFECYCLE_MAX_LENGTH`` changes | the same script |
| ``wb:escalations`` | sorted set | ids that somebody elsewhere is to be told of if nobody comes, scored by the Unix ns they call from | until somebody came or was told | the same script |
| ``wb:escalations:claimed`` | sorted set | ids that an escalator is telling somebody of, scored by the Unix ns at which another may | until told | escalator, Lua |
| ``wb:escalations:notified:{escalation}`` | set | channels by which somebody has been notified | ``NOTIFIED_TTL_S`` | escalator |
| ``wb:escalations:failed`` | hash alert id → JSON Alert | the alert that says that nobody could be told of that one | until somebody came or was told | escalator |
| ``wb:escalator`` | string | an escalator is at work | ``ESCALATOR_TTL_MS`` | escalator |
| ``wb:pauses`` | hash stream id ("": the ward) → JSON AudioPause | audio pauses; those that have run out say nothing | until the next of that bed | dashboard, Lua |
| ``wb:audit:of:{stream}`` | stream ``body`` (JSON AuditEntry) | who did what when at this bed | ``ALERT_TTL_S`` | the script of each change, append only |
| ``wb:audit`` | stream ``body`` (JSON AuditEntry) | what was done to the ward as a whole | ``ALERT_TTL_S`` | the same |
| ``wb:audited`` | sorted set | stream ids, scored by the Unix ns of the last entry | – | the same |
| ``wb:beds`` | hash stream: JSON Bed | who lies where, with limits and standby | until removed | Lua, compare-and-set |
| ``wb:beds:version`` | string | counts the changes of all beds, so that a look whether there is one costs nothing | – | the same script |
| ``wb:admission:{id}`` | string (JSON Admission) | an admission as it was changed last | ``ALERT_TTL_S`` after discharge | the same script |
| ``wb:applied:{session}`` | hash sample: JSON SettingsApplied | by what settings a session was watched from which sample on | ``ALERT_TTL_S`` after the last | worker |
| ``wb:checkpoint:{group}:{partition}`` | hash ``generation``, ``effects_written``, ``snapshot_offset``, ``stream:{stream}`` (MessagePack Snapshot) | snapshots of monitors, and the offset that a partition is read on from | ``SNAPSHOT_TTL_MS`` after the last | worker, Lua: newest generation of the group wins |
| ``wb:watch:{stream}`` | string | somebody looks at this stream | ``WATCH_TTL_MS`` | dashboard |
| ``wb:live:{stream}`` | channel | MessagePack ``(kind, body)``, kind ``strip`` or ``beat`` | not kept | worker |
"""

STREAMS = "wb:streams"
LAST_SEEN = "wb:last_seen"
WORKERS = "wb:workers"
ALERTS_OPEN = "wb:alerts:open"
ESCALATIONS = "wb:escalations"
ESCALATIONS_CLAIMED = "wb:escalations:claimed"
ESCALATIONS_FAILED = "wb:escalations:failed"
ESCALATOR = "wb:escalator"
PAUSES = "wb:pauses"
AUDITED = "wb:audited"
AUDIT_OF_WARD = "wb:audit"
BEDS = "wb:beds"
BEDS_VERSION = "wb:beds:version"
LIFECYCLE = "wb:alerts:lifecycle"
LIVE_PATTERN = "wb:live:*"

STATUS_TTL_MS = 3_000
"""Status comes every second; without one for three, nothing is known of the patient any more."""
WORKER_TTL_MS = 3_000
WATCH_TTL_MS = 10_000
ALERT_TTL_S = 30 * 24 * 3600
"""Longer than any topic retains, so that a replayed alert is known and not raised anew."""
SIGNALS_TTL_S = 7 * 24 * 3600
"""A strip is most of an alert; after a week it is in the recording, if anywhere (docs/adr/025)."""
LIFECYCLE_MAX_LENGTH = 10_000
"""Screens read it as it grows; one that has missed so much reads the open alerts anew. About 25 MB."""
NOTIFIED_TTL_S = 24 * 3600
SNAPSHOT_TTL_MS = 24 * 3600 * 1000
"""A ward that was off for a day learns its patients anew."""
ESCALATOR_TTL_MS = 10_000


def status(stream_id: str) -> str:
    return f"wb:status:{stream_id}"


def worker(worker_id: str) -> str:
    return f"wb:worker:{worker_id}"


def alert(alert_id: str) -> str:
    return f"wb:alert:{alert_id}"


def signals(alert_id: str) -> str:
    return f"wb:signals:{alert_id}"


def alerts_of(stream_id: str) -> str:
    return f"wb:alerts:of:{stream_id}"


def escalation_notified(escalation_id: str) -> str:
    return f"wb:escalations:notified:{escalation_id}"


def audit(stream_id: str | None) -> str:
    return AUDIT_OF_WARD if stream_id is None else f"wb:audit:of:{stream_id}"


def admission(admission_id: str) -> str:
    return f"wb:admission:{admission_id}"


def applied(session_id: str) -> str:
    return f"wb:applied:{session_id}"


def checkpoint(group: str, partition: int) -> str:
    return f"wb:checkpoint:{group}:{partition}"


def watch(stream_id: str) -> str:
    return f"wb:watch:{stream_id}"


def live(stream_id: str) -> str:
    return f"wb:live:{stream_id}"
