"""Run ``wardbeat`` with a wall clock that somebody else may set: ``python -m benchmarks.stepped_clock FILE COMMAND…``.

FILE holds how many nanoseconds the clock is ahead, eight bytes. Setting the machine's own clock takes a privilege, and
would move every process at once.
"""

import mmap
import struct
import sys
import time
from pathlib import Path
from typing import Final

_AHEAD: Final = struct.Struct("<q")


def set_clock(path: Path, ahead_s: float) -> None:
    """From now on the process that has this file is so much ahead."""
    if not path.exists():
        path.write_bytes(_AHEAD.pack(0))
    with path.open("r+b") as file:
        file.write(_AHEAD.pack(round(ahead_s * 1e9)))


def main(path: Path, arguments: list[str]) -> None:
    """Be ``wardbeat`` with these arguments, by that clock."""
    with path.open("rb") as file:
        ahead = mmap.mmap(file.fileno(), _AHEAD.size, access=mmap.ACCESS_READ)
    true_ns = time.time_ns

    def time_ns() -> int:
        return true_ns() + int(_AHEAD.unpack(ahead)[0])

    vars(time).update(time_ns=time_ns, time=lambda: time_ns() / 1e9)  # before anybody has taken the functions
    sys.argv = ["wardbeat", *arguments]
    from wardbeat.cli.main import main as wardbeat

    wardbeat()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
