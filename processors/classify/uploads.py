"""Reads the multipart body of an upload into memory, and no further than its limit."""

from collections.abc import AsyncGenerator
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final, NamedTuple

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from wardbeat.errors import UploadError

MOST_PICTURE_BYTES: Final = 20 * 1024 * 1024
MOST_RECORD_BYTES: Final = 32 * 1024 * 1024
MOST_FILES: Final = 40
"""A multi-segment record has two files for each segment."""
MOST_FIELDS: Final = 8
LONGEST_NAME: Final = 200
FORM_BYTES: Final = 64 * 1024
"""What the form itself may take, beside its files."""


class TooLargeError(UploadError):
    """An upload is larger than its limit."""


class Upload(NamedTuple):
    """The files of an upload, contents by name, and its other fields."""

    files: dict[str, bytes]
    fields: dict[str, str]


class _InMemory(MultiPartParser):
    """Keeps files in memory, where Starlette's own parser writes those above 1 MB to disk."""

    spool_max_size = MOST_RECORD_BYTES + FORM_BYTES


async def read_upload(request: Request, most_bytes: int, most_files: int) -> Upload:
    """Read the files of a request.

    Raises
    ------
    TooLargeError
        If it has more than ``most_bytes``, whatever it says about its length.
    UploadError
        If it is no multipart form, has no file, too many, or two of one name.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise UploadError("send multipart/form-data with the files; see /api/v1/classify/openapi.json")
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > most_bytes + FORM_BYTES:
        raise _too_large(most_bytes)
    parser = _InMemory(request.headers, _limited(request, most_bytes), max_files=most_files, max_fields=MOST_FIELDS)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise UploadError(f"the form can't be read ({error.message}); send it again") from error
    try:
        return await _contents(form)
    finally:
        await form.close()


async def _contents(form: FormData) -> Upload:
    files: dict[str, bytes] = {}
    fields: dict[str, str] = {}
    for name, value in form.multi_items():
        if not isinstance(value, UploadFile):
            fields[name] = value
            continue
        file = base_name(value.filename or "")
        if file in files:
            raise UploadError(f"two files have the name {file!r}; send the files of one record")
        files[file] = await value.read()
    if not files:
        raise UploadError("the form has no file; send one in the field `file`")
    return Upload(files, fields)


def base_name(name: str) -> str:
    """A file's name without folders and control characters."""
    last = PurePosixPath(PureWindowsPath(name).as_posix()).name
    printable = "".join(letter for letter in last if letter.isprintable())[:LONGEST_NAME]
    return printable if printable.strip(". ") else "file"


async def _limited(request: Request, most_bytes: int) -> AsyncGenerator[bytes, None]:
    """The body of a request; an error as soon as it is longer than its limit."""
    taken = 0
    async for part in request.stream():
        taken += len(part)
        if taken > most_bytes + FORM_BYTES:
            raise _too_large(most_bytes)
        yield part


def _too_large(most_bytes: int) -> TooLargeError:
    return TooLargeError(f"the upload is larger than {most_bytes // 1024 // 1024} MB; send a smaller file")
