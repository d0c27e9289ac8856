"""Writes files and folders so that no reader sees a half-written one.

Each is written under a temporary name in the same folder and renamed when it is complete.
"""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wardbeat.errors import WardbeatError


@contextmanager
def atomic_file(file: Path) -> Iterator[Path]:
    """A temporary path beside ``file``; when the block ends without an error, it replaces ``file``.

    Parameters
    ----------
    file : Path
        Its folder must exist. The temporary path has the same suffix, and another name at each call, so that two
        processes may write the same file: the last one that ends wins.

    Raises
    ------
    OSError
        If the file can't be written there.

    Examples
    --------
    >>> with atomic_file(Path("settings.json")) as temporary:
    ...     temporary.write_text("{}")
    """
    temporary = file.with_name(f".{file.stem}.{uuid.uuid4().hex[:8]}.partial{file.suffix}")
    try:
        yield temporary
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(folder: Path, marker: str, error: type[WardbeatError], what: str) -> Iterator[Path]:
    """A temporary folder; when the block ends without an error, it replaces ``folder``.

    Parameters
    ----------
    folder : Path
        An existing folder is replaced only if it has the marker, or is empty.
    marker : str
        A file that every folder of this kind has.
    error : type
        The error to raise.
    what : str
        The name of the kind in error messages.

    Raises
    ------
    WardbeatError
        If ``folder`` exists without the marker, or cannot be written.
    """
    if folder.exists() and not (folder / marker).is_file() and any(folder.iterdir() if folder.is_dir() else [folder]):
        raise error(f"{what} {folder}: it exists and has no {marker}; choose a new folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent)
    except OSError as problem:
        raise error(f"{what} {folder}: can't be written ({problem.strerror}); choose another folder") from problem
    with scratch as temporary:
        new, old = Path(temporary) / "new", Path(temporary) / "old"
        new.mkdir()
        yield new
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
