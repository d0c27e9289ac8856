"""Apache Kafka's jars: a lock file pins each with a checksum. They are downloaded once into the user's cache.

The lock file is committed. ``python -m wardbeat.embedded.jars --lock`` writes it again after ``ENDPOINT`` has changed.
"""

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec

from wardbeat.errors import DownloadError, root_cause

ENDPOINT: Final = "org.apache.kafka:kafka_2.13:4.1.1+org.slf4j:slf4j-simple:1.7.36"
LOCK_FILE: Final = "kafka-jars.lock.json"
PARALLEL: Final = 8
STALE_AFTER_S: Final = 3600.0
"""A download that takes longer was killed."""
_PARTIAL: Final = ".partial-"

OnProgress = Callable[[int], None]


class LockedJar(msgspec.Struct, frozen=True):
    """One jar: its coordinate (``group:artifact:version``), file name, size and checksum."""

    coordinate: str
    file: str
    bytes: int
    sha256: str


class Lock(msgspec.Struct, frozen=True):
    """All jars that the broker needs: ``endpoint`` and its dependencies."""

    endpoint: str
    jars: tuple[LockedJar, ...]


@cache
def read_lock() -> Lock:
    """The lock of this version of Wardbeat."""
    return msgspec.json.decode((files("wardbeat.embedded") / LOCK_FILE).read_bytes(), type=Lock)


def cache_folder() -> Path:
    """The user's cache folder for the jars: under ``XDG_CACHE_HOME``, else ``~/.cache``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wardbeat" / "kafka-jars"


def kafka_jars(lock: Lock | None = None, folder: Path | None = None) -> list[Path]:
    """The broker's jars with checked checksums; a jar that is missing or altered is downloaded first.

    Raises
    ------
    DownloadError
        If a jar can't be downloaded, or its checksum is not the one in the lock.
    """
    lock = lock or read_lock()
    folder = folder or cache_folder()
    missing = [jar for jar in lock.jars if not is_intact(folder / jar.file, jar)]
    if missing:
        fetch(missing, folder)
    return [folder / jar.file for jar in lock.jars]


def is_intact(path: Path, jar: LockedJar) -> bool:
    """Whether a file exists and has the checksum in the lock."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == jar.sha256


def fetch(jars: Sequence[LockedJar], folder: Path) -> None:
    """Download jars into a folder; each appears there complete and checked, or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    _remove_stale(folder)
    with (
        tempfile.TemporaryDirectory(dir=folder, prefix=_PARTIAL) as partial,
        _progress(sum(jar.bytes for jar in jars)) as on_progress,
        ThreadPoolExecutor(PARALLEL) as executor,
    ):
        downloads = [executor.submit(_fetch_one, jar, Path(partial), folder, on_progress) for jar in jars]
        try:
            for download in downloads:
                download.result()
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


def _fetch_one(jar: LockedJar, partial: Path, folder: Path, on_progress: OnProgress) -> None:
    fetched = _resolve(jar, partial, folder, on_progress)
    # A jar in the user's own repository is copied: it may change meanwhile, and may be on another file system.
    copy = partial / jar.file
    shutil.copyfile(fetched, copy)
    if not is_intact(copy, jar):
        raise DownloadError(
            f"{jar.file}: its sha256 must be {jar.sha256}, and the file from {_origin(fetched, partial)} has another; "
            "remove that file and start again, or find out what alters your downloads"
        )
    copy.replace(folder / jar.file)


def _resolve(jar: LockedJar, partial: Path, folder: Path, on_progress: OnProgress) -> Path:
    """The path of a jar: in the user's own Maven repository, or downloaded into ``partial``."""
    import requests
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext, PythonResolver

    @contextmanager
    def report(_file: str, _bytes: int) -> Iterator[OnProgress]:
        yield on_progress

    settings = GlobalSettings.load()
    context = MavenContext(
        resolver=PythonResolver(progress_callback=report),
        repo_cache=partial / "repository",
        local_repos=[Path(settings.repo_cache)],
        remote_repos={"central": MAVEN_CENTRAL_URL, **settings.repositories},
    )
    group, name, version = jar.coordinate.split(":")
    try:
        return context.project(group, name).at_version(version).artifact().resolve()
    except (requests.RequestException, RuntimeError, OSError) as error:
        raise DownloadError(
            f"Apache Kafka's {jar.file} is not in {folder} and can't be downloaded ({root_cause(error)}); "
            "connect this machine to the network once, or copy that folder from another machine"
        ) from error


def _origin(fetched: Path, partial: Path) -> str:
    return "the network" if fetched.is_relative_to(partial) else str(fetched)


def _remove_stale(folder: Path) -> None:
    for path in folder.glob(f"{_PARTIAL}*"):
        if time.time() - path.stat().st_mtime > STALE_AFTER_S:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _progress(total_bytes: int) -> Iterator[OnProgress]:
    """A progress bar on a terminal, one line elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        console.print(f"Downloading Apache Kafka ({total_bytes / 1e6:.0f} MB, once per user) …", highlight=False)
        yield lambda _count: None
        return
    columns = (TextColumn("Downloading Apache Kafka"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("jars", total=total_bytes)
        yield lambda count: progress.advance(task, count)


def make_lock() -> Lock:
    """Resolve ``ENDPOINT`` again and note every jar with its checksum."""
    import jgo

    environment = jgo.build(ENDPOINT, update=True)
    locked = environment.lockfile
    if locked is None:
        raise DownloadError(f"{ENDPOINT}: jgo gave no list of its jars; install jgo 3.2")
    paths = {path.name: path for path in environment.all_jars}
    jars = []
    for dependency in locked.dependencies:
        file = f"{dependency.artifactId}-{dependency.version}.jar"
        data = paths.pop(file).read_bytes()
        coordinate = f"{dependency.groupId}:{dependency.artifactId}:{dependency.version}"
        jars.append(LockedJar(coordinate, file, len(data), hashlib.sha256(data).hexdigest()))
    if paths:
        raise DownloadError(
            f"{ENDPOINT}: {', '.join(paths)}: no plain coordinate, so the lock can't name it; choose another endpoint"
        )
    return Lock(ENDPOINT, tuple(sorted(jars, key=lambda jar: jar.coordinate)))


def main(arguments: Sequence[str]) -> None:
    """``--lock`` writes the lock again; without it the jars are downloaded and checked."""
    if list(arguments) == ["--lock"]:
        target = Path(__file__).with_name(LOCK_FILE)
        target.write_bytes(msgspec.json.format(msgspec.json.encode(make_lock()), indent=2) + b"\n")
    elif arguments:
        sys.exit("usage: python -m wardbeat.embedded.jars [--lock]")
    else:
        kafka_jars()


if __name__ == "__main__":
    main(sys.argv[1:])
