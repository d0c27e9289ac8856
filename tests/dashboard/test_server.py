"""What the dashboard serves, and from where."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from dashboard.server import ASSETS, serve
from tests.support.limits import WAIT_S
from wardbeat.errors import SettingsError
from wardbeat.observability.instruments import Instruments
from wardbeat.settings import Settings


@pytest.mark.slow
async def test_pages_api_and_health_are_served_with_security_headers(api: httpx.AsyncClient) -> None:
    for path, kind in (("/", "text/html"), ("/api/v1/alerts", "application/json"), ("/healthz", "application/json")):
        answer = await api.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        assert "script-src 'self' 'sha256-" in answer.headers["content-security-policy"]


@pytest.mark.slow
async def test_every_route_of_the_api_is_described(api: httpx.AsyncClient) -> None:
    paths = (await api.get("/api/v1/openapi.json")).json()["paths"]
    assert {"/api/v1/streams", "/api/v1/alerts/{alert_id}/acknowledge", "/api/v1/beds/{stream_id}/admit"} <= set(paths)
    assert {"/api/v1/streams/{stream_id}/off", "/api/v1/ward/pause", "/api/v1/escalation", "/healthz"} <= set(paths)


@pytest.mark.slow
async def test_foreign_hosts_are_refused_before_any_route(api: httpx.AsyncClient) -> None:
    for path in ("/", "/api/v1/alerts", "/assets/main.js", "/healthz"):
        assert (await api.get(path, headers={"host": "evil.example"})).status_code == 421


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """The address of a dashboard that serves without a Redis."""
    announced: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    settings = Settings(redis_url="redis://127.0.0.1:1/0")
    serving = asyncio.create_task(serve(settings, "127.0.0.1", 0, announced.set_result, Instruments(["redis"])))
    yield await asyncio.wait_for(announced, WAIT_S)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_every_page_is_one_document_with_all_styles_and_scripts_even_without_redis(address: str) -> None:
    async with httpx.AsyncClient(base_url=address) as client:
        for path in ("/", "/patient/bed-1"):
            page = await client.get(path)
            assert page.status_code == 200
            assert "NOT MONITORED. This page needs JavaScript." in page.text
            for asset in ("icon.svg", "base.css", "ward.css", "patient.css", "main.js"):
                assert f"/assets/{asset}" in page.text
                assert (await client.get(f"/assets/{asset}")).content == (ASSETS / asset).read_bytes()
        assert (await client.get("/healthz")).status_code == 503


async def test_an_address_that_is_taken_is_named() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(SettingsError, match=f"127.0.0.1:{port}.*--port"):
        await serve(Settings(), "127.0.0.1", port, print, Instruments(["redis"]))
    server.close()
