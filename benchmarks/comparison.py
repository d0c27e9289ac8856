"""What a ward said, beside what it should have said: lost, doubled, repeated, and how late each beat came.

Topics may repeat a record (at least once), and readers take what they know by its id for known. So a beat is *lost* if
no record has its id and content, and *doubled* if a reader is left with one that should not be there: another id, or a
known id with another content. Records that say once more what was said before are *repeated*, and counted apart.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from wardbeat.contracts.messages import Alert, Beat

_Said = TypeVar("_Said", Beat, Alert)
EXAMPLES = 5


class OutputDifference(NamedTuple):
    """How many were lost, came out wrong or twice, and were only repeated; some of the first two by their ids."""

    lost: int
    doubled: int
    repeated: int
    examples: tuple[str, ...] = ()


class UnixPeriod(NamedTuple):
    """From one Unix time to another, ns."""

    begin_ns: int
    end_ns: int


class Lateness(NamedTuple):
    """How long a beat was waited for, from its R peak to the first reader; ``gap_s`` without what nobody could help."""

    beat_id: str
    due_ns: int
    late_s: float
    gap_s: float


def beat_id(beat: Beat) -> str:
    return beat.beat_id


def alert_id(alert: Alert) -> str:
    return alert.alert_id


def compare_beats(expected: Iterable[Beat], found: Iterable[Beat]) -> OutputDifference:
    """Beats by id and content."""
    return _compare(expected, found, beat_id)


def compare_alerts(expected: Iterable[Alert], found: Iterable[Alert]) -> OutputDifference:
    """Alerts by id and content, each version of one for itself: raised, more urgent, with its whole strip, ended."""
    return _compare(expected, found, alert_id)


def compare_kept(
    expected: Mapping[str, Alert], kept: Mapping[str, Alert], announced: Iterable[tuple[str, int]]
) -> OutputDifference:
    """Alerts in the store by id and content; ``announced`` are ids and versions that screens were told of."""
    lost = [one for one in expected if kept.get(one) != expected[one]]
    doubled = [one for one in kept if one not in expected]
    doubled += [one for (one, _), times in Counter(announced).items() if times > 1]
    return OutputDifference(len(lost), len(doubled), 0, tuple([*lost, *doubled][:EXAMPLES]))


def lateness(
    due_ns: Mapping[str, int], arrived_ns: Mapping[str, int], excused: Sequence[UnixPeriod] = ()
) -> list[Lateness]:
    """How late each beat was that has arrived, by id.

    Parameters
    ----------
    due_ns : mapping
        When each R peak was, Unix time in ns.
    arrived_ns : mapping
        When the first reader had it.
    excused : sequence of UnixPeriod
        When the only one of something was gone; they don't overlap.
    """
    return [
        Lateness(
            one,
            due,
            (arrived_ns[one] - due) / 1e9,
            (arrived_ns[one] - due - sum(_shared_ns(span, due, arrived_ns[one]) for span in excused)) / 1e9,
        )
        for one, due in due_ns.items()
        if one in arrived_ns
    ]


def _compare(expected: Iterable[_Said], found: Iterable[_Said], id_of: Callable[[_Said], str]) -> OutputDifference:
    wanted = {(id_of(one), one) for one in expected}
    came = Counter((id_of(one), one) for one in found)
    lost: list[str] = sorted(one for one, _ in wanted - set(came))
    doubled: list[str] = sorted(one for one, _ in set(came) - wanted)
    return OutputDifference(len(lost), len(doubled), came.total() - len(came), tuple([*lost, *doubled][:EXAMPLES]))


def _shared_ns(span: UnixPeriod, begin_ns: int, end_ns: int) -> int:
    return max(0, min(span.end_ns, end_ns) - max(span.begin_ns, begin_ns))
