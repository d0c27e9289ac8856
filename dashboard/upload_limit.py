"""Limits the uploads of a path, so that they take little memory and time of a process that shows live ECG."""

import asyncio
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

AT_ONCE: Final = 2
"""Each upload takes about five times its size while it is read."""
SMALL_BYTES: Final = 64 * 1024
"""A request up to this size has no file in it and waits for none."""


class UploadLimit:
    """ASGI middleware: requests to one path have a largest size, and only few of the large ones run at a time.

    Parameters
    ----------
    app : ASGIApp
    path : str
        The path that takes uploads.
    most_bytes : int
        The largest upload, before the browser codes it as base64, which takes four bytes for three.
    """

    def __init__(self, app: ASGIApp, path: str, most_bytes: int) -> None:
        self.app = app
        self.path = path
        self.most_bytes = most_bytes * 4 // 3 + SMALL_BYTES
        self._running = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self.path or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        # The server refuses a length that is no number, and reads no more than it says.
        length = Headers(scope=scope).get("content-length")
        if length is None:
            await JSONResponse({"detail": "state the length of the upload (Content-Length)"}, 411)(scope, receive, send)
        elif int(length) > self.most_bytes:
            detail = f"at most {self.most_bytes} bytes, {length} given; send a smaller file"
            await JSONResponse({"detail": detail}, 413)(scope, receive, send)
        elif int(length) <= SMALL_BYTES:
            await self.app(scope, receive, send)
        else:
            async with self._running:
                await self.app(scope, receive, send)
