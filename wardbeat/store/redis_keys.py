"""Every Redis key: its name, type, life time and writer.

| key | type | holds | life | writer |
|---|---|---|---|---|
| ``wb:streams`` | sorted set | stream ids, scored by the Unix second of the last record | until removed | worker |
| ``wb:last_seen`` | hash stream: JSON LastSeen | the last record of each stream | until removed | worker |
| ``wb:status:{stream}`` | hash ``session``, ``sample``, ``acquired_ns``, ``body`` (JSON Status) | the newest status | ``STATUS_TTL_MS`` | worker, Lua: newest wins |
| ``wb:windows:{stream}`` | sorted set of MessagePack Window, scored by the Unix second of writing | the verdicts of the last minutes | ``WINDOWS_TTL_MS`` after the last | worker |
| ``wb:workers`` | sorted set | worker ids, scored by the Unix second of the last heartbeat | ``WORKER_TTL_MS`` after the last | worker |
| ``wb:worker:{worker}`` | string (JSON WorkerHealth) | the state of a worker; it writes this every second while it has partitions | ``WORKER_TTL_MS`` | worker |
| ``wb:alert:{id}`` | hash ``version``, ``state``, ``body`` (JSON AlertRecord without signals) | one alert | ``ALERT_TTL_S`` after resolved | Lua, compare-and-set |
| ``wb:signals:{id}`` | string, packed | the signals of an alert's evidence | ``SIGNALS_TTL_S`` after resolved | the same script |
| ``wb:alerts:open`` | sorted set | ids of alerts that are not resolved, scored by raised ns | – | the same script |
| ``wb:alerts:of:{stream}`` | sorted set | ids of all alerts of a stream, scored by raised ns | ``ALERT_TTL_S`` after the last change | the same script |
| ``wb:alerts:lifecycle`` | stream ``id``, ``stream``, ``state``, ``body`` (the same as in the alert) | the newest changes of alerts | ``LIFECYCLE_MAX_LENGTH`` changes | the same script |
| ``wb:escalations`` | sorted set | ids of alerts that are escalated unless staff acknowledge them, scored by the Unix ns from which they call | until acknowledged or escalated | the same script |
| ``wb:escalations:claimed`` | sorted set | ids of alerts that an escalator is delivering, scored by the Unix ns at which its claim ends | until delivered | escalator, Lua |
| ``wb:escalations:notified:{escalation}`` | set | the channels that have delivered an escalation | ``NOTIFIED_TTL_S`` | escalator |
| ``wb:escalations:failed`` | hash alert id → JSON Alert | the alert that reports a failed escalation | until acknowledged or escalated | escalator |
| ``wb:escalator`` | string | an escalator is running | ``ESCALATOR_TTL_MS`` | escalator |
| ``wb:pauses`` | hash stream id ("": the ward) → JSON AudioPause | audio pauses; one that has ended has no effect | until the next pause of the bed | dashboard, Lua |
| ``wb:audit:of:{stream}`` | stream ``body`` (JSON AuditEntry) | who did what when at this bed | ``ALERT_TTL_S`` | the script of each change, append only |
| ``wb:audit`` | stream ``body`` (JSON AuditEntry) | who did what when to the whole ward | ``ALERT_TTL_S`` | the same |
| ``wb:audited`` | sorted set | stream ids, scored by the Unix ns of the last entry | – | the same |
| ``wb:beds`` | hash stream: JSON Bed | the patient in each bed, with limits and standby | until removed | Lua, compare-and-set |
| ``wb:beds:version`` | string | counts the changes of all beds, so that a reader notices a change at little cost | – | the same script |
| ``wb:ward_defaults`` | string (JSON WardDefaults) | the limits of every bed that has none of its own | – | Lua, compare-and-set |
| ``wb:admission:{id}`` | string (JSON Admission) | an admission after its last change | ``ALERT_TTL_S`` after discharge | the same script |
| ``wb:applied:{session}`` | hash sample: JSON SettingsApplied | the settings that the monitor applied to a session, by the first sample | ``ALERT_TTL_S`` after the last | worker |
| ``wb:checkpoint:{group}:{partition}`` | hash ``generation``, ``effects_written``, ``snapshot_offset``, ``stream:{stream}`` (MessagePack Snapshot) | snapshots of monitors, and the offset from which a partition is read on | ``SNAPSHOT_TTL_MS`` after the last | worker, Lua: newest generation of the group wins |
| ``wb:history:written`` | string | the time of Redis in Unix ms at which a worker last wrote; if it goes back, Redis has lost its history | – | worker, Lua |
| ``wb:history:gap`` | string (JSON HistoryGap) | from when to when the history is missing | ``HISTORY_GAP_TTL_S`` | worker |
| ``wb:beds:removed`` | hash stream → Unix ns | when staff removed a bed, for its worker | ``REMOVED_TTL_S`` after the last | the bed removal |
| ``wb:screens`` | hash screen id → JSON Screen | the open screens, and those that stopped without being closed | until closed; ``SCREENS_TTL_S`` after the last report of any | dashboard |
| ``wb:screen:{id}`` | string | a screen lives | ``SCREEN_TTL_MS`` | dashboard |
| ``wb:canary`` | hash ``onset_ns``, ``body`` (JSON Proof) | the last proof by the canary | until the next | dashboard, Lua: newest onset wins |
| ``wb:watch:{stream}`` | string | a screen shows this stream | ``WATCH_TTL_MS`` | dashboard |
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
HISTORY_WRITTEN = "wb:history:written"
HISTORY_GAP = "wb:history:gap"
WARD_DEFAULTS = "wb:ward_defaults"
BEDS_REMOVED = "wb:beds:removed"
SCREENS = "wb:screens"
CANARY = "wb:canary"
LIFECYCLE = "wb:alerts:lifecycle"
LIVE_PATTERN = "wb:live:*"
CHECKPOINTS = "wb:checkpoint:*"

STATUS_TTL_MS = 3_000
"""A worker writes a status every second. After three seconds without one, the patient's state is unknown."""
WINDOWS_TTL_MS = 10 * 60 * 1000
"""For so long a window stays, and all of them after the last one. A screen shows the last five minutes."""
WORKER_TTL_MS = 3_000
WATCH_TTL_MS = 10_000
ALERT_TTL_S = 30 * 24 * 3600
"""Longer than any topic retains records, so that a replayed alert is recognized and not raised again."""
CANARY_ALERT_TTL_S = 3600
"""The canary raises 1,800 alerts a day. One that is raised again after an hour harms nobody."""
SIGNALS_TTL_S = 7 * 24 * 3600
"""The strip is most of an alert's size. After a week only a recording of the ECG has it (docs/adr/025)."""
LIFECYCLE_MAX_LENGTH = 10_000
"""About 25 MB. A screen follows this stream; one that has missed more changes reads all open alerts again."""
NOTIFIED_TTL_S = 24 * 3600
HISTORY_GAP_TTL_S = 24 * 3600
"""For so long the screens say that history is missing: every shift reads it once."""
SNAPSHOT_TTL_MS = 24 * 3600 * 1000
"""If a ward is off for longer, its monitors learn their patients again."""
ESCALATOR_TTL_MS = 10_000
SCREEN_TTL_MS = 10_000
"""A screen reports every 2 s. A page that is loaded again is back before this time."""
SCREENS_TTL_S = 24 * 3600
REMOVED_TTL_S = 24 * 3600
"""As long as snapshots are kept: a worker that restores older ones drops the monitor of a removed bed."""


def status(stream_id: str) -> str:
    """The newest status of a stream."""
    return f"wb:status:{stream_id}"


def windows(stream_id: str) -> str:
    """The windows of a stream of the last minutes."""
    return f"wb:windows:{stream_id}"


def worker(worker_id: str) -> str:
    """The state of a worker."""
    return f"wb:worker:{worker_id}"


def alert(alert_id: str) -> str:
    """One alert."""
    return f"wb:alert:{alert_id}"


def signals(alert_id: str) -> str:
    """The signals of an alert's evidence."""
    return f"wb:signals:{alert_id}"


def alerts_of(stream_id: str) -> str:
    """All alerts of a stream."""
    return f"wb:alerts:of:{stream_id}"


def escalation_notified(escalation_id: str) -> str:
    """The channels that have delivered an escalation."""
    return f"wb:escalations:notified:{escalation_id}"


def audit(stream_id: str | None) -> str:
    """The audit of a bed, or of the whole ward (None)."""
    return AUDIT_OF_WARD if stream_id is None else f"wb:audit:of:{stream_id}"


def admission(admission_id: str) -> str:
    """One admission."""
    return f"wb:admission:{admission_id}"


def applied(session_id: str) -> str:
    """The settings that the monitor applied to a session."""
    return f"wb:applied:{session_id}"


def checkpoint(group: str, partition: int) -> str:
    """The checkpoint of a partition, by consumer group."""
    return f"wb:checkpoint:{group}:{partition}"


def screen(screen_id: str) -> str:
    """Whether a screen lives."""
    return f"wb:screen:{screen_id}"


def watch(stream_id: str) -> str:
    """Whether a screen shows a stream."""
    return f"wb:watch:{stream_id}"


def live(stream_id: str) -> str:
    """The channel of live ECG of a stream."""
    return f"wb:live:{stream_id}"
