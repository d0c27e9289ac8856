"""Snapshots of versions 6 and 7 are restored completely, and the monitor gives the outputs of one that never stopped.

Version 7 had the content of version 6 under other names, so its snapshots are made of those of version 6.

``ward_snapshot_6`` is a ward's snapshot of stream ``bed``: record 208 of the shipped excerpts, chunks 0 to 100.
``monitor_snapshot_6`` is a monitor's with open requests: its queues hold every kind of event, its ended session a
standstill, and a second device has sent on the stream.
"""

import gzip
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pytest

from models.runtime import Runtime
from processors.monitor.patient_monitor import PatientMonitor, config_of
from processors.monitor.rhythm.ventricular import VentricularLimits
from processors.monitor.snapshot_migration import (
    ADDED_TO_SECONDS_IN_9,
    ADDED_TO_SESSIONS_IN_8,
    ADDED_TO_VENTRICULAR_RHYTHM_IN_9,
    OLDEST_VERSION,
    RENAMED_IN_7,
    SNAPSHOT_VERSION,
    Renames,
    current_snapshot,
    renamed,
)
from processors.ward.ward import Ward, WardOutput
from tests.support.shipped_qrs import shipped_qrs
from tests.support.stub_networks import RowNetworks
from wardbeat.contracts.messages import EcgChunk, Status, Window
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.io.records import open_record
from wardbeat.errors import MonitorError

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
EVENTS = {"beat", "window", "atrial", "second", "silence", "settings", "conflict"}
FIRST_CHUNK_AFTER, CHUNKS = 101, 240


def golden(name: str) -> bytes:
    return gzip.decompress((GOLDEN / f"{name}.msgpack.gz").read_bytes())


def monitor_of(ward_snapshot: bytes) -> bytes:
    """The monitor's snapshot within a ward's."""
    _settings, monitor = msgspec.msgpack.decode(ward_snapshot)
    assert isinstance(monitor, bytes)
    return monitor


def version_6() -> list[bytes]:
    return [golden("monitor_snapshot_6"), monitor_of(golden("ward_snapshot_6"))]


def excerpt_chunks() -> list[EcgChunk]:
    with excerpts_folder() as folder:
        record = open_record(folder / "208")
        chunks = record_chunks(record, stream_id="bed", session_id="208", origin="replay", chunk_s=0.5, start_ns=10**18)
        return list(islice(chunks, CHUNKS))


def encoded(outputs: Iterable[WardOutput]) -> list[bytes]:
    return [msgspec.msgpack.encode(output) for output in outputs]


@pytest.mark.slow
def test_a_monitor_restored_from_version_6_gives_the_outputs_of_one_that_never_stopped() -> None:
    networks = Runtime.load()
    config = config_of(networks.manifest.thresholds)
    chunks = excerpt_chunks()
    uninterrupted, restored = Ward(networks, config), Ward(networks, config)
    for chunk in chunks[:FIRST_CHUNK_AFTER]:
        uninterrupted.take([chunk])
    assert restored.restore({"bed": golden("ward_snapshot_6")}) == []
    expected = [output for chunk in chunks[FIRST_CHUNK_AFTER:] for output in uninterrupted.take([chunk])]
    outputs = [output for chunk in chunks[FIRST_CHUNK_AFTER:] for output in restored.take([chunk])]
    assert encoded(outputs) == encoded([without_what_the_snapshot_lacks(output) for output in expected])
    assert len(outputs) == 349


def without_what_the_snapshot_lacks(output: WardOutput) -> WardOutput:
    """The output of a monitor that does not know the quality and the conditions of the time before the snapshot."""
    begin = FIRST_CHUNK_AFTER * 180
    if isinstance(output, Window) and output.end_sample <= begin:
        return msgspec.structs.replace(output, quality=None, conditions=())
    if isinstance(output, Status) and output.window and output.sample < begin + 180:
        return msgspec.structs.replace(output, window=None)
    if isinstance(output, Status) and output.window:
        return msgspec.structs.replace(output, window=without_what_the_snapshot_lacks(output.window))
    return output


def test_the_golden_snapshots_have_every_kind_of_event() -> None:
    state = msgspec.msgpack.decode(golden("monitor_snapshot_6"))
    sessions = [*state["ended"], state["current"]]
    assert {queued["event"]["type"] for session in sessions for queued in session["queue"]} == EVENTS
    assert state["ended"][0]["rebuilt"] is not None
    assert state["ordering"]["rival"]["heard_s"] > 0


@pytest.mark.parametrize("data", version_6(), ids=["open requests", "record 208"])
def test_no_field_of_version_6_is_lost_and_none_is_filled_with_a_default(data: bytes) -> None:
    """A field under a wrong name would be ignored when decoded, and its new name would get its default."""
    state = msgspec.msgpack.decode(data)
    assert state["version"] == OLDEST_VERSION
    migrated = msgspec.msgpack.decode(current_snapshot(data))
    assert migrated["version"] == SNAPSHOT_VERSION
    restored = msgspec.msgpack.decode(PatientMonitor.restore(data, shipped_qrs()).snapshot())
    assert migrated == without_appended(restored)
    for session in filter(None, [migrated["current"], *migrated["ended"]]):
        assert popped(session, ADDED_TO_SESSIONS_IN_8) == ADDED_TO_SESSIONS_IN_8
        ventricular = session["rhythm"]["ventricular_rhythm"]
        assert popped(ventricular, ADDED_TO_VENTRICULAR_RHYTHM_IN_9) == ADDED_TO_VENTRICULAR_RHYTHM_IN_9
        for queued in session["queue"]:
            if queued["event"]["type"] == "second":
                assert popped(queued["event"], ADDED_TO_SECONDS_IN_9) == ADDED_TO_SECONDS_IN_9
    without_thresholds(state)
    assert without_thresholds(migrated) == msgspec.to_builtins(VentricularLimits())
    assert sorted(values_of(migrated)) == sorted(values_of({**state, "version": SNAPSHOT_VERSION})), (
        "a migration renames fields and changes no value"
    )


@pytest.mark.parametrize("data", version_6(), ids=["open requests", "record 208"])
def test_a_snapshot_of_version_8_gets_what_version_9_added(data: bytes) -> None:
    state = msgspec.msgpack.decode(current_snapshot(data))
    for session in filter(None, [state["current"], *state["ended"]]):
        popped(session["rhythm"]["ventricular_rhythm"], ADDED_TO_VENTRICULAR_RHYTHM_IN_9)
    assert current_snapshot(msgspec.msgpack.encode({**state, "version": 8})) == current_snapshot(data)


@pytest.mark.parametrize("data", version_6(), ids=["open requests", "record 208"])
def test_a_snapshot_of_version_7_gives_the_monitor_of_version_6(data: bytes) -> None:
    state = renamed(msgspec.msgpack.decode(data), RENAMED_IN_7)
    version_7 = msgspec.msgpack.encode({**state, "version": 7})
    assert current_snapshot(version_7) == current_snapshot(data)


def test_the_arrays_of_a_restored_signal_path_have_the_form_of_a_new_one() -> None:
    """Kernels take these arrays by their dtype, the names of its fields, and the number of leads."""
    ward = Ward(RowNetworks())
    ward.take(excerpt_chunks()[:1])
    state = msgspec.msgpack.decode(monitor_of(ward.snapshots(["bed"])["bed"]))
    restored = msgspec.msgpack.decode(current_snapshot(monitor_of(golden("ward_snapshot_6"))))
    for part in ("qrs", "beats", "resampler"):
        new, old = state["current"]["path"][part], restored["current"]["path"][part]
        assert array_forms(old) == array_forms(new), part
        assert array_forms(old), part


def popped(struct: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Fields of a struct, which loses them."""
    return {name: struct.pop(name) for name in names}


def without_thresholds(state: dict[str, Any]) -> dict[str, Any]:
    """Remove the thresholds of ventricular rhythms from all limits of a snapshot, and return them."""
    sessions = [*state["ended"], state["current"]]
    events = [queued["event"] for session in filter(None, sessions) for queued in session["queue"]]
    holders = [state["config"], *filter(None, sessions), *(event for event in events if event["type"] == "settings")]
    thresholds: list[dict[str, Any]] = [holder["limits"].pop("ventricular") for holder in holders]
    assert all(one == thresholds[0] for one in thresholds)
    return thresholds[0]


def without_appended(state: dict[str, Any]) -> dict[str, Any]:
    """A snapshot without the field that chunks have got since version 7, which has a default."""
    order = state["chunk_order"]
    for chunk in [*order["held"], *order["received"]["recent"]]:
        assert chunk.pop() == []
    return state


def array_forms(struct: dict[str, Any]) -> dict[str, Any]:
    """(dtype, shape) of the arrays in a struct of a snapshot, by field."""
    is_array = {name: isinstance(value, list) and len(value) == 3 for name, value in struct.items()}
    return {name: tuple(value[:2]) for name, value in struct.items() if is_array[name] and isinstance(value[2], bytes)}


def values_of(value: Any) -> list[str]:
    """All values in nested structs and lists, without the names of their fields."""
    if isinstance(value, dict):
        return [one for content in value.values() for one in values_of(content)]
    if isinstance(value, list):
        return [one for content in value for one in values_of(content)]
    return [repr(value)]


def test_a_snapshot_of_the_current_version_stays_as_it_is() -> None:
    data = PatientMonitor("bed", shipped_qrs()).snapshot()
    assert current_snapshot(data) is data


@pytest.mark.parametrize("version", [0, OLDEST_VERSION - 1, SNAPSHOT_VERSION + 1])
def test_a_snapshot_of_an_unknown_version_is_an_error_that_names_the_versions(version: int) -> None:
    with pytest.raises(MonitorError, match=f"version {version} is not {OLDEST_VERSION} to {SNAPSHOT_VERSION}"):
        current_snapshot(msgspec.msgpack.encode({"version": version}))


def test_bytes_without_a_version_are_no_snapshot() -> None:
    with pytest.raises(msgspec.DecodeError):
        current_snapshot(b"junk")


def test_fields_are_renamed_in_structs_lists_and_nothing_else() -> None:
    inner = Renames({"old": "new"})
    renames = Renames({"a": "b"}, {"a": inner, "list": inner, "none": inner})
    state = {"a": {"old": 1, "old_list": ["old"]}, "list": [{"old": 2}, {"other": 3}], "none": None, "data": {"a": 4}}
    assert renamed(state, renames) == {
        "b": {"new": 1, "old_list": ["old"]},
        "list": [{"new": 2}, {"other": 3}],
        "none": None,
        "data": {"a": 4},
    }
