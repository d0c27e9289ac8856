"""Whether a worker keeps up: how long records wait for it, and when it leaves out live ECG. Pure rules.

A worker that is behind sends no live ECG to screens. It never leaves out anything that beats, alerts or their evidence
need, so its findings do not depend on its load.
"""

from collections.abc import Iterable

from processors.worker.records import KafkaRecord

BEHIND_AFTER_S = 1.0
"""Ten times the normal wait, and before screens show that a bed is delayed (our choice)."""
CAUGHT_UP_S = 0.25
"""Half a chunk: only the newest chunk of each patient waits (our choice)."""


def waited_s(records: Iterable[KafkaRecord], now_s: float) -> float:
    """How long the oldest record has waited in Kafka at Unix second ``now_s``; 0 if no record has a time."""
    oldest_s = min((record.timestamp_s for record in records if record.timestamp_s > 0), default=now_s)
    return max(0.0, now_s - oldest_s)


def is_behind(was_behind: bool, waited_s: float) -> bool:
    """Whether the worker is behind, after records that have waited ``waited_s``.

    It enters this state above ``BEHIND_AFTER_S`` and leaves it at ``CAUGHT_UP_S``: without this gap a worker at its
    limit would switch with every batch.
    """
    return waited_s > (CAUGHT_UP_S if was_behind else BEHIND_AFTER_S)
