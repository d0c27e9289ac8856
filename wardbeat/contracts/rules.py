"""The rules of values that people type and programs send: numbers, initials, names of beds, ids, texts, times.

Each kind of value has one rule here. The types of the command line (:mod:`wardbeat.cli.values`), the fields of the REST
API (:mod:`dashboard.api.values`), the settings and the codec call it, so a value is right or wrong at every entrance. A
rule returns the value in the form in which Wardbeat stores it, or raises an :class:`InvalidValueError`.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from wardbeat.errors import InvalidValueError, UnknownBedError

STREAM_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""The names that a device may give its stream, and so its bed."""
FEWEST_LETTERS: Final = 2
MOST_LETTERS: Final = 4
"""Of initials (our choice): they fit beside an alert on a tile, and one letter names too many people."""
MOST_MARKS: Final = 8
"""Combining marks of initials: more than four letters of any script carry."""
MAX_COMMENT_CHARS: Final = 500
MAX_REASON_CHARS: Final = 200
LONGEST_SHOWN: Final = 64
"""Characters of a wrong value that a message shows."""
MOST_NAMED: Final = 12
"""Beds that a message names; a ward of 2,000 beds does not fit into a line."""
_INVISIBLE_LETTERS: Final = frozenset("\u115f\u1160\u17b4\u17b5")
"""Unicode calls these fillers letters or marks, but nothing of them is seen."""
_LONGEST_NAME_BYTES: Final = 200
"""A file system holds 255 bytes; a suffix such as ``.alerts.jsonl`` needs some of them."""
_AGE: Final = re.compile(r"([0-9]{1,6})(min|h|d)")
_UNITS_S: Final = {"min": 60, "h": 3600, "d": 86400}
_NS_PER_S: Final = 1_000_000_000


class Range(NamedTuple):
    """The numbers from ``low`` to ``high``. ``above``: ``low`` itself is too small. No range holds NaN or infinity."""

    low: float
    high: float
    above: bool = False

    def holds(self, value: float) -> bool:
        """Whether the value is a finite number of the range."""
        return (self.low < value if self.above else self.low <= value) and value <= self.high

    def check(self, value: float) -> float:
        """The value, if the range holds it; an InvalidValueError otherwise."""
        if not self.holds(value):
            raise InvalidValueError(f"{self.words}, {_number(value)} given; choose another value")
        return value

    @property
    def words(self) -> str:
        """``from 0 to 1000``, or ``above 0, up to 1000``."""
        return f"above {self.low:g}, up to {self.high:.12g}" if self.above else f"from {self.low:g} to {self.high:.12g}"


SPEED: Final = Range(0, 1000)
"""Multiple of real time; 0 is as fast as possible."""
CHUNK_S: Final = Range(0.1, 1.0)
"""Seconds of ECG that a replay sends in a chunk; the codec refuses longer ones."""
OFFLINE_CHUNK_S: Final = Range(0.01, 1.0)
"""Seconds of ECG a chunk where no network carries it."""
FS_RANGE_HZ: Final = Range(50, 4000)
"""Sampling rates that the monitor takes."""
DURATION_S: Final = Range(0, 366 * 86400, above=True)
LAST_HOURS: Final = Range(0, 366 * 24, above=True)
PATIENTS: Final = Range(1, 10_000)
PORT: Final = Range(0, 65535)
PROCESSES: Final = Range(1, 1024)
SEED: Final = Range(0, 2**32 - 1)
"""What NumPy, TensorFlow and Optuna all accept."""
FITS: Final = Range(1, 10_000)
ROWS: Final = Range(1, 10_000)
"""Alerts that a list may have."""


def initials(text: str) -> str:
    """Initials in capitals: 2 to 4 letters of any script, with the marks that belong to them.

    Raises
    ------
    InvalidValueError
        For anything else, such as blanks, digits, control characters or more letters.
    """
    given = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.strip()).upper())
    kinds = [unicodedata.category(character)[0] for character in given]
    letters, marks = kinds.count("L"), kinds.count("M")
    visible = _INVISIBLE_LETTERS.isdisjoint(given) and kinds[:1] == ["L"] and letters + marks == len(kinds)
    if not (visible and FEWEST_LETTERS <= letters <= MOST_LETTERS and marks <= MOST_MARKS):
        raise InvalidValueError(
            f"initials are {FEWEST_LETTERS} to {MOST_LETTERS} letters, {shown(text)} given; write yours, such as AB"
        )
    return given


def comment(text: str) -> str:
    """A comment on an alert without the blanks around it; it may have several lines."""
    return _text("a comment", text, 1, MAX_COMMENT_CHARS, lines=True)


def optional_comment(text: str) -> str:
    """A comment that may be empty."""
    return _text("a comment", text, 0, MAX_COMMENT_CHARS, lines=True)


def reason(text: str) -> str:
    """The reason for which staff switch an alert code off: one line."""
    return _text("a reason", text, 1, MAX_REASON_CHARS, lines=False)


def line(text: str) -> str:
    """A text to search for, or an address: one line without control characters, and not empty."""
    return _text("this text", text, 1, MAX_COMMENT_CHARS, lines=False)


def record_name(text: str) -> str:
    """The name of a record, or its path below the folder of the records: what a file system can hold."""
    given = _text("the name of a record", text, 1, 1024, lines=False)
    if any(len(part.encode()) > _LONGEST_NAME_BYTES for part in given.split("/")):
        raise InvalidValueError(
            f"the name of a record has at most {_LONGEST_NAME_BYTES} bytes, {shown(text)} given; correct it"
        )
    return given


def since_ns(text: str, now_ns: int) -> int:
    """A time such as ``2026-11-21T22:00`` (UTC without a zone), or an age such as ``8h``, as Unix ns; not in future.

    Raises
    ------
    InvalidValueError
        If it is neither, or lies after ``now_ns``.
    """
    if age := _AGE.fullmatch(text):
        return max(0, now_ns - int(age[1]) * _UNITS_S[age[2]] * _NS_PER_S)
    try:
        given = datetime.fromisoformat(text)
        at_ns = round((given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp()) * _NS_PER_S
    except (ValueError, OverflowError) as error:
        raise InvalidValueError(
            f"{shown(text)} is neither a time like 2026-11-21T22:00 nor an age like 30min, 8h or 7d"
        ) from error
    if at_ns > now_ns:
        raise InvalidValueError(f"{shown(text)} is still to come; give a time in the past, or an age like 8h")
    return max(0, at_ns)


def known_bed(name: str, beds: Iterable[str]) -> str:
    """The name of a bed, if it is one of ``beds``.

    Raises
    ------
    UnknownBedError
        It names the beds there are, those with the closest names first.
    """
    there = set(beds)
    if name in there:
        return name
    wrong = f"bed {shown(name)}: no device has ever sent data for it"
    if not there:
        raise UnknownBedError(f"{wrong}, nor for any other bed; connect a device first")
    named = closest(name, there)
    more = f" and {len(there) - MOST_NAMED} more" if len(there) > MOST_NAMED else ""
    raise UnknownBedError(
        f"{wrong}; correct the name, or connect the device first. The beds there are, the closest names first: "
        f"{', '.join(named[:MOST_NAMED])}{more}"
    )


def closest(name: str, names: Iterable[str]) -> list[str]:
    """The names in the order of their likeness to ``name``; capitals do not count."""
    matcher = SequenceMatcher(b=name[:LONGEST_SHOWN].casefold(), autojunk=False)

    def unlikeness(one: str) -> tuple[float, str]:
        matcher.set_seq1(one.casefold())
        return -matcher.ratio(), one

    return sorted(names, key=unlikeness)


def shown(text: str) -> str:
    """A wrong value as a message shows it: in one line, cut if it is long, in quotes if it has more than letters."""
    cut = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
    return cut if re.fullmatch(r"[\w.-]+…?", cut) else repr(cut)


def printable(text: str, *, lines: bool = False) -> bool:
    """Whether a text has no control characters and nothing that UTF-8 can't hold; ``lines`` allows line breaks."""
    allowed = "\n\t" if lines else ""
    return all(unicodedata.category(one) not in {"Cc", "Cs", "Zl", "Zp"} or one in allowed for one in text)


def _text(what: str, text: str, fewest: int, most: int, *, lines: bool) -> str:
    text = text.strip()
    if not fewest <= len(text) <= most:
        raise InvalidValueError(f"{what} has {fewest} to {most} characters, {len(text)} given; write another")
    if not printable(text, lines=lines):
        shape = "no control characters" if lines else "one line and no control characters"
        raise InvalidValueError(f"{what} has {shape}, {shown(text)} given; remove them")
    return text


def _number(value: float) -> str:
    """A number for a message; a whole number may be larger than any float."""
    return "a far larger number" if isinstance(value, int) and abs(value) > 10**300 else f"{value:.12g}"
