"""The process of the classify service."""

import asyncio
from collections.abc import Callable

from processors.classify.app import create_app
from processors.classify.classifiers import Classifiers
from wardbeat.observability.instruments import Instruments
from wardbeat.web.server import AnnouncingServer, listen, server_config


async def serve(
    classifiers: Classifiers,
    hosts: tuple[str, ...],
    address: tuple[str, int],
    announce: Callable[[str], None],
    instruments: Instruments,
) -> None:
    """Serve until a signal ends the process.

    Parameters
    ----------
    classifiers : Classifiers
    hosts : tuple of str
        Host names by which the service may be called.
    address : (str, int)
        Host and port to listen on.
    announce : callable
        Called with the URL when it serves.
    instruments : Instruments

    Raises
    ------
    SettingsError
        If the process can't listen on the address.
    """
    host, port = address
    with listen("classify", host, port) as listener:
        url = f"http://{host}:{listener.getsockname()[1]}/"
        server = AnnouncingServer(server_config(create_app(classifiers, hosts)), lambda: announce(url))
        turning = asyncio.create_task(instruments.probes.keep_turning())
        try:
            await server.serve(sockets=[listener])
        finally:
            turning.cancel()
