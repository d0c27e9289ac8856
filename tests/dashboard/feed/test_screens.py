"""The reports of screens reach Redis and come back to every screen."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from dashboard.feed.frames import ScreenReport
from dashboard.feed.screens import ScreenBook, words_of
from dashboard.views import WardView
from wardbeat.store import redis_keys
from wardbeat.store.redis_client import connect
from wardbeat.store.screen_store import ScreenStore

WARD = WardView(problem=None, beds=[])
REPORT = ScreenReport("screen-1", sound=True)


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (REPORT, "10.0.0.7 (ward)"),
        (ScreenReport("screen-1", sound=True, shows="bed-1", name=" Station 2 "), "Station 2 (bed-1)"),
        (ScreenReport("screen-1", sound=True, shows="<b>", name="a\nb"), "10.0.0.7 (ward)"),
    ],
)
def test_the_words_of_a_screen(report: ScreenReport, words: str) -> None:
    assert words_of(report, "10.0.0.7") == words


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        yield client


@pytest.mark.slow
async def test_a_screen_is_listening_then_stopped_then_gone(redis: Redis) -> None:
    book, other = ScreenBook(redis), ScreenBook(redis)
    book.note("socket", REPORT, "10.0.0.7")
    await book.exchange()
    await other.exchange()
    assert (other.add_to(WARD).listening, other.add_to(WARD).stopped) == (1, [])
    await redis.delete(redis_keys.screen("screen-1"))
    book.disconnect("socket")
    await other.exchange()
    (stopped,) = other.add_to(WARD).stopped
    assert (stopped.screen_id, stopped.words, stopped.sound) == ("screen-1", "10.0.0.7 (ward)", True)
    book.note("another socket", ScreenReport("screen-2", sound=False, after="screen-1"), "10.0.0.7")
    await book.exchange()
    assert (book.add_to(WARD).listening, book.add_to(WARD).stopped) == (0, []), "the tab was loaded again"
    book.close("another socket")
    await book.exchange()
    assert await ScreenStore(redis).read() == ([], [])


@pytest.mark.slow
async def test_a_socket_has_one_screen(redis: Redis) -> None:
    book = ScreenBook(redis)
    for number in range(5):
        book.note("socket", ScreenReport(f"screen-{number}", sound=True), "10.0.0.7")
    await book.exchange()
    assert [screen.screen_id for screen in (await ScreenStore(redis).read()).alive] == ["screen-0"]
