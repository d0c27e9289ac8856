"""The options that choose dead letters, on a real Kafka."""

import pytest
from redis import Redis

from tests.support.dead_letters import Run, listed
from wardbeat.errors import BrokerError, UnknownBedError
from wardbeat.store import redis_keys

pytestmark = pytest.mark.slow


def test_letters_are_chosen_by_id_stream_kind_reason_and_time(run_letters: Run) -> None:
    everything = listed(run_letters)
    assert listed(run_letters, "--stream", "bed-2") == everything[1:2]
    assert listed(run_letters, "--kind", "misplaced") == everything[:1]
    assert listed(run_letters, "--reason", "reason 7") == everything[2:]
    assert listed(run_letters, str(everything[0]["id"])) == everything[:1]
    assert listed(run_letters, "--hours", "1") == everything
    with pytest.raises(BrokerError, match="dead letter '9/9': there is none"):
        run_letters("list", "9/9")


def test_a_bed_without_letters_has_none_and_a_misspelt_one_is_an_error(run_letters: Run, redis_server: str) -> None:
    with Redis.from_url(redis_server) as redis:
        redis.zadd(redis_keys.STREAMS, {"bed-9": 1})
    assert run_letters("list", "--stream", "bed-9").output.splitlines()[-1] == "There are none."
    with pytest.raises(UnknownBedError, match="closest names first: bed-2, "):
        run_letters("list", "--stream", "bed2")  # bed-2 has letters, and Redis does not know it
    with pytest.raises(UnknownBedError, match="closest names first: bed-9, "):
        run_letters("replay", "--stream", "bed9")
