"""WFDB databases from PhysioNet (or a mirror of it): file by file, checked, resumable.

A database publishes its files with their SHA-256 (SHA256SUMS.txt). A file is written under a temporary name and
renamed once its sum is right, so whatever has its real name is whole; a second run fetches only what is missing.
"""

import hashlib
import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from wardbeat.errors import DownloadError

PHYSIONET: Final = "https://physionet.org/files"
TIMEOUT_S: Final = 30.0
BLOCK_BYTES: Final = 1 << 16
OTHER_FILES: Final = frozenset({"RECORDS", "ANNOTATORS", "LICENSE.txt"})
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*")


class DownloadProgress(NamedTuple):
    """Files that are there, of so many, and the one that was just finished."""

    done: int
    total: int
    file: str


def download_database(
    name: str,
    folder: Path,
    *,
    version: str = "1.0.0",
    base_url: str = PHYSIONET,
    on_progress: Callable[[DownloadProgress], None] = lambda _: None,
) -> int:
    """Fetch a database's records into ``folder``; the number of files that had to be fetched.

    Raises
    ------
    DownloadError
        If there is no such database, no network, or a file whose sum is wrong. What is complete stays.
    """
    if not _NAME.fullmatch(name):
        raise DownloadError(f"database {name!r}: a name is small letters, digits and '-'; `mitdb` is one")
    url = f"{base_url.rstrip('/')}/{name}/{version}"
    sums = _sums(url)
    wanted = _wanted(sums, _text(f"{url}/RECORDS").split())
    if not wanted:
        raise DownloadError(f"{url}: lists no WFDB records to download; choose another database")
    fetched = 0
    for done, file in enumerate(wanted, start=1):
        target = folder / file
        if not (target.is_file() and _sum_of(target) == sums[file]):
            _fetch(f"{url}/{file}", target, sums[file])
            fetched += 1
        on_progress(DownloadProgress(done, len(wanted), file))
    return fetched


def _wanted(sums: dict[str, str], records: list[str]) -> list[str]:
    """The files of the records, RECORDS itself last: it says that the rest is there."""
    listed = set(records)
    files = [file for file in sums if file in OTHER_FILES or str(PurePosixPath(file).with_suffix("")) in listed]
    return sorted(files, key=lambda file: (file == "RECORDS", file))


def _sums(url: str) -> dict[str, str]:
    """SHA-256 by path; paths that would leave the folder are refused."""
    sums = {}
    for line in _text(f"{url}/SHA256SUMS.txt").splitlines():
        digest, _, file = line.strip().partition(" ")
        path = PurePosixPath(file.strip().removeprefix("*"))
        if not file:
            continue
        if path.is_absolute() or ".." in path.parts or "\\" in file:
            raise DownloadError(f"{url}: names a file outside its folder ({file.strip()!r}); use another mirror")
        sums[str(path)] = digest.lower()
    return sums


def _fetch(url: str, target: Path, sha256: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    digest = hashlib.sha256()
    try:
        with _open(url) as response, part.open("wb") as out:
            while block := _read(response, url):
                digest.update(block)
                out.write(block)
        if digest.hexdigest() != sha256:
            raise DownloadError(f"{url}: its SHA-256 is not the published one; run the same command again")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _text(url: str) -> str:
    blocks = []
    with _open(url) as response:
        while block := _read(response, url):
            blocks.append(block)
    return b"".join(blocks).decode("utf-8", errors="replace")


def _open(url: str) -> http.client.HTTPResponse:
    if not url.startswith(("http://", "https://")):
        raise DownloadError(f"{url}: an address begins with https:// or http://; correct it")
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(url, timeout=TIMEOUT_S)  # noqa: S310 - checked above
    except urllib.error.HTTPError as error:
        raise DownloadError(
            f"{url}: the server answers {error.code} {error.reason}; check the name of the database and its version"
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(url, error) from error
    return response


def _read(response: http.client.HTTPResponse, url: str) -> bytes:
    try:
        return response.read(BLOCK_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(url, error) from error


def _unreachable(url: str, error: Exception) -> DownloadError:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    return DownloadError(
        f"{url}: can't be reached ({reason}); try again to go on from here, or copy the database from another "
        "machine and give its folder with --records. The shipped excerpts and --synthetic need no download"
    )


def _sum_of(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
