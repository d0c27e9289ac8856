"""The limit of uploads, as a real application has it."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from dashboard.upload_limit import AT_ONCE, SMALL_BYTES, UploadLimit
from tests.support.limits import WAIT_S

MOST_BYTES = 300_000
AS_BASE64 = MOST_BYTES * 4 // 3


class Answers:
    """An application that counts how many requests it answers at the same time."""

    def __init__(self) -> None:
        self.running = 0
        self.most = 0
        self.go = asyncio.Event()
        self.go.set()
        self.full = asyncio.Event()

    async def answer(self, request: Request) -> PlainTextResponse:
        """The length of the body."""
        self.running += 1
        self.most = max(self.most, self.running)
        if self.running == AT_ONCE + 1:
            self.full.set()
        await self.go.wait()
        self.running -= 1
        return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def client(answers: Answers) -> httpx.AsyncClient:
    app = Starlette(routes=[Route(path, answers.answer, methods=["GET", "POST"]) for path in ("/upload", "/other")])
    app.add_middleware(UploadLimit, path="/upload", most_bytes=MOST_BYTES)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ward.example")


@pytest.mark.parametrize(("size", "status"), [(0, 200), (AS_BASE64, 200), (AS_BASE64 + SMALL_BYTES + 1, 413)])
async def test_an_upload_has_a_largest_size(client: httpx.AsyncClient, size: int, status: int) -> None:
    answer = await client.post("/upload", content=b"x" * size)
    assert answer.status_code == status
    assert answer.text == str(size) if status == 200 else "smaller file" in answer.json()["detail"]


async def test_other_paths_and_methods_have_none(client: httpx.AsyncClient) -> None:
    assert (await client.post("/other", content=b"x" * 2 * AS_BASE64)).text == str(2 * AS_BASE64)
    assert (await client.get("/upload")).status_code == 200


async def test_a_length_must_be_stated(client: httpx.AsyncClient) -> None:
    async def parts() -> AsyncIterator[bytes]:  # a body of unknown length
        yield b"x"

    assert (await client.post("/upload", content=parts())).status_code == 411


async def test_few_large_uploads_run_at_a_time_and_small_requests_pass_them(
    client: httpx.AsyncClient, answers: Answers
) -> None:
    answers.go.clear()
    large = [asyncio.create_task(client.post("/upload", content=b"x" * AS_BASE64)) for _ in range(AT_ONCE + 3)]
    small = asyncio.create_task(client.post("/upload", content=b"x"))
    await asyncio.wait_for(answers.full.wait(), WAIT_S)
    for _ in range(100):  # turns of the loop in which a third large one could begin
        await asyncio.sleep(0)
    assert answers.running == AT_ONCE + 1, "the small one, and no third large one"
    answers.go.set()
    assert {answer.status_code for answer in await asyncio.gather(*large, small)} == {200}
    assert answers.most == AT_ONCE + 1
