"""Hashes of everything that the monitor decides: ``python -m benchmarks.output_hashes``.

A change of the code that must not change any output is checked with it: take the hashes before and after, and compare
them line by line. Each record goes through a ward in several ways: whole, in other chunk lengths, with lost, swapped,
repeated and contradictory chunks, with an electrode off, with one lead, and with settings and restored snapshots.

The hashes depend on the processor, as networks sum in another order on another one. Compare on one machine.
"""

import hashlib
import json
import platform
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Final

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
"""One chunk in so many is lost, one swapped with the next, one repeated, one contradicted by another device."""
RESTORE_EVERY: Final = 40
"""Chunks between two restarts of the monitor from its snapshot."""
LIMITED: Final = PatientSettings(admission_id="admission", limits=PatientLimits(hr_low_bpm=60, hr_high_bpm=90))

Cut = Callable[[Iterable[EcgChunk], random.Random], Iterator[EcgChunk]]


def unchanged(chunks: Iterable[EcgChunk], _draw: random.Random) -> Iterator[EcgChunk]:
    """The chunks as they are."""
    yield from chunks


def faulty(chunks: Iterable[EcgChunk], draw: random.Random) -> Iterator[EcgChunk]:
    """Some chunks lost, some after the one that follows them, some twice, some sent by a second device as well."""
    late: list[EcgChunk] = []
    for chunk in chunks:
        fault = draw.randrange(FAULT_EVERY)
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


def electrode_off(chunks: Iterable[EcgChunk], _draw: random.Random) -> Iterator[EcgChunk]:
    """The first electrode is off from the 60th chunk to the 90th, then all of them to the 110th."""
    for number, chunk in enumerate(chunks):
        off = tuple(60 <= number < 110 and (lead == 0 or number >= 90) for lead in range(chunk.n_leads))
        yield msgspec.structs.replace(chunk, electrode_off=off)


def one_lead(chunks: Iterable[EcgChunk], _draw: random.Random) -> Iterator[EcgChunk]:
    """The first lead alone."""
    for chunk in chunks:
        yield msgspec.structs.replace(
            chunk,
            sig_name=chunk.sig_name[:1],
            gain=chunk.gain[:1],
            baseline=chunk.baseline[:1],
            samples=chunk.d_signal()[:1].tobytes(),
        )


RUNS: Final[Mapping[str, tuple[float, Cut, bool]]] = {
    "whole": (0.5, unchanged, False),
    "chunks of 0.1 s": (0.1, unchanged, False),
    "chunks of 1 s": (1.0, unchanged, False),
    "faulty": (0.5, faulty, False),
    "electrodes off": (0.5, electrode_off, False),
    "one lead": (0.5, one_lead, False),
    "limits and restarts": (0.5, unchanged, True),
}
"""Length of a chunk in s, what is done to the chunks, and whether settings change and snapshots are restored."""


def output_hashes(
    paths: Sequence[Path], networks: Runtime, seconds: float, on_hash: Callable[[str, str], None]
) -> dict[str, str]:
    """The hash of all outputs of each run over each record, by ``RECORD: RUN``.

    Parameters
    ----------
    paths : sequence of Path
        Records.
    networks : Runtime
    seconds : float
        How much of each record is used, from its start.
    on_hash : callable
        Called with the name and the hash of each run.
    """
    hashes = {}
    for path in paths:
        record = open_record(path)
        for run, (chunk_s, cut, restarts) in RUNS.items():
            chunks = record_chunks(
                record, stream_id=STREAM, session_id=record.name, origin="replay", chunk_s=chunk_s, start_ns=10**18
            )
            name = f"{record.name}: {run}"
            sent = cut(islice(chunks, round(seconds / chunk_s)), random.Random(name))  # noqa: S311 # a fault is no secret
            hashes[name] = hash_of(_outputs(sent, networks, restarts=restarts))
            on_hash(name, hashes[name])
    return hashes


def hash_of(outputs: Iterable[WardOutput]) -> str:
    """SHA-256 of the encoded outputs, and how many there are."""
    digest, count = hashlib.sha256(), 0
    for output in outputs:
        count += 1
        digest.update(_encoded(output))
    return f"{digest.hexdigest()} {count}"


def machine() -> str:
    """What hashes depend on besides the code: the processor's model."""
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
@click.option("--records", "folder", type=click.Path(path_type=Path), help="Folder of records; the excerpts without.")
@click.option("--seconds", default=120.0, show_default=True, help="How much of each record, from its start.")
@click.option("--compare", type=click.Path(path_type=Path), help="JSON of an earlier run: exit code 1 on a difference.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
@click.argument("names", nargs=-1)
def main(folder: Path | None, seconds: float, compare: Path | None, as_json: bool, names: tuple[str, ...]) -> None:
    """Print a hash of all outputs for each run over each record."""
    with ExitStack() as stack:
        paths = find_records(folder or stack.enter_context(excerpts_folder()), names)
        hashes = output_hashes(
            paths, Runtime.load(None), seconds, lambda name, value: click.echo(f"{value[:16]}  {name}", err=as_json)
        )
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
