import asyncio

import pytest

from dashboard.feed.outbox import Outbox


async def synced(max_waves: int = 3, max_alerts: int = 2) -> Outbox:
    outbox = Outbox(max_waves, max_alerts)
    assert await outbox.take() is False  # the full list is the first frame
    return outbox


async def test_alerts_go_before_the_ward_and_the_ward_before_waveforms() -> None:
    outbox = await synced()
    outbox.put_wave(b"wave")
    outbox.put_ward("ward")
    outbox.put_alert("a", "alert")
    assert [await outbox.take() for _ in range(3)] == ["alert", "ward", b"wave"]


async def test_a_slow_browser_loses_the_oldest_waveforms_only() -> None:
    outbox = await synced()
    for number in range(5):
        outbox.put_wave(bytes([number]))
        outbox.put_ward(f"ward {number}")
    assert outbox.dropped == 2
    assert [await outbox.take() for _ in range(4)] == ["ward 4", b"\2", b"\3", b"\4"]


async def test_only_the_newest_change_of_an_alert_is_sent() -> None:
    outbox = await synced()
    outbox.put_alert("a", "a raised")
    outbox.put_alert("b", "b raised")
    outbox.put_alert("a", "a acknowledged")
    assert [await outbox.take() for _ in range(2)] == ["b raised", "a acknowledged"]


async def test_too_many_changes_become_the_full_list() -> None:
    outbox = await synced()
    for alert_id in "abc":
        outbox.put_alert(alert_id, alert_id)
    outbox.put_alert("d", "d")  # the list is made when it is sent, so it contains d
    assert await outbox.take() is False
    outbox.put_ward("ward")
    assert await outbox.take() == "ward"


async def test_taking_waits_for_something_to_send() -> None:
    outbox = await synced()
    taking = asyncio.create_task(outbox.take())
    await asyncio.sleep(0)
    assert not taking.done()
    outbox.put_ward("ward")
    assert await asyncio.wait_for(taking, 1) == "ward"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(outbox.take(), 0.01)
