"""Computes hashes of all outputs of the monitor: ``make hashes``.

They show whether a change of the code changes any output: write the hashes before the change with ``--json``, and
compare with ``--compare`` after it. Each record goes through a ward in several ways (``RUNS``): unchanged, in other
chunk lengths, with faulty chunks, with electrodes off, with one lead, and with new settings and restored snapshots.

The hashes depend on the processor model, because networks add in another order on another one. Compare hashes of one
model only.
"""

import hashlib
import json
import platform
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import click
import msgspec

from models.runtime import Runtime
from processors.monitor.chunk_order import Refused
from processors.monitor.patient_monitor import config_of
from processors.ward.ward import Ward, WardOutput
from wardbeat.care.admissions import PatientLimits, PatientSettings
from wardbeat.contracts.messages import EcgChunk
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.io.records import find_records, open_record

STREAM: Final = "bed"
FAULT_EVERY: Final = 25
"""Of 25 chunks, about one is lost, one is swapped with the next, one is repeated, one is sent with other samples."""
RESTORE_EVERY: Final = 40
"""Number of chunks between two restarts of the monitor from its snapshot."""
LIMITED: Final = PatientSettings(admission_id="admission", limits=PatientLimits(hr_low_bpm=60, hr_high_bpm=90))

ChunkChange = Callable[[Iterable[EcgChunk], random.Random], Iterator[EcgChunk]]


def unchanged(chunks: Iterable[EcgChunk], _rng: random.Random) -> Iterator[EcgChunk]:
    """The chunks without a change."""
    yield from chunks


def faulty(chunks: Iterable[EcgChunk], rng: random.Random) -> Iterator[EcgChunk]:
    """Some chunks are lost, some come after the next one, some come twice, some come again with other samples."""
    late: list[EcgChunk] = []
    for chunk in chunks:
        fault = rng.randrange(FAULT_EVERY)
        if fault == 0:
            continue
        if fault == 1:
            late.append(chunk)
            continue
        yield chunk
        yield from late
        late.clear()
        if fault == 2:
            yield chunk
        if fault == 3:
            yield msgspec.structs.replace(chunk, samples=bytes(len(chunk.samples)))
    yield from late


def electrode_off(chunks: Iterable[EcgChunk], _rng: random.Random) -> Iterator[EcgChunk]:
    """The first electrode is off from chunk 60 on, all electrodes from chunk 90 on, none from chunk 110 on."""
    for number, chunk in enumerate(chunks):
        off = tuple(60 <= number < 110 and (lead == 0 or number >= 90) for lead in range(chunk.n_leads))
        yield msgspec.structs.replace(chunk, electrode_off=off)


def one_lead(chunks: Iterable[EcgChunk], _rng: random.Random) -> Iterator[EcgChunk]:
    """Only the first lead."""
    for chunk in chunks:
        yield msgspec.structs.replace(
            chunk,
            sig_name=chunk.sig_name[:1],
            gain=chunk.gain[:1],
            baseline=chunk.baseline[:1],
            samples=chunk.d_signal()[:1].tobytes(),
        )


class HashRun(NamedTuple):
    """One way to send a record: chunk length, change of the chunks, whether the monitor restarts with new settings."""

    chunk_s: float = 0.5
    change: ChunkChange = unchanged
    restarts: bool = False


RUNS: Final[Mapping[str, HashRun]] = {
    "whole": HashRun(),
    "chunks of 0.1 s": HashRun(chunk_s=0.1),
    "chunks of 1 s": HashRun(chunk_s=1.0),
    "faulty": HashRun(change=faulty),
    "electrodes off": HashRun(change=electrode_off),
    "one lead": HashRun(change=one_lead),
    "limits and restarts": HashRun(restarts=True),
}


def output_hashes(
    path: Path, networks: Runtime, seconds: float, runs: Iterable[str] = tuple(RUNS)
) -> Iterator[tuple[str, str]]:
    """The name (``RECORD: RUN``) and the hash of all outputs of each run over a record.

    Parameters
    ----------
    path : Path
    networks : Runtime
    seconds : float
        How much of the record is used, from its start.
    runs : iterable of str, optional
        Keys of ``RUNS``.
    """
    record = open_record(path)
    for run in runs:
        chunk_s, change, restarts = RUNS[run]
        chunks = record_chunks(
            record, stream_id=STREAM, session_id=record.name, origin="replay", chunk_s=chunk_s, start_ns=10**18
        )
        name = f"{record.name}: {run}"
        rng = random.Random(name)  # noqa: S311 # faults, no secret
        sent = change(islice(chunks, round(seconds / chunk_s)), rng)
        yield name, hash_of(_outputs(sent, networks, restarts=restarts))


def hash_of(outputs: Iterable[WardOutput]) -> str:
    """SHA-256 of the encoded outputs, and the number of outputs."""
    digest, count = hashlib.sha256(), 0
    for output in outputs:
        count += 1
        digest.update(_encoded(output))
    return f"{digest.hexdigest()} {count}"


def machine() -> str:
    """The processor model, on which the hashes depend besides the code."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _outputs(chunks: Iterable[EcgChunk], networks: Runtime, *, restarts: bool) -> Iterator[WardOutput]:
    config = config_of(networks.manifest.thresholds)
    ward = Ward(networks, config)
    for number, chunk in enumerate(chunks):
        if restarts and number % RESTORE_EVERY == RESTORE_EVERY - 1:
            snapshots = ward.snapshots([STREAM])
            ward = Ward(networks, config)
            yield from ward.restore(snapshots)
            settings = LIMITED if number // RESTORE_EVERY % 2 == 0 else PatientSettings(admission_id="admission")
            yield from ward.set_patients({STREAM: settings})
        yield from ward.take([chunk])


def _encoded(output: WardOutput) -> bytes:
    if isinstance(output, Refused):
        return msgspec.msgpack.encode((output.chunk.sequence, output.refusal))
    return msgspec.msgpack.encode(output)


@click.command()
@click.option("--records", "folder", type=click.Path(path_type=Path), help="Folder of records; default: the excerpts.")
@click.option("--seconds", default=120.0, show_default=True, help="How much of each record, from its start.")
@click.option("--compare", type=click.Path(path_type=Path), help="JSON of an earlier run; exit code 1 on a difference.")
@click.option("--json", "as_json", is_flag=True, help="Print the hashes as one JSON object on the last line.")
@click.argument("names", nargs=-1)
def main(folder: Path | None, seconds: float, compare: Path | None, as_json: bool, names: tuple[str, ...]) -> None:
    """Print a hash of all outputs for each run over each record."""
    networks = Runtime.load(None)
    hashes: dict[str, str] = {}
    with ExitStack() as stack:
        for path in find_records(folder or stack.enter_context(excerpts_folder()), names):
            for name, value in output_hashes(path, networks, seconds):
                click.echo(f"{value[:16]}  {name}", err=as_json)
                hashes[name] = value
    if as_json:
        click.echo(json.dumps({"machine": machine(), "seconds": seconds, "hashes": hashes}))
    if compare is not None:
        before = json.loads(compare.read_text(encoding="utf-8").splitlines()[-1])["hashes"]
        different = sorted(name for name in before.keys() | hashes.keys() if before.get(name) != hashes.get(name))
        click.echo(f"{len(hashes) - len(different)} of {len(hashes)} runs are the same", err=True)
        for name in different:
            click.echo(f"different: {name}", err=True)
        sys.exit(bool(different))


if __name__ == "__main__":
    main()
