"""Runs the live monitor over recordings as fast as it can, and writes its findings as files for scoring.

Each record gets ``NAME.wb`` (a WFDB annotation file: N S V F Q at the R peak, rhythm changes as ``+``),
``NAME.status.jsonl`` (one line a second), ``NAME.alerts.jsonl`` (one line an alert) and ``NAME.windows.jsonl`` (one
line a window of 5 s). A file is written completely or not at all.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import wfdb

from processors.monitor.patient_monitor import MonitorConfig
from processors.offline.schedule import scheduled
from processors.ward.network_batches import Networks
from processors.ward.ward import Ward, WardOutput
from wardbeat.care.admissions import PatientSettings, SettingsApplied
from wardbeat.contracts.codec import MAX_SESSION_ID, check_chunk
from wardbeat.contracts.evidence_signals import SIGNALS
from wardbeat.contracts.messages import Alert, Beat, EcgChunk, RhythmChange, Status, Window
from wardbeat.ecg.chunking import EcgSource, record_chunks
from wardbeat.ecg.io.records import Record
from wardbeat.errors import CodecError, RecordError

EXTENSION = "wb"
TOGETHER = 8
"""How many records one ward runs side by side, so that the networks get batches as on a real ward."""


@dataclass
class Annotations:
    """What the monitor found in one record of ``fs`` samples a second.

    Attributes
    ----------
    beats, rhythms, status, windows : list
        In the order of their samples.
    alerts : dict of str to Alert
        The last version of each alert, by id.
    versions : list of Alert
        All versions of all alerts, in the order of the decisions.
    """

    fs: float
    beats: list[Beat] = field(default_factory=list)
    rhythms: list[RhythmChange] = field(default_factory=list)
    status: list[Status] = field(default_factory=list)
    alerts: dict[str, Alert] = field(default_factory=dict)
    versions: list[Alert] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)

    def add(self, output: WardOutput) -> None:
        """Add one output of the monitor.

        A new version of an alert replaces the one before. A rhythm change replaces all earlier reported changes from
        its sample on.
        """
        match output:
            case Beat():
                self.beats.append(output)
            case RhythmChange():
                self.rhythms = [change for change in self.rhythms if change.sample < output.sample]
                self.rhythms.append(output)
            case Status():
                self.status.append(output)
            case Alert():
                self.alerts[output.alert_id] = output
                self.versions.append(output)
            case Window():
                self.windows.append(output)


def annotate(
    records: Sequence[EcgSource],
    networks: Networks,
    *,
    config: MonitorConfig = MonitorConfig(),
    chunk_s: float = 0.5,
    on_progress: Callable[[float], None] = lambda _seconds: None,
    schedule: Sequence[SettingsApplied] = (),
) -> Iterator[tuple[str, Annotations]]:
    """Run the monitor over records; yields the name and the annotations of each record when it ends.

    Parameters
    ----------
    records : sequence of EcgSource
        Each from :func:`wardbeat.ecg.io.records.open_record`, or changed for a test.
    networks : Networks
        The networks of the bundle in use.
    config : MonitorConfig, optional
    chunk_s : float
        The length of the chunks, in seconds.
    on_progress : callable, optional
        Called after each batch with the seconds of signal in it.
    schedule : sequence of SettingsApplied, optional
        The settings of the records, each with the sample from which it applies. A session id is a record's name.
    """
    for begin in range(0, len(records), TOGETHER):
        together = {str(row): record for row, record in enumerate(records[begin : begin + TOGETHER])}
        streams = {row: scheduled(_chunks(row, record, chunk_s), schedule) for row, record in together.items()}
        for row, found in annotate_streams(streams, Ward(networks, config), on_progress):
            yield together[row].name, found


def write_annotations(out: Path, record: Record, annotations: Annotations) -> None:
    """Write the four files of one record into a folder, each complete or not at all."""
    with tempfile.TemporaryDirectory(dir=out, prefix=".writing-") as temporary:
        folder = Path(temporary)
        _write_wfdb(folder, annotations, record.samples_per_frame)
        _write_lines(folder / "status.jsonl", (_status_line(status) for status in annotations.status))
        _write_lines(folder / "alerts.jsonl", (_alert_line(alert) for alert in annotations.alerts.values()))
        _write_lines(folder / "windows.jsonl", (_window_line(window) for window in annotations.windows))
        for suffix in (EXTENSION, "status.jsonl", "alerts.jsonl", "windows.jsonl"):
            (folder / _written_as(suffix)).replace(out / f"{record.name}.{suffix}")


def annotate_streams(
    streams: Mapping[str, Iterable[EcgChunk | PatientSettings]],
    ward: Ward,
    on_progress: Callable[[float], None] = lambda _seconds: None,
) -> Iterator[tuple[str, Annotations]]:
    """Run a ward over streams side by side; yields the id and the annotations of each stream when it ends.

    Parameters
    ----------
    streams : mapping of iterables
        By stream id: its chunks in order, session after session. Settings stand before the first chunk that they apply
        to.
    ward : Ward
        A ward without patients.
    on_progress : callable, optional
        Called after each batch with the seconds of signal in it.
    """
    found: dict[str, Annotations] = {}
    running = {stream_id: iter(stream) for stream_id, stream in streams.items()}
    patients: dict[str, PatientSettings] = {}
    while running:
        chunks: dict[str, EcgChunk] = {}
        outputs: list[WardOutput] = []
        for stream_id, stream in running.items():
            following = next(stream, None)
            while isinstance(following, PatientSettings):
                patients[stream_id] = following
                outputs += ward.set_patients(patients)
                following = next(stream, None)
            if following is not None:
                chunks[stream_id] = following
                found.setdefault(stream_id, Annotations(following.fs))
        for output in [*outputs, *ward.take(chunks.values())]:
            found[output.stream_id].add(output)
        on_progress(sum(chunk.n_samples / chunk.fs for chunk in chunks.values()))
        for stream_id in [one for one in running if one not in chunks]:
            del running[stream_id]
            if stream_id in found:
                yield stream_id, found.pop(stream_id)


def _chunks(row: str, record: EcgSource, chunk_s: float) -> Iterator[EcgChunk]:
    """The chunks of a replay. The row names the stream; the record names the session, so that ids are unique.

    Raises
    ------
    RecordError
        If a chunk breaks its contract.
    """
    session_id = record.name[:MAX_SESSION_ID]
    for chunk in record_chunks(record, stream_id=row, session_id=session_id, origin="replay", chunk_s=chunk_s):
        if chunk.sequence == 0:
            try:
                check_chunk(chunk)
            except CodecError as error:
                raise RecordError(f"{record.name}: no ward takes it, {error}; correct its header") from error
        yield chunk


def _written_as(suffix: str) -> str:
    return f"record.{suffix}" if suffix == EXTENSION else suffix


def _write_wfdb(folder: Path, annotations: Annotations, samples_per_frame: int) -> None:
    """Write the WFDB annotations. They count frames, and a frame may hold several samples."""
    rows: list[tuple[int, int, str, str]] = [(beat.sample, 1, beat.symbol, "") for beat in annotations.beats]
    rows += [(change.sample, 0, "+", change.rhythm) for change in annotations.rhythms]
    rows.sort()
    if not rows:  # wfdb does not write an empty file, but its readers accept the end mark alone
        (folder / _written_as(EXTENSION)).write_bytes(b"\0\0")
        return
    wfdb.wrann(
        "record",
        EXTENSION,
        np.array([sample // samples_per_frame for sample, _, _, _ in rows]),
        [symbol for _, _, symbol, _ in rows],
        aux_note=[aux for _, _, _, aux in rows],
        fs=annotations.fs / samples_per_frame,
        write_dir=str(folder),
    )


def _write_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    with path.open("wb") as file:
        for line in lines:
            file.write(msgspec.json.encode(line) + b"\n")


def _status_line(status: Status) -> dict[str, Any]:
    return {"t_s": status.t_s, "hr_bpm": status.hr_bpm, "quality": status.quality, "state": status.state}


def _window_line(window: Window) -> dict[str, Any]:
    return {
        "start_s": round(window.start_sample / window.fs, 3),
        "end_s": round(window.end_sample / window.fs, 3),
        "verdict": window.verdict,
        "p_abnormal": window.p_abnormal,
        "p_threshold": window.p_threshold,
        "p_threshold_patient": window.p_threshold_patient,
        "p_ectopic": window.p_ectopic,
        "reconstruction_error": window.reconstruction_error,
        "quality": window.quality,
        "rhythm": window.rhythm,
        "conditions": window.conditions,
    }


def _alert_line(alert: Alert) -> dict[str, Any]:
    evidence = msgspec.structs.asdict(alert.evidence)
    for signal in SIGNALS:  # left out, as the record has them: see strip_start_s and strip_end_s
        del evidence[signal]
    return {
        "alert_id": alert.alert_id,
        "stream": alert.session_id,
        "kind": alert.kind,
        "code": alert.code,
        "priority": alert.priority,
        "onset_s": round(alert.onset_s, 3),
        "raised_s": round(alert.raised_s, 3),
        "ended_s": None if alert.ended_s is None else round(alert.ended_s, 3),
        "evidence": evidence,
    }
