"""``/api/v1/classify``: pictures of single beats and records of 1 to 12 leads, answered one at a time.

Served are:

- ``POST /api/v1/classify/picture`` with one picture, in the field ``file``
- ``POST /api/v1/classify/record`` with the files of one record, in ``files``; ``fs_hz`` for a CSV without a time column
- ``GET /healthz``: whether the networks are there
- ``GET /api/v1/classify/openapi.json``

:mod:`wardbeat.web.guard` checks every request before all of these. The work runs in one thread, so that the server
answers meanwhile; few uploads wait, the others get a 503.
"""

import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, FastAPI, HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from processors.classify.answers import PictureResult, RecordResult, ServiceHealth
from processors.classify.classifiers import NOT_INSTALLED, Classifiers
from processors.classify.uploads import (
    MOST_FILES,
    MOST_PICTURE_BYTES,
    MOST_RECORD_BYTES,
    TooLargeError,
    Upload,
    read_upload,
)
from wardbeat import __version__
from wardbeat.errors import BundleError, UploadError
from wardbeat.web.guard import Guard

PREFIX: Final = "/api/v1/classify"
AT_ONCE: Final = 3
"""Uploads that are read or wait; each may take 64 MB, and 300 MB more when its turn comes."""

_Result = TypeVar("_Result")


class Turns:
    """Lets few uploads in, and one at a time to work."""

    def __init__(self) -> None:
        self.taken = 0
        self._one = anyio.CapacityLimiter(1)

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[None]:
        """Count an upload from its first byte to its answer; HTTP 503 if too many are there."""
        if self.taken >= AT_ONCE:
            raise HTTPException(503, f"{AT_ONCE} uploads are in work already; try again in some seconds")
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """Do work in a thread, when its turn comes."""
        return await run_sync(work, limiter=self._one)


def create_app(classifiers: Classifiers, hosts: tuple[str, ...]) -> FastAPI:
    """The whole web application.

    Parameters
    ----------
    classifiers : Classifiers
    hosts : tuple of str
        Host names, without ports, by which it may be called.
    """
    # FastAPI's own documentation pages load scripts from other servers; the OpenAPI description stays.
    app = FastAPI(
        title="Wardbeat classify",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
    )
    turns = Turns()
    app.include_router(classify_routes(classifiers, turns))
    app.include_router(health_routes(classifiers))
    for error, handler in ERROR_HANDLERS.items():
        app.add_exception_handler(error, handler)
    app.add_middleware(Guard, hosts=hosts, hosts_setting="WARDBEAT_CLASSIFY_HOSTS")
    return app


def classify_routes(classifiers: Classifiers, turns: Turns) -> APIRouter:
    """The routes that take uploads."""
    routes = APIRouter(prefix=PREFIX, tags=["classify"])

    @routes.post("/picture", openapi_extra=_form("file", many=False))
    async def picture(request: Request) -> PictureResult:
        """The class of the beat in a picture, or why the picture is refused."""
        async with turns.entered():
            upload = await read_upload(request, MOST_PICTURE_BYTES, most_files=1)
            return await turns.run(lambda: _picture(classifiers, upload))

    @routes.post("/record", openapi_extra=_form("files", many=True))
    async def record(request: Request) -> RecordResult:
        """What the networks of twelve leads and the ward's monitor say about a record."""
        async with turns.entered():
            upload = await read_upload(request, MOST_RECORD_BYTES, most_files=MOST_FILES)
            fs_hz = sampling_rate(upload.fields.get("fs_hz"))
            return await turns.run(lambda: _record(classifiers, upload, fs_hz))

    return routes


def health_routes(classifiers: Classifiers) -> APIRouter:
    """``/healthz`` for a supervisor of processes. A missing bundle is no failure of the process."""
    routes = APIRouter(tags=["operation"])

    @routes.get("/healthz")
    async def healthz() -> ServiceHealth:
        """For each classifier the problem that keeps it from answering."""
        problems = await run_sync(classifiers.problems)
        return ServiceHealth(**{name: problem and NOT_INSTALLED for name, problem in problems.items()})

    return routes


def sampling_rate(given: str | None) -> float | None:
    """The field ``fs_hz`` of a form.

    Raises
    ------
    UploadError
        If it is no positive number.
    """
    if given is None or not given.strip():
        return None
    try:
        fs_hz = float(given)
    except ValueError:
        fs_hz = math.nan
    if not 0 < fs_hz < math.inf:
        raise UploadError(f"the field fs_hz is the sampling rate in Hz, {given[:20]!r} given; correct it")
    return fs_hz


async def upload_refused(_request: Request, error: Exception) -> JSONResponse:
    """The response to an upload that can't be read: 413 if it is too large, else 422, with the reason."""
    return JSONResponse({"detail": str(error)}, 413 if isinstance(error, TooLargeError) else 422)


async def no_bundle(_request: Request, _error: Exception) -> JSONResponse:
    """The response while the networks are missing: 503 with the next step."""
    return JSONResponse({"detail": NOT_INSTALLED}, 503)


ERROR_HANDLERS = {UploadError: upload_refused, BundleError: no_bundle}


def _picture(classifiers: Classifiers, upload: Upload) -> PictureResult:
    """The answer to a picture. What it needs is imported here, in the thread of the work: the first time takes 2 s."""
    from processors.classify.picture_answers import classify_picture

    ((file, data),) = upload.files.items()
    return classify_picture(classifiers.picture.get(), file, data)


def _record(classifiers: Classifiers, upload: Upload, fs_hz: float | None) -> RecordResult:
    from processors.classify.record_answers import classify_record
    from processors.classify.records import read_record

    return classify_record(classifiers.twelve_lead, classifiers.ward.get(), read_record(upload.files, fs_hz))


def _form(field: str, *, many: bool) -> dict[str, Any]:
    """The description of an upload form, which FastAPI can't read from a bare request."""
    file = {"type": "string", "format": "binary"}
    properties: dict[str, Any] = {field: {"type": "array", "items": file} if many else file}
    if many:
        properties["fs_hz"] = {"type": "number", "description": "sampling rate of a CSV without a time column"}
    schema = {"type": "object", "properties": properties, "required": [field]}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}
