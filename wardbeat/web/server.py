"""The socket, the configuration and the end of every web server of Wardbeat."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from wardbeat.errors import SettingsError

SHUTDOWN_S = 1


def listen(what: str, host: str, port: int) -> socket.socket:
    """Open a listening socket first, so that a taken port is an error before anything else starts.

    Parameters
    ----------
    what : str
        The name of the server, for the message.
    host : str
    port : int
        0 takes a free one.

    Raises
    ------
    SettingsError
        If the process can't listen on the address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"{what} address {host}:{port}: {error.strerror or error}; choose another with --host and --port"
        ) from error
    return listener


def server_config(app: ASGIApp, **options: Any) -> uvicorn.Config:
    """The configuration of a server: our own log lines, no line a request, and ``options`` of uvicorn."""
    return uvicorn.Config(
        app,
        log_config=None,  # use our own log configuration
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
        **options,
    )


class AnnouncingServer(uvicorn.Server):
    """A server that announces when it serves. A signal ends it with exit code 0."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals. uvicorn's own version raises the signal again at the end, so an end looks like a failure."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
