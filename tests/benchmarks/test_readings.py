"""What the chaos run reads from a ward's topics and from its Redis."""

import msgspec
import pytest
from confluent_kafka import Producer

from benchmarks.readings import (
    Arrival,
    Reader,
    alerts_in_kafka,
    alerts_in_redis,
    announced_changes,
    beats_in_kafka,
    first_arrivals,
)
from tests.support.limits import WAIT_S
from tests.support.samples import make_alert
from wardbeat.contracts import topics
from wardbeat.contracts.codec import encode
from wardbeat.contracts.messages import Beat
from wardbeat.embedded.processes import wait_until
from wardbeat.kafka.access import KafkaAccess
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.redis_client import connect

BEATS = [Beat(1, "bed", "s", 250 * second, 250.0, "N", (1.0, 0.0, 0.0, 0.0, 0.0), 1.0) for second in range(1, 4)]


def test_the_first_arrival_of_a_beat_counts() -> None:
    arrivals = [Arrival(5, encode(BEATS[0])), Arrival(7, encode(BEATS[1])), Arrival(9, encode(BEATS[0]))]
    assert first_arrivals(arrivals) == {BEATS[0].beat_id: 5, BEATS[1].beat_id: 7}


def test_a_reader_without_records_has_been_quiet_forever() -> None:
    assert Reader("localhost:1", "beat", 1).quiet_s == float("inf")


@pytest.mark.slow
def test_beats_and_alerts_are_read_from_kafka(ward_topics: str) -> None:
    pause, no_data = make_alert("pause", 360), make_alert("no_data", 720)
    producer = Producer({"bootstrap.servers": ward_topics})
    with Reader(ward_topics, topics.BEAT, 1) as reader:
        for beat in BEATS:
            producer.produce(topics.BEAT, encode(beat), key=b"bed", partition=0)
        for alert in (pause, no_data):
            producer.produce(topics.ALERT, encode(alert), key=b"bed", partition=0)
        producer.flush(WAIT_S)
        wait_until("the beats arrive", lambda: len(reader.arrivals) == len(BEATS), WAIT_S, [])
    assert set(first_arrivals(reader.arrivals)) == {beat.beat_id for beat in BEATS}
    assert reader.quiet_s < WAIT_S
    access = KafkaAccess(ward_topics)
    assert beats_in_kafka(access) == BEATS
    assert alerts_in_kafka(access) == ([pause], [no_data])


@pytest.mark.slow
async def test_alerts_and_their_changes_are_read_from_redis(redis_server: str) -> None:
    pause = make_alert("pause", 360)
    ended = msgspec.structs.replace(pause, ended_sample=999)
    async with connect(redis_server) as redis:
        store = AlertStore(redis)
        for alert in (pause, ended, make_alert("no_data", 720)):
            await store.take(alert)
        assert await alerts_in_redis(redis, ["bed-1"]) == {pause.alert_id: ended}
        changes = await announced_changes(redis)
    assert [version for alert_id, version in changes if alert_id == pause.alert_id] == [1, 2]
    assert len(changes) == 3
