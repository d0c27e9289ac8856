"""The table has every key, and two streams never share a key."""

import inspect
import re
from collections.abc import Callable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from wardbeat.contracts.rules import STREAM_ID
from wardbeat.store import redis_keys

STREAMS = st.from_regex(STREAM_ID, fullmatch=True)
KEY_FUNCTIONS = [
    function
    for _, function in inspect.getmembers(redis_keys, inspect.isfunction)
    if function.__module__ == redis_keys.__name__
]
CONSTANT_KEYS = [
    value
    for name, value in vars(redis_keys).items()
    if name.isupper() and isinstance(value, str) and not value.endswith("*")
]


def documented_keys() -> list[str]:
    """The first column of the module's table, with parameters such as ``{stream}``."""
    return re.findall(r"^\| ``(wb:[^`]+)``", inspect.getdoc(redis_keys) or "", flags=re.MULTILINE)


def key(function: Callable[..., str], name: str) -> str:
    """The key with the same name for all of its parts."""
    return function(*[name] * len(inspect.signature(function).parameters))


def test_the_table_names_every_key_once() -> None:
    made = [key(function, "{}") for function in KEY_FUNCTIONS] + CONSTANT_KEYS
    assert sorted(made) == sorted(re.sub(r"\{\w+\}", "{}", key) for key in documented_keys())


@given(STREAMS, STREAMS)
def test_two_streams_never_share_a_key(one: str, other: str) -> None:
    mine = {key(function, one) for function in KEY_FUNCTIONS} | set(CONSTANT_KEYS)
    assert len(mine) == len(KEY_FUNCTIONS) + len(CONSTANT_KEYS)
    if one != other:
        assert not {key(function, other) for function in KEY_FUNCTIONS} & mine - set(CONSTANT_KEYS)


@given(STREAMS)
def test_the_live_pattern_matches_the_channel_of_a_stream(stream_id: str) -> None:
    assert redis_keys.LIVE_PATTERN.endswith("*")
    assert redis_keys.live(stream_id).startswith(redis_keys.LIVE_PATTERN[:-1])


def test_silence_shows_before_a_watch_expires() -> None:
    """A tile must show NOT MONITORED within 5 s, while its watch brings waveforms."""
    order = [1_000, redis_keys.STATUS_TTL_MS, 5_000, redis_keys.WATCH_TTL_MS]
    assert all(shorter < longer for shorter, longer in pairwise(order))
    assert redis_keys.WORKER_TTL_MS < 5_000
