"""Alerts and statuses in Redis: their order, and what a status shows of old samples."""

import asyncio

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from processors.worker.sinks import persist
from processors.worker.sinks.redis_sink import ALERTS_TOGETHER, RedisSink, with_age
from tests.support.samples import make_alert, make_status
from wardbeat.contracts.messages import Alert
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.history_store import HistoryStore
from wardbeat.store.live_store import LiveStore


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persist, "FIRST_WAIT_S", 0.001)
    monkeypatch.setattr(persist, "LONGEST_WAIT_S", 0.004)


def test_a_status_of_old_samples_shows_no_heart_rate() -> None:
    status = make_status(acquired_ns=10**18)
    fresh = with_age(status, 10**18 + 2 * 10**9, 10**18 + 10**9, 3.0)
    assert (fresh.state, fresh.hr_bpm, fresh.lag_s) == (status.state, status.hr_bpm, 2.0)
    late = with_age(status, 10**18 + 4 * 10**9, 10**18 + 10**9, 3.0)
    assert (late.state, late.hr_bpm, late.t_s, late.lag_s) == ("delayed", None, status.t_s, 4.0)


def test_a_device_whose_clock_is_ahead_hides_no_delay() -> None:
    arrived_ns = 10**18
    ahead = make_status(acquired_ns=arrived_ns + 60 * 10**9)
    assert with_age(ahead, arrived_ns + 10**8, arrived_ns, 3.0).lag_s == 0.1
    late = with_age(ahead, arrived_ns + 10 * 10**9, arrived_ns, 3.0)
    assert (late.state, late.hr_bpm, late.lag_s) == ("delayed", None, 10.0)


class Alerts(AlertStore):
    """Takes a moment for each alert, and keeps which alerts are being written at the same time."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.begun: list[Alert] = []
        self.under_way: set[str] = set()
        self.most = 0

    async def take(self, alert: Alert) -> bool:
        assert alert.stream_id not in self.under_way, "a patient's alerts are written one after the other"
        if alert not in self.begun:
            self.begun.append(alert)
        self.under_way.add(alert.stream_id)
        self.most = max(self.most, len(self.under_way))
        await asyncio.sleep(0)
        self.under_way.remove(alert.stream_id)
        if self.refusals:
            self.refusals -= 1
            raise RedisConnectionError("away")
        return alert.code != "pause"


@pytest.mark.parametrize("refusals", [0, 3])
async def test_several_patients_alerts_go_to_redis_together_each_in_order_and_the_lethal_ones_first(
    refusals: int,
) -> None:
    store = Alerts(refusals)
    beds = [f"bed-{n}" for n in range(3 * ALERTS_TOGETHER)]
    first = [make_alert(code, n, stream_id=bed) for n, code in enumerate(["couplet", "pause"]) for bed in beds]
    lethal = make_alert("asystole", 3, stream_id=beds[-1])
    unused = Redis()  # the sink uses the alert store only
    new = await RedisSink(LiveStore(unused), store, AdmissionStore(unused), HistoryStore(unused)).write(
        [*first, lethal], {}
    )
    assert store.begun[0].stream_id == beds[-1]
    assert 1 < store.most <= ALERTS_TOGETHER
    for bed in beds:
        of_bed = [alert for alert in [*first, lethal] if alert.stream_id == bed]
        assert [alert for alert in store.begun if alert.stream_id == bed] == of_bed
        assert [alert for alert in new if alert.stream_id == bed] == [one for one in of_bed if one.code != "pause"]
