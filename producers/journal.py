"""What a replay has got through to the broker, in a file, so that one that died goes on where it was.

As a bedside gateway does it: the session is the device's and outlives the gateway, what was acquired meanwhile is sent
late, and what nobody acknowledged is sent once more.
"""

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from wardbeat.errors import SettingsError


class Journal(msgspec.Struct, frozen=True):
    """A replay: its name, from which its sessions' ids follow, its start, and what has arrived.

    ``arrived`` counts chunks by stream, over all sessions, up to the first that the broker has not acknowledged.
    """

    run_id: str
    began_ns: int
    arrived: dict[str, int] = {}


def new_journal(now_ns: int) -> Journal:
    """Of a replay that begins now."""
    return Journal(uuid.uuid4().hex, now_ns)


class JournalFile:
    """Where a replay's journal is kept; without a path nowhere."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def read(self) -> Journal | None:
        """What is kept of a replay that did not come to its end.

        Raises
        ------
        SettingsError
            If the file can't be read, or is none of a replay.
        """
        if self._path is None or not self._path.exists():
            return None
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Journal)
        except (OSError, msgspec.DecodeError) as error:
            raise SettingsError(
                f"--resume {self._path}: no journal of a replay ({error}); remove it to begin anew"
            ) from error

    def write(self, journal: Journal, arrived: Mapping[str, int]) -> None:
        """Keep how far a replay has come: ``arrived`` beyond what the journal has; the file is never half written.

        Raises
        ------
        SettingsError
            If it can't be written.
        """
        if self._path is None:
            return
        both = {one: journal.arrived.get(one, 0) + arrived.get(one, 0) for one in journal.arrived.keys() | arrived}
        kept = msgspec.structs.replace(journal, arrived=both)
        partial = self._path.with_name(f"{self._path.name}.part")
        try:
            partial.write_bytes(msgspec.json.encode(kept))
            partial.replace(self._path)
        except OSError as error:
            raise SettingsError(f"--resume {self._path}: can't be written ({error.strerror}); give another") from error

    def remove(self) -> None:
        """The replay has come to its end: the next begins anew."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


NO_JOURNAL: Final = JournalFile()
"""Of a replay that begins anew when it has died."""
