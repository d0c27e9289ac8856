"""Compares the outputs of a ward with the expected ones: lost, doubled and repeated outputs, and delays of the beats.

A topic may repeat a record (at-least-once delivery), and readers ignore a record with a known id. So a beat is *lost*
if no record has its id and content. It is *doubled* if there is a record that should not exist: with an unexpected id,
or with an expected id and another content. Records with the same id and content are *repeated* and counted separately.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from wardbeat.contracts.messages import Alert, Beat, Window

_Output = TypeVar("_Output", Beat, Window, Alert)
EXAMPLES = 5


class OutputDifference(NamedTuple):
    """Numbers of lost, doubled and repeated outputs, and ids of some lost and doubled ones."""

    lost: int
    doubled: int
    repeated: int
    examples: tuple[str, ...] = ()


class UnixPeriod(NamedTuple):
    """A period between two Unix times in ns."""

    begin_ns: int
    end_ns: int


class Lateness(NamedTuple):
    """The delay of a beat from its R peak to the first reader; ``gap_s`` leaves out the excused periods."""

    beat_id: str
    due_ns: int
    late_s: float
    gap_s: float


def beat_id(beat: Beat) -> str:
    return beat.beat_id


def window_id(window: Window) -> str:
    return window.window_id


def alert_id(alert: Alert) -> str:
    return alert.alert_id


def compare_beats(expected: Iterable[Beat], found: Iterable[Beat]) -> OutputDifference:
    """Compare beats by id and content."""
    return _compare(expected, found, beat_id)


def compare_windows(expected: Iterable[Window], found: Iterable[Window]) -> OutputDifference:
    """Compare windows with their verdicts by id and content."""
    return _compare(expected, found, window_id)


def compare_alerts(expected: Iterable[Alert], found: Iterable[Alert]) -> OutputDifference:
    """Compare alerts by id and content; each version of an alert counts: raised, more urgent, strip complete, ended."""
    return _compare(expected, found, alert_id)


def compare_stored(
    expected: Mapping[str, Alert], stored: Mapping[str, Alert], announced: Iterable[tuple[str, int]]
) -> OutputDifference:
    """Compare the alerts in Redis; ``announced`` has the ids and versions of the changes for the dashboard."""
    lost = [one for one in expected if stored.get(one) != expected[one]]
    doubled = [one for one in stored if one not in expected]
    doubled += [one for (one, _), times in Counter(announced).items() if times > 1]
    return OutputDifference(len(lost), len(doubled), 0, tuple([*lost, *doubled][:EXAMPLES]))


def lateness(
    due_ns: Mapping[str, int], arrived_ns: Mapping[str, int], excused: Sequence[UnixPeriod] = ()
) -> list[Lateness]:
    """The delay of each beat that has arrived.

    Parameters
    ----------
    due_ns : mapping
        Unix time of each R peak in ns, by beat id.
    arrived_ns : mapping
        Unix time in ns at which the first reader received the beat, by beat id.
    excused : sequence of UnixPeriod
        Periods in which the only instance of something was missing; they do not overlap.
    """
    return [
        Lateness(
            one,
            due,
            (arrived_ns[one] - due) / 1e9,
            (arrived_ns[one] - due - sum(_overlap_ns(period, due, arrived_ns[one]) for period in excused)) / 1e9,
        )
        for one, due in due_ns.items()
        if one in arrived_ns
    ]


def _compare(
    expected: Iterable[_Output], found: Iterable[_Output], id_of: Callable[[_Output], str]
) -> OutputDifference:
    outputs = {(id_of(one), one) for one in expected}
    counts = Counter((id_of(one), one) for one in found)
    lost: list[str] = sorted(one for one, _ in outputs - set(counts))
    doubled: list[str] = sorted(one for one, _ in set(counts) - outputs)
    repeated = counts.total() - len(counts)
    return OutputDifference(len(lost), len(doubled), repeated, tuple([*lost, *doubled][:EXAMPLES]))


def _overlap_ns(period: UnixPeriod, begin_ns: int, end_ns: int) -> int:
    return max(0, min(period.end_ns, end_ns) - max(period.begin_ns, begin_ns))
