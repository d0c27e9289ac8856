"""The metrics and the readiness probe of a dashboard."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from dashboard.feed.live import Live
from dashboard.feed.outbox import Outbox
from dashboard.metrics import show_dashboard
from dashboard.views import BedView, WardView, alert_view
from tests.support.samples import make_alert
from wardbeat.care.alert_lifecycle import AlertRecord
from wardbeat.observability.instruments import Instruments
from wardbeat.observability.metrics import METRICS
from wardbeat.store.redis_client import connect


@pytest.fixture
async def live() -> AsyncIterator[Live]:
    """A feed that does not run."""
    async with connect("redis://127.0.0.1:1/0") as redis:
        yield Live(redis)


def values(instruments: Instruments) -> dict[str, float]:
    return {
        "".join((sample.name, *(f":{value}" for value in sample.labels.values()))): sample.value
        for family in instruments.registry.collect()
        for sample in family.samples
    }


async def test_a_dashboard_has_all_its_documented_metrics(live: Live) -> None:
    instruments = Instruments(["redis"])
    show_dashboard(instruments, live)
    shown = {family.name for family in instruments.registry.collect()}
    assert {name.removesuffix("_total") for name in METRICS if name.startswith("wardbeat_dashboard_")} <= shown
    assert instruments.probes.problems() == {"redis": "Wardbeat's dashboard is starting"}


async def test_metrics_have_the_state_of_the_feed(live: Live) -> None:
    instruments = Instruments(["redis"])
    show_dashboard(instruments, live)
    beds = [BedView(stream_id="bed-1", monitored=True), BedView(stream_id="bed-2", monitored=False, reason="NO DATA")]
    live.ward = WardView(problem=None, beds=beds, escalates=True)
    of_canary = msgspec.structs.replace(make_alert("asystole"), origin="canary")
    live.alerts = {
        "a": alert_view(AlertRecord(make_alert("asystole"), "active", 1, 1, 1)),
        "b": alert_view(AlertRecord(of_canary, "active", 1, 1, 1)),
    }
    slow = Outbox(max_waves=2)
    for _ in range(5):
        slow.put_wave(b"frame")
    live._looks[slow] = None
    seen = values(instruments)
    assert instruments.probes.problems() == {"redis": None}
    assert (seen["wardbeat_dashboard_beds:yes"], seen["wardbeat_dashboard_beds:no"]) == (1, 1)
    assert seen["wardbeat_dashboard_open_alerts:high"] == 1
    assert seen["wardbeat_dashboard_open_alerts:low"] == 0
    assert seen["wardbeat_dashboard_escalates"] == 1
    assert seen["wardbeat_dashboard_browsers"] == 1
    assert seen["wardbeat_dashboard_outbox_frames"] == 2
    assert seen["wardbeat_dashboard_dropped_frames_total"] == 3
