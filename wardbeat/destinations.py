"""The rules of files and folders that people name: where Wardbeat reads, and where it may write.

A destination is checked before the work begins, so that no result is lost for want of a folder.
"""

import errno
import os
from pathlib import Path
from typing import Final

from wardbeat.contracts.rules import LONGEST_SHOWN, printable
from wardbeat.errors import InvalidValueError

_ABOUT_FILES: Final = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EROFS,
        errno.EACCES,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.ENAMETOOLONG,
    }
)


def is_about_a_file(error: OSError) -> bool:
    """Whether the system could not open or write a file for a reason that the user can remove, such as a full disk."""
    return error.errno in _ABOUT_FILES


def named_path(text: str | os.PathLike[str]) -> Path:
    """A path that this system can hold, whether something is there or not.

    Raises
    ------
    InvalidValueError
        If it is empty, too long, or has control characters or bytes that are no UTF-8.
    """
    given = os.fspath(text)
    if not given.strip():
        raise InvalidValueError("a path has at least one character; name a file or folder")
    if not printable(given):
        raise InvalidValueError(f"path {given[:LONGEST_SHOWN]!r} has control characters or is not UTF-8; rename it")
    try:
        Path(given).exists()
    except OSError as error:
        raise InvalidValueError(f"path {given[:LONGEST_SHOWN]}…: {error.strerror}; give another") from error
    return Path(given)


def file_to_write(text: str | os.PathLike[str]) -> Path:
    """A file that can be written: its folder exists, and it is no folder itself.

    Raises
    ------
    InvalidValueError
        If it can't be written there.
    """
    file = named_path(text)
    if file.is_dir():
        raise InvalidValueError(f"{file} is a folder; name a file")
    if not file.parent.is_dir():
        raise InvalidValueError(f"{file}: there is no folder {file.parent}; make it, or name another file")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise InvalidValueError(f"{file} can't be written (permission denied); name another file")
    return file


def folder_to_write(text: str | os.PathLike[str]) -> Path:
    """A folder that can be written, or made: no part of its path is a file.

    Raises
    ------
    InvalidValueError
        If it can't be made a folder.
    """
    folder = named_path(text)
    there = next((one for one in (folder, *folder.parents) if one.exists()), Path())
    if not there.is_dir():
        raise InvalidValueError(f"{folder} can't be made a folder, because {there} is a file; name another")
    if not os.access(there, os.W_OK):
        raise InvalidValueError(f"{folder} can't be made a folder, because {there} can't be written; name another")
    return folder
