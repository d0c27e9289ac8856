"""Whether a worker keeps up: how long records have waited for it, and from when on it shows less. Pure.

Less is shown, never less found: live ECG on its way to screens is seen and gone, and may be left out. Nothing that
beats, alerts or their evidence are made of ever is, so what is found does not depend on how busy anybody was.
"""

from collections.abc import Iterable

from processors.worker.records import KafkaRecord

BEHIND_AFTER_S = 1.0
"""Ten times what records wait on a ward that is well, and before screens say that a bed is delayed (our choice)."""
CAUGHT_UP_S = 0.25
"""Half a chunk: nothing but the newest chunk of each patient waits (our choice)."""


def waited_s(records: Iterable[KafkaRecord], now_s: float) -> float:
    """How long the oldest record has waited in Kafka by Unix second ``now_s``; 0 where no record has a time."""
    oldest_s = min((record.timestamp_s for record in records if record.timestamp_s > 0), default=now_s)
    return max(0.0, now_s - oldest_s)


def is_behind(was_behind: bool, waited_s: float) -> bool:
    """Whether live ECG is left out, after records that have waited so long.

    It begins late and ends early, so that a worker at its limit does not change its mind at every batch.
    """
    return waited_s > (CAUGHT_UP_S if was_behind else BEHIND_AFTER_S)
