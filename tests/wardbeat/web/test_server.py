import asyncio
import os
import signal
import socket

import httpx
import pytest
from fastapi import FastAPI

from tests.support.limits import WAIT_S
from wardbeat.errors import SettingsError
from wardbeat.web.server import AnnouncingServer, listen, server_config

LOOPBACK = ("127.0.0.1", "::1")


@pytest.mark.parametrize("host", LOOPBACK)
def test_a_free_port_is_chosen_for_either_family(host: str) -> None:
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with listen("test", host, 0) as listener:
        assert listener.getsockname()[1] > 0


def test_an_address_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"test address 127\.0\.0\.1:{port}: .*--port"):
            listen("test", "127.0.0.1", port)


async def test_a_server_announces_when_it_serves_and_a_signal_ends_it() -> None:
    app = FastAPI()

    @app.get("/")
    def read() -> str:
        return "read"

    announced: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    with listen("test", "127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        server = AnnouncingServer(server_config(app), lambda: announced.set_result(None))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await asyncio.wait_for(announced, WAIT_S)
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{port}/")
        assert (answer.json(), "server" in answer.headers) == ("read", False)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(serving, WAIT_S)
