"""Runs ``wardbeat`` with a wall clock that another process sets: ``python -m benchmarks.stepped_clock FILE COMMAND…``.

FILE has the offset of the clock in ns, as eight bytes. A process that sets the clock of the machine itself needs a
privilege and affects all processes.
"""

import mmap
import struct
import sys
import time
from pathlib import Path
from typing import Final

_AHEAD: Final = struct.Struct("<q")


def set_clock(path: Path, ahead_s: float) -> None:
    """Set the offset of the clock in a file; a running process with this file uses it immediately."""
    if not path.exists():
        path.write_bytes(_AHEAD.pack(0))
    with path.open("r+b") as file:
        file.write(_AHEAD.pack(round(ahead_s * 1e9)))


def main(path: Path, arguments: list[str]) -> None:
    """Run ``wardbeat`` with these arguments and with the clock of the file."""
    with path.open("rb") as file:
        ahead = mmap.mmap(file.fileno(), _AHEAD.size, access=mmap.ACCESS_READ)
    true_ns = time.time_ns

    def time_ns() -> int:
        return true_ns() + int(_AHEAD.unpack(ahead)[0])

    vars(time).update(time_ns=time_ns, time=lambda: time_ns() / 1e9)  # before other modules import the functions
    sys.argv = ["wardbeat", *arguments]
    from wardbeat.cli.main import main as wardbeat

    wardbeat()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
