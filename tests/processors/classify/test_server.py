"""The process of the classify service."""

import asyncio
import os
import signal
import socket

import httpx
import pytest
from pydantic import HttpUrl

from dashboard.classify_client import ClassifyClient, UploadedFile
from models.pictures import PICTURE_CLASSES
from processors.classify.classifiers import Classifiers
from processors.classify.server import serve
from tests.support.drawn_pictures import as_file, beat_picture
from tests.support.limits import WAIT_S
from tests.support.uploads import excerpt_files
from wardbeat.errors import ClassifyError, SettingsError
from wardbeat.observability.instruments import Instruments

HOSTS = ("127.0.0.1",)


async def test_it_serves_until_a_signal(classifiers: Classifiers) -> None:
    announced: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    instruments = Instruments()
    serving = asyncio.create_task(serve(classifiers, HOSTS, ("127.0.0.1", 0), announced.set_result, instruments))
    url = await asyncio.wait_for(announced, WAIT_S)
    async with httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("/healthz")).json() == {"picture": None, "twelve_lead": None}
        assert (await client.post("/api/v1/classify/picture")).status_code == 403
    assert instruments.probes.not_alive() is None
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, WAIT_S)


async def test_the_client_of_the_dashboard_reads_its_answers(classifiers: Classifiers) -> None:
    announced: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(classifiers, HOSTS, ("127.0.0.1", 0), announced.set_result, Instruments()))
    client = ClassifyClient(HttpUrl(await asyncio.wait_for(announced, WAIT_S)))
    picture = await client.picture(UploadedFile("a.png", as_file(beat_picture())))
    assert picture.beat in PICTURE_CLASSES
    assert picture.saliency
    assert (await client.picture(UploadedFile("a.png", b"text"))).refused
    record = await client.record([UploadedFile(name, data) for name, data in excerpt_files("100").items()])
    assert record.monitor is not None
    assert record.monitor.beats["N"] > 100
    assert len(record.strips) == 2
    with pytest.raises(ClassifyError, match="needs its header"):
        await client.record([UploadedFile("a.dat", bytes(100))])
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_an_address_that_is_taken_is_named(classifiers: Classifiers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"classify address 127\.0\.0\.1:{port}"):
            await serve(classifiers, HOSTS, ("127.0.0.1", port), print, Instruments())
