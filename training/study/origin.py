"""Where a result comes from: data sets with hashes and citations, command, commit, versions, time and memory."""

import hashlib
import importlib.metadata
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from training.study.results import DataSource, RunFacts
from training.study.task import Part, Rows, Task
from wardbeat.atomic_files import atomic_file

ODC_BY = "Open Data Commons Attribution 1.0"
CITATIONS = {
    "mitdb": ("beats of two leads", f"Moody and Mark 2001, doi:10.13026/C2F305; {ODC_BY}"),
    "svdb": ("supraventricular beats", f"Greenwald et al. 1990, doi:10.13026/C2V30W; {ODC_BY}"),
    "vfdb": ("ventricular flutter and fibrillation", f"Greenwald 1986, doi:10.13026/C22P44; {ODC_BY}"),
    "challenge-2017": (
        "rhythm of one hand-held lead",
        f"Clifford et al. 2017, doi:10.22489/CinC.2017.065-469; {ODC_BY}",
    ),
    "ptb-xl": ("diagnoses of twelve leads", "Wagner et al. 2020, doi:10.13026/kfzx-aw45; CC BY 4.0"),
    "beat-images": ("pictures of others, scored only", "drawn from mitdb by others; MIT licence"),
}
"""Purpose and source by folder."""


SPENT = "seconds.txt"
"""Of a work folder: the seconds that all runs spent on it."""
LIBRARIES = ("keras", "tensorflow-cpu", "scikit-learn", "lightgbm", "numpy", "onnxruntime")


def data_sources(task: Task, data: Path, rows: Mapping[Part, Rows]) -> list[DataSource]:
    """The data sets of a task: records, patients among its rows, hash of all files."""
    scored = [name for name in task.scored_sets if (data / name).is_dir()]
    return [_source(name, data / name, rows) for name in (*task.data_sets, *scored)]


def folder_sha256(folder: Path) -> str:
    """Hash of the names and contents of all files of a folder, in the order of their names."""
    digest = hashlib.sha256()
    for file in sorted(one for one in folder.rglob("*") if one.is_file()):
        digest.update(file.relative_to(folder).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _source(name: str, folder: Path, rows: Mapping[Part, Rows]) -> DataSource:
    purpose, source = CITATIONS.get(name, ("", ""))
    names = {file.stem for file in folder.rglob("*.hea")}
    pairs = {
        (str(record), str(patient))
        for part in rows.values()
        for record, patient in zip(part.record, part.patient, strict=True)
    }
    ours = {pair for pair in pairs if pair[0] in names} or pairs  # records of a table have no names of files
    return DataSource(
        name,
        purpose,
        len(names) or len({record for record, _ in ours}),
        len({patient for _, patient in ours}),
        folder_sha256(folder),
        source,
    )


@contextmanager
def time_spent(work: Path) -> Iterator[Callable[[], float]]:
    """A function that gives the seconds spent on a work folder up to now, in this run and in earlier ones of it.

    An interrupted run counts, too: the next one continues it.
    """
    file = work / SPENT
    before_s = float(file.read_text(encoding="ascii")) if file.is_file() else 0.0
    begun_s = time.monotonic()

    def spent_s() -> float:
        return before_s + time.monotonic() - begun_s

    try:
        yield spent_s
    finally:
        with atomic_file(file) as temporary:
            temporary.write_text(f"{spent_s():.1f}", encoding="ascii")


def run_facts(command: str, seeds: Sequence[int], took_s: float) -> RunFacts:
    """The facts of a run that ends now, and took so long."""
    return RunFacts(
        command=command,
        commit=commit(),
        seeds=list(seeds),
        wardbeat=importlib.metadata.version("wardbeat"),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        libraries={name: importlib.metadata.version(name) for name in LIBRARIES},
        took_s=round(took_s, 1),
        peak_memory_mb=peak_memory_mb(),
    )


def commit() -> str:
    """The commit of the checkout, with ``+`` if it has changes; empty outside of a checkout."""
    program = shutil.which("git")
    if program is None:
        return ""

    def git(*arguments: str) -> str:
        root = Path(__file__).resolve().parents[2]
        run = subprocess.run([program, *arguments], cwd=root, capture_output=True, text=True, check=False)
        return run.stdout.strip()

    name = git("rev-parse", "--short", "HEAD")
    return name + ("+" if name and git("status", "--porcelain", "--untracked-files=no") else "")


def peak_memory_mb() -> float:
    """The largest resident memory of this process up to now."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(used / (1024**2 if sys.platform == "darwin" else 1024), 1)
