"""Who may talk to the dashboard: Host and Origin of every HTTP request and WebSocket, and the headers of every answer.

The check of the host name stops DNS rebinding; that of the origin stops other sites' pages from acting, or
listening, with a browser that stands in the hospital's network.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

ACT_HEADER = "x-wardbeat"
"""A program that acts without an Origin sends this header (any value); no page of another site can."""
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_WEBSOCKET_POLICY_VIOLATION = 1008


class Guard:
    """ASGI middleware that refuses foreign hosts and origins before anything else sees them.

    Parameters
    ----------
    app : ASGIApp
    hosts : iterable of str
        Host names, without ports, that a browser may use for this dashboard.
    script_hashes : iterable of str
        Content-Security-Policy sources of the inline scripts that Dash needs.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str], script_hashes: Iterable[str] = ()) -> None:
        self.app = app
        self.hosts = frozenset(host.lower() for host in hosts)
        self.headers = {
            "content-security-policy": "; ".join(
                (
                    "default-src 'self'",
                    " ".join(("script-src 'self'", *script_hashes)),
                    "style-src 'self' 'unsafe-inline'",  # Plotly and Dash set styles of elements
                    "img-src 'self' data: blob:",
                    "frame-ancestors 'none'",
                    "form-action 'self'",
                    "base-uri 'none'",
                )
            ),
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "cache-control": "no-cache",  # asked for again after an upgrade; Dash's own bundles say otherwise
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        problem = self.problem(scope)
        if problem is None:
            await self.app(scope, receive, self._with_headers(send))
        elif scope["type"] == "websocket":
            # Closed before it is accepted: the client gets HTTP 403.
            await WebSocketClose(_WEBSOCKET_POLICY_VIOLATION, problem[1])(scope, receive, send)
        else:
            await JSONResponse({"detail": problem[1]}, status_code=problem[0])(scope, receive, send)

    def problem(self, scope: Scope) -> tuple[int, str] | None:
        """The HTTP status and the reason to refuse a request with, or None."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        origin = headers.get("origin")
        if _name_of(host) not in self.hosts:
            return 421, f"host {host[:80]!r} is not one of this dashboard's; add it to WARDBEAT_DASHBOARD_HOSTS"
        if scope["type"] == "websocket":
            if origin is None or not _same_origin(origin, host):
                return 403, "a WebSocket is opened by this dashboard's own pages only (Origin)"
            return None
        if scope["method"] in _READING:
            return None
        if origin is None and ACT_HEADER not in headers:
            return 403, f"without an Origin, send the header {ACT_HEADER}"
        if origin is not None and not _same_origin(origin, host):
            return 403, "only this dashboard's own pages may act here (Origin)"
        return None

    def _with_headers(self, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        return send_with_headers


def _name_of(host: str) -> str:
    """The name in a Host header, lower case, without its port; empty if it is no host."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _same_origin(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()
