"""Snapshots of earlier versions, converted to the current one.

Version 7 has the same content as version 6; it renamed fields to the field's standard terms. Version 8 added what a
session keeps for the verdicts on windows, and the signals that are left out. After an upgrade the first window lacks
its quality, and the conditions that had ended before. Version 9 has other thresholds of ventricular rhythms, and the
answers and the shape of the waves of the last seconds: after an upgrade these begin anew, so an open episode of
fibrillation is decided again within 5 s.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from processors.monitor.rhythm.ventricular import VentricularLimits
from wardbeat.ecg.features.waves import WaveShape
from wardbeat.errors import MonitorError

SNAPSHOT_VERSION = 9
OLDEST_VERSION = 6


class Renames(NamedTuple):
    """Renamed fields of one struct in a snapshot, and of the structs in its fields."""

    names: Mapping[str, str] = {}
    """New name by old name; other fields keep their names."""
    inside: Mapping[str, "Renames"] = {}
    """By old name of a field: the renames in its struct, in each struct of its list, or in its queued event."""


_LIMITS = Renames(
    {"noisy_doubt": "noisy_uncertainty", "clear_doubt": "clear_uncertainty", "noisy_alike": "noisy_similarity"},
    {
        "ventricular": Renames(
            {"usual_p": "baseline_p", "noise_doubt": "noise_uncertainty", "noise_alike": "noise_similarity"}
        )
    },
)
_SECOND = {
    "doubt": "qrs_uncertainty",
    "alike": "beat_similarity",
    "rough": "high_frequency_noise",
    "still": "flat",
    "stirs": "possible_qrs",
}
_RHYTHM = Renames(
    {
        "tail": "beat_summary",
        "ventricular": "v_peaks",
        "ventricles": "ventricular_rhythm",
        "usual_p": "baseline_p",
        "explained": "explained_k",
        "rate_met": "rate_last_met",
    },
    {
        "tail": Renames({"ventricular": "ventricular_run", "supraventricular": "supraventricular_run"}),
        "ventricles": Renames({"usual": "baseline"}),
        "second": Renames(_SECOND),
    },
)
_SESSION = Renames(
    {"rebuilt": "newest_window"},
    {
        "path": Renames(inside={"qrs": Renames({"said": "network_p"}), "rate": Renames({"unsure": "candidates"})}),
        "queue": Renames(inside={"event": Renames(_SECOND, {"limits": _LIMITS})}),
        "beats": Renames({"by_network": "network_probabilities"}),
        "rhythm": _RHYTHM,
        "atrial": Renames({"refuted": "last_no_k"}),
        "limits": _LIMITS,
    },
)
RENAMED_IN_7 = Renames(
    {"ordering": "chunk_order"},
    {
        "config": Renames(inside={"limits": _LIMITS}),
        "ordering": Renames(
            {"heard": "received", "former": "replaced", "rival": "second_device", "over": "ended"},
            {"rival": Renames({"heard_s": "received_s"})},
        ),
        "current": _SESSION,
        "ended": _SESSION,
    },
)
ADDED_TO_SESSIONS_IN_8: Mapping[str, Any] = {
    "window_history": {"seconds": [], "held": [], "newest": None},
    "left_out": [],
}
"""The fields that a session got, with their values in a session from before."""
ADDED_TO_VENTRICULAR_RHYTHM_IN_9: Mapping[str, Any] = {"waves": [], "disorder": [], "seconds": []}
ADDED_TO_SECONDS_IN_9: Mapping[str, Any] = {"waves": msgspec.to_builtins(WaveShape())}


class _Version(msgspec.Struct):
    version: int


def current_snapshot(data: bytes) -> bytes:
    """The snapshot in the current version.

    Raises
    ------
    msgspec.DecodeError
        If the bytes are no snapshot.
    MonitorError
        If this code cannot read the snapshot's version.
    """
    version = msgspec.msgpack.decode(data, type=_Version).version
    if version == SNAPSHOT_VERSION:
        return data
    if not OLDEST_VERSION <= version < SNAPSHOT_VERSION:
        raise MonitorError(
            f"snapshot version {version} is not {OLDEST_VERSION} to {SNAPSHOT_VERSION}; start a new monitor"
        )
    state = msgspec.msgpack.decode(data)
    if version == OLDEST_VERSION:
        state = renamed(state, RENAMED_IN_7)
    added = ADDED_TO_SESSIONS_IN_8 if version < 8 else {}
    current, ended = state["current"], state["ended"]
    state["current"] = current and _session_in_9({**current, **added})
    state["ended"] = [_session_in_9({**session, **added}) for session in ended]
    state["config"] = {**state["config"], "limits": _limits_in_9(state["config"]["limits"])}
    return msgspec.msgpack.encode({**state, "version": SNAPSHOT_VERSION})


def _session_in_9(session: dict[str, Any]) -> dict[str, Any]:
    rhythm = session["rhythm"]
    ventricular = {**rhythm["ventricular_rhythm"], **ADDED_TO_VENTRICULAR_RHYTHM_IN_9}
    queue = [{**queued, "event": _event_in_9(queued["event"])} for queued in session["queue"]]
    return {
        **session,
        "rhythm": {**rhythm, "ventricular_rhythm": ventricular},
        "limits": _limits_in_9(session["limits"]),
        "queue": queue,
    }


def _event_in_9(event: dict[str, Any]) -> dict[str, Any]:
    match event["type"]:
        case "second":
            return {**event, **ADDED_TO_SECONDS_IN_9}
        case "settings":
            return {**event, "limits": _limits_in_9(event["limits"])}
        case _:
            return event


def _limits_in_9(limits: dict[str, Any]) -> dict[str, Any]:
    """Limits with the thresholds of ventricular rhythms of now: staff set none of them."""
    return {**limits, "ventricular": msgspec.to_builtins(VentricularLimits())}


def renamed(value: Any, renames: Renames) -> Any:
    """A struct as a dict, or a list of them, with its fields renamed; anything else stays."""
    if isinstance(value, list):
        return [renamed(item, renames) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        renames.names.get(field, field): renamed(content, renames.inside[field]) if field in renames.inside else content
        for field, content in value.items()
    }
