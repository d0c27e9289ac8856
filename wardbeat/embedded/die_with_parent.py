"""Run a program that ends with whoever started it: ``python die_with_parent.py PARENT_PID PROGRAM ARGUMENT…``.

The kernel kills it when its parent is gone, even after ``kill -9``; other systems than Linux can't do that, and there
the program simply runs. This is a program of its own, not code between fork and exec, because nearly nothing is safe
to do there in a process with threads. It needs the standard library only and becomes the program, with the same id.
"""

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1
"""From Linux's ``prctl.h``; the setting survives exec."""


def main(parent_pid: int, program: list[str]) -> None:
    """Become ``program``, bound to the life of the process ``parent_pid``."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
    if os.getppid() != parent_pid:  # it went before the kernel knew
        sys.exit("whoever started this is gone already")
    try:
        os.execvp(program[0], program)  # noqa: S606 # there is to be no shell
    except OSError as error:
        sys.exit(f"{program[0]}: {error.strerror}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
