"""Downloads WFDB databases from PhysioNet or a mirror of it: file by file, with checksums.

A database publishes the SHA-256 of its files in SHA256SUMS.txt. A file gets its name only when its sum is right, so a
file that exists is complete. A second run downloads only what is missing or changed.
"""

import io
import logging
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, NamedTuple

import pooch  # type: ignore[import-untyped] # it ships no types
import requests

from wardbeat.errors import DownloadError, root_cause

PHYSIONET: Final = "https://physionet.org/files"
TIMEOUT_S: Final = 30.0
BLOCK_BYTES: Final = 1 << 16
OTHER_FILES: Final = frozenset({"RECORDS", "ANNOTATORS", "LICENSE.txt"})
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
_get: Final = pooch.HTTPDownloader(timeout=TIMEOUT_S, chunk_size=BLOCK_BYTES)

pooch.get_logger().setLevel(logging.WARNING)  # the caller shows the progress


class DownloadProgress(NamedTuple):
    """How many files of the database are complete, and the newest of them."""

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
    """Download the records of a database into a folder.

    Parameters
    ----------
    name : str
        As in the address of the database, such as ``mitdb``.
    folder : Path
    version : str
    base_url : str
        The server, up to the name.
    on_progress : callable
        Called after each file.

    Returns
    -------
    int
        The number of files that were downloaded; files that are complete already do not count.

    Raises
    ------
    DownloadError
        If there is no such database, the server can't be reached, or the sum of a file is wrong. Complete files stay.
    """
    if not _NAME.fullmatch(name):
        raise DownloadError(f"database {name!r}: a name is small letters, digits and '-'; `mitdb` is one")
    url = f"{base_url.rstrip('/')}/{name}/{version}"
    sums = _sums(url)
    wanted = _wanted(sums, _text(f"{url}/RECORDS").split())
    if not wanted:
        raise DownloadError(f"{url}: lists no WFDB record to download; choose another database")
    downloaded: list[str] = []

    def download(file_url: str, path: str, _database: pooch.Pooch) -> None:
        _download(file_url, path)
        Path(path).chmod(0o644)  # pooch's temporary files are private
        downloaded.append(file_url)

    database = pooch.Pooch(path=folder.absolute(), base_url=f"{url}/", registry={file: sums[file] for file in wanted})
    for done, file in enumerate(wanted, start=1):
        try:
            database.fetch(file, downloader=download)
        except ValueError as error:
            raise DownloadError(
                f"{url}/{file}: its SHA-256 is not the published one; run the same command again"
            ) from error
        on_progress(DownloadProgress(done, len(wanted), file))
    return len(downloaded)


def _wanted(sums: dict[str, str], records: list[str]) -> list[str]:
    """The files of the records. RECORDS comes last: it shows that all others are complete."""
    listed = set(records)
    files = [file for file in sums if file in OTHER_FILES or str(PurePosixPath(file).with_suffix("")) in listed]
    return sorted(files, key=lambda file: (file == "RECORDS", file))


def _sums(url: str) -> dict[str, str]:
    """SHA-256 by path; a path outside the folder is refused."""
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


def _text(url: str) -> str:
    content = io.BytesIO()
    _download(url, content)
    return content.getvalue().decode("utf-8", errors="replace")


def _download(url: str, target: str | BinaryIO) -> None:
    if not url.startswith(("http://", "https://")):
        raise DownloadError(f"{url}: an address begins with https:// or http://; correct it")
    try:
        _get(url, target, None)
    except requests.HTTPError as error:
        answer = error.response
        status = error if answer is None else f"{answer.status_code} {answer.reason}"
        raise DownloadError(
            f"{url}: the server answers {status}; check the name of the database and its version"
        ) from error
    except requests.RequestException as error:
        raise DownloadError(
            f"{url}: can't be reached ({root_cause(error)}); run the same command again, which downloads only what is "
            "missing, or copy the database from another machine and name its folder with --records. The shipped "
            "excerpts and --synthetic need no download"
        ) from error
