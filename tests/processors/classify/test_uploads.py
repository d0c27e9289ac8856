"""An upload is read into memory, and no further than its limit."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from processors.classify.uploads import FORM_BYTES, TooLargeError, base_name, read_upload
from wardbeat.errors import UploadError

MOST_BYTES = 3_000_000


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async def read(request: Request) -> JSONResponse:
        try:
            upload = await read_upload(request, MOST_BYTES, most_files=3)
        except UploadError as error:
            return JSONResponse({"problem": str(error), "large": isinstance(error, TooLargeError)}, 422)
        return JSONResponse({"files": {name: len(data) for name, data in upload.files.items()}, **upload.fields})

    app = Starlette(routes=[Route("/", read, methods=["POST"])])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as opened:
        yield opened


async def test_files_and_fields_are_read(client: httpx.AsyncClient) -> None:
    files = [("files", ("a.hea", b"12")), ("files", ("a.dat", b"345")), ("other", ("b", b""))]
    answer = await client.post("/", files=files, data={"fs_hz": "250"})
    assert answer.json() == {"files": {"a.hea": 2, "a.dat": 3, "b": 0}, "fs_hz": "250"}


async def test_nothing_is_written_to_disk(
    client: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))  # a file there would be an error
    answer = await client.post("/", files={"file": ("a", bytes(2_900_000))})
    assert answer.json() == {"files": {"a": 2_900_000}}


@pytest.mark.parametrize("says", [True, False], ids=["that says its length", "that does not"])
async def test_an_upload_over_the_limit_is_refused_before_it_is_read(client: httpx.AsyncClient, says: bool) -> None:
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(1000):
            sent += 65_536
            yield bytes(65_536)

    headers = {"content-type": "multipart/form-data; boundary=x"}
    if says:
        headers["content-length"] = str(1000 * 65_536)
    answer = await client.post("/", content=body(), headers=headers)
    assert answer.json() == {"problem": "the upload is larger than 2 MB; send a smaller file", "large": True}
    assert sent <= MOST_BYTES + FORM_BYTES + 2 * 65_536


@pytest.mark.parametrize(
    ("request_parts", "problem"),
    [
        ({"content": b"raw"}, "send multipart/form-data"),
        ({"data": {"a": "b"}, "files": {"fs": (None, "250")}}, "the form has no file"),
        ({"files": [("f", ("a/x.dat", b"")), ("f", ("b\\x.dat", b""))]}, "two files have the name 'x.dat'"),
        ({"files": [("f", (str(n), b"")) for n in range(4)]}, "Too many files"),
        ({"content": b"--", "headers": {"content-type": "multipart/form-data"}}, "the form can't be read"),
        ({"content": b"--y", "headers": {"content-type": "multipart/form-data; boundary=x"}}, "the form"),
    ],
)
async def test_a_form_that_can_not_be_used_is_refused(
    client: httpx.AsyncClient, request_parts: dict[str, object], problem: str
) -> None:
    answer = await client.post("/", **request_parts)  # type: ignore[arg-type]
    assert problem in answer.json()["problem"]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("a.png", "a.png"),
        ("/tmp/x/a.png", "a.png"),
        ("C:\\files\\a.png", "a.png"),
        ("../..", "file"),
        ("", "file"),
        ("a\x00\nb", "ab"),
        ("é" * 300, "é" * 200),
    ],
)
def test_a_name_has_no_folder(given: str, name: str) -> None:
    assert base_name(given) == name
