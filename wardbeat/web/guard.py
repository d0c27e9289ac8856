"""Checks Host and Origin of every HTTP request and WebSocket, and sets the security headers of every response.

The check of Host stops DNS rebinding. The check of Origin stops pages of other sites: they could otherwise act, or read
the live feed, through a browser in the hospital's network.
"""

from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

ACT_HEADER = "x-wardbeat"
"""A program without an Origin must send this header, with any value, to act. Pages of other sites can't send it."""
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_WEBSOCKET_POLICY_VIOLATION = 1008


class Guard:
    """ASGI middleware that refuses foreign hosts and origins before any other code sees the request.

    Parameters
    ----------
    app : ASGIApp
    hosts : iterable of str
        Host names, without ports, by which browsers and programs may call this server.
    hosts_setting : str
        The variable that sets them, for the message of a refusal.
    script_hashes : callable, optional
        Returns Content-Security-Policy sources of the inline scripts that Dash needs. It is called for each response,
        because Dash adds some of its scripts at the first request.
    """

    def __init__(
        self, app: ASGIApp, hosts: Iterable[str], hosts_setting: str, script_hashes: Callable[[], Iterable[str]] = tuple
    ) -> None:
        self.app = app
        self.hosts_setting = hosts_setting
        self.hosts = frozenset(host.lower() for host in hosts)
        self.script_hashes = script_hashes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        problem = self.problem(scope)
        if problem is None:
            await self.app(scope, receive, self._with_headers(send))
        elif scope["type"] == "websocket":
            # Close before accepting: the client gets HTTP 403.
            await WebSocketClose(_WEBSOCKET_POLICY_VIOLATION, problem[1])(scope, receive, send)
        else:
            await JSONResponse({"detail": problem[1]}, status_code=problem[0])(scope, receive, send)

    def problem(self, scope: Scope) -> tuple[int, str] | None:
        """The HTTP status and the reason of a refusal; None if the request is allowed."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        origin = headers.get("origin")
        if _name_of(host) not in self.hosts:
            return 421, f"host {host[:80]!r} is not a host of this server; add it to {self.hosts_setting}"
        if scope["type"] == "websocket":
            if origin is None or not _same_origin(origin, host):
                return 403, "only this server's own pages may open a WebSocket (Origin)"
            return None
        if scope["method"] in _READING:
            return None
        if origin is None and ACT_HEADER not in headers:
            return 403, f"without an Origin, send the header {ACT_HEADER}"
        if origin is not None and not _same_origin(origin, host):
            return 403, "only this server's own pages may act here (Origin)"
        return None

    def _with_headers(self, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _security_headers(self.script_hashes()):
                    headers.setdefault(name, value)
            await send(message)

        return send_with_headers


def _security_headers(script_hashes: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The headers of every response."""
    policy = (
        "default-src 'self'",
        " ".join(("script-src 'self'", *script_hashes)),
        "style-src 'self' 'unsafe-inline'",  # Plotly and Dash set styles of elements
        "img-src 'self' data: blob:",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "base-uri 'none'",
    )
    yield "content-security-policy", "; ".join(policy)
    yield "x-content-type-options", "nosniff"
    yield "referrer-policy", "same-origin"
    yield "cache-control", "no-cache"  # load new files after an upgrade; Dash's bundles set their own


def _name_of(host: str) -> str:
    """The lower-case name in a Host header, without the port; empty if the header is invalid."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _same_origin(origin: str, host: str) -> bool:
    """Whether an Origin header names the same host and port as the Host header."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()
