"""``wardbeat replay``: send recorded or synthetic patients into Kafka as live streams."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
import msgspec

from wardbeat.cli.options import json_option, leads_option
from wardbeat.cli.values import FILE_TO_WRITE, LINE, RECORD, SOURCE, Number, Whole
from wardbeat.contracts import rules

if TYPE_CHECKING:
    from producers.journal import JournalFile
    from producers.pacing import Stop
    from producers.patients import Patient
    from producers.replay import ReplayOptions, ReplaySummary
    from producers.sink import KafkaChunkSink
    from wardbeat.ecg.chunking import EcgSource
    from wardbeat.ecg.synthetic import Rhythm
    from wardbeat.kafka.access import KafkaAccess
    from wardbeat.observability.instruments import Instruments

ALL_RHYTHMS = "all"


@click.command(name="replay")
@click.option(
    "--records",
    type=SOURCE,
    help="Folder of records (WFDB, EDF); WARDBEAT_RECORDS, else the shipped ones.",
)
@click.option(
    "--synthetic",
    is_flag=False,
    flag_value=ALL_RHYTHMS,
    type=LINE,
    metavar="[RHYTHM,…]",
    help="Synthetic patients instead; without a RHYTHM, all kinds: sinus, pvc, bigeminy, vt, vf, af, asystole, brady, "
    "tachy, noise, lead_off.",
)
@click.option(
    "--patients",
    type=Whole(rules.PATIENTS),
    help="Number of patients, by default one for each record. More patients than records "
    "use records again, from other offsets.",
)
@click.option(
    "--speed",
    type=Number(rules.SPEED),
    default=1.0,
    show_default=True,
    help="Multiple of real time; 0 is as fast as possible.",
)
@click.option("--loop", is_flag=True, help="Repeat records when they end, as new sessions.")
@click.option(
    "--duration",
    "duration_s",
    type=Number(rules.DURATION_S),
    help="Seconds of ECG a patient; without it, until the records end. Without --loop a shorter record ends earlier.",
)
@click.option("--chunk-s", type=Number(rules.CHUNK_S), default=0.5, show_default=True, help="Seconds of ECG a chunk.")
@click.option(
    "--resume",
    type=FILE_TO_WRITE,
    help="File for the number of delivered chunks. A replay that was killed, started again with the same options, "
    "continues the same sessions and sends overdue chunks immediately.",
)
@leads_option
@click.option(
    "--bootstrap-servers", type=LINE, help="Kafka brokers; WARDBEAT_KAFKA_BOOTSTRAP_SERVERS, else 127.0.0.1:9092."
)
@click.option(
    "--into-live-topic",
    type=LINE,
    metavar="TOPIC",
    help="Send although devices send to the topic; repeat its name. The beds of the replay then stand among real ones.",
)
@click.option("--streams", is_flag=True, help="List the streams and send nothing.")
@json_option
@click.argument("names", type=RECORD, nargs=-1)
def command(
    records: Path | None,
    synthetic: str | None,
    patients: int | None,
    speed: float,
    loop: bool,
    duration_s: float | None,
    chunk_s: float,
    resume: Path | None,
    leads: tuple[str, ...],
    bootstrap_servers: str | None,
    into_live_topic: str | None,
    streams: bool,
    as_json: bool,
    names: tuple[str, ...],
) -> None:
    """Send recorded or synthetic patients into Kafka as live streams.

    NAMES are records of the folder; without NAMES, all records. Ctrl-C ends every stream with a final chunk.

    A topic that still carries chunks of devices is refused, because staff could take the replay for patients.
    """
    from producers.journal import JournalFile
    from producers.replay import ReplayOptions
    from producers.sink import KafkaChunkSink
    from wardbeat.errors import BrokerError
    from wardbeat.observability import logs
    from wardbeat.observability.instruments import Instruments, serve_instruments
    from wardbeat.settings import settings

    if settings().log_json and not streams:
        logs.configure(as_json=True)  # on a terminal the status line shows the errors of the broker
    with ExitStack() as stack:
        if synthetic:
            chosen = _synthetic(synthetic, patients, names, leads)
        else:
            chosen = _recorded(_folder(records, stack), patients, names, leads)
        if streams:
            _list(chosen, as_json)
            return
        _report_left_out(chosen)
        given = settings()
        instruments = Instruments(("kafka",))
        stack.enter_context(serve_instruments(instruments, given.metrics_host, given.metrics_port))
        kafka = given.kafka.at(bootstrap_servers)
        sink = KafkaChunkSink(kafka)
        _check_not_live(kafka, into_live_topic)
        options = ReplayOptions(speed=speed, loop=loop, duration_s=duration_s, chunk_s=chunk_s)
        summary = _run(chosen, sink, options, instruments, JournalFile(resume))
    if as_json:
        click.echo(
            msgspec.json.encode(
                {
                    "patients": summary.patients,
                    "chunks_sent": summary.chunks_sent,
                    "chunks_failed": summary.chunks_failed,
                    "seconds": round(summary.seconds, 3),
                }
            ).decode()
        )
    else:
        click.echo(
            f"{summary.patients} patients, {summary.chunks_sent} chunks sent, {summary.chunks_failed} failed, "
            f"{summary.seconds:.1f} s"
        )
    if summary.chunks_failed:
        raise BrokerError(
            f"{summary.chunks_failed} of {summary.chunks_sent + summary.chunks_failed} chunks were never acknowledged "
            f"({sink.last_failure or 'the broker is away'}); check the broker and replay again"
        )


def _check_not_live(kafka: "KafkaAccess", forced: str | None) -> None:
    """Refuse the topic if devices send to it, unless its name was repeated."""
    from wardbeat.contracts import topics
    from wardbeat.errors import BrokerError
    from wardbeat.kafka.live_chunks import find_live_chunk

    topic = topics.WAVEFORM
    if forced == topic:
        return
    if forced is not None:
        raise BrokerError(f"--into-live-topic {rules.shown(forced)}: the replay sends to {topic}; repeat this name")
    live = find_live_chunk(kafka, topic)
    if live is not None:
        raise BrokerError(
            f"Kafka topic {topic} at {kafka.servers} carries ECG of a device: stream {live.stream_id} at "
            f"{live.stored_at:%Y-%m-%dT%H:%M:%SZ}; staff could take a replay beside it for patients. Use another Kafka "
            f"or force it with --into-live-topic {topic}"
        )


def _folder(records: Path | None, stack: ExitStack) -> Path:
    from wardbeat.ecg.io.excerpts import excerpts_folder
    from wardbeat.settings import settings

    return records or settings().records or stack.enter_context(excerpts_folder())


def _recorded(folder: Path, count: int | None, names: tuple[str, ...], leads: tuple[str, ...]) -> list["Patient"]:
    from producers.patients import recorded_patients
    from wardbeat.ecg.io.records import find_records
    from wardbeat.ecg.selection.wanted import wanted_leads

    paths, wanted = find_records(folder, names), wanted_leads(leads)
    wanted.check_records(path.name for path in paths)
    return recorded_patients(paths, count, wanted)


def _synthetic(rhythms: str, count: int | None, names: tuple[str, ...], leads: tuple[str, ...]) -> list["Patient"]:
    from producers.patients import synthetic_patients
    from wardbeat.ecg.synthetic import RHYTHMS
    from wardbeat.errors import RecordError

    if names:
        raise RecordError(f"synthetic patients have no records, {names[0]!r} given; leave the names out")
    if leads:
        raise RecordError(f"synthetic patients have no leads to choose, {leads[0]!r} given; leave --leads out")
    chosen = RHYTHMS if rhythms == ALL_RHYTHMS else tuple(cast("Rhythm", name.strip()) for name in rhythms.split(","))
    return synthetic_patients(chosen, count)


def _list(patients: list["Patient"], as_json: bool) -> None:
    rows = [
        {
            "stream": patient.stream_id,
            "record": patient.source.name,
            "origin": patient.origin,
            "fs": patient.source.fs,
            "leads": patient.source.sig_name,
            "left_out": patient.source.left_out,
            "start_s": round(patient.start_sample / patient.source.fs, 3),
        }
        for patient in patients
    ]
    if as_json:
        click.echo(msgspec.json.encode({"streams": rows}).decode())
        return
    for row, patient in zip(rows, patients, strict=True):
        click.echo(
            f"{patient.stream_id:<16} {patient.origin:<10} from {row['start_s']:>8g} s   {patient.source.fs:g} Hz   "
            f"{', '.join(patient.source.sig_name)}{_left_out_text(patient.source)}"
        )


def _report_left_out(patients: list["Patient"]) -> None:
    """One line for each record of which signals are left out."""
    sources = {patient.source.name: patient.source for patient in patients if patient.source.left_out}
    for name, source in sources.items():
        click.echo(f"{name}: {', '.join(source.sig_name)}{_left_out_text(source)}", err=True)


def _left_out_text(source: "EcgSource") -> str:
    if not source.left_out:
        return ""
    return f"; {len(source.left_out)} left out: {', '.join(source.left_out)}"


def _run(
    patients: list["Patient"],
    sink: "KafkaChunkSink",
    options: "ReplayOptions",
    instruments: "Instruments",
    journal: "JournalFile",
) -> "ReplaySummary":
    from rich.console import Console
    from rich.markup import escape
    from rich.status import Status

    from producers.replay import replay

    late_s = 0.0
    instruments.probes.set_check("kafka", lambda: None)  # the sink has connected already
    instruments.read("wardbeat_replay_patients", lambda: len(patients))
    instruments.read("wardbeat_replay_chunks_sent_total", lambda: sink.delivered().sent)
    instruments.read("wardbeat_replay_chunks_failed_total", lambda: sink.delivered().failed)
    instruments.read("wardbeat_replay_chunks_waiting", lambda: sink.waiting)
    instruments.read("wardbeat_replay_late_seconds", lambda: late_s)
    console = Console(stderr=True)
    with stop_on_signals() as stop, ExitStack() as stack:
        status: Status | None = None
        if console.is_terminal:
            status = stack.enter_context(console.status(f"{len(patients)} patients"))

        def show(summary: "ReplaySummary") -> None:
            nonlocal late_s
            late_s = summary.late_s
            if status is not None:
                trouble = f" · [red]{escape(sink.last_failure)}[/red]" if sink.last_failure else ""
                status.update(
                    f"{summary.patients} patients · {summary.chunks_sent} chunks sent · {summary.chunks_failed} failed"
                    f" · {summary.seconds:.0f} s · at most {summary.late_s * 1000:.0f} ms late{trouble}"
                )

        return replay(patients, sink, options, stop=stop, on_progress=show, journal_file=journal)


@contextmanager
def stop_on_signals() -> Iterator["Stop"]:
    """A stop that the first Ctrl-C or SIGTERM sets. A second signal ends the program immediately."""
    from producers.pacing import Stop

    stop = Stop()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def set_stop(number: int, _frame: object) -> None:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        stop.set()

    for number in before:
        signal.signal(number, set_stop)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
