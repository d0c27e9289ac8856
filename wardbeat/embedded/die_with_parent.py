"""Run a program that ends with its parent: ``python die_with_parent.py PARENT_PID PROGRAM ARGUMENT…``.

The kernel kills the program when its parent ends, even after ``kill -9``. Only Linux can do this; on other systems the
program just runs. This is a separate program and not code between fork and exec, because almost nothing is safe there
in a process with threads. It needs only the standard library, and becomes the program with the same process id.
"""

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1
"""From Linux's ``prctl.h``. The setting survives exec."""


def main(parent_pid: int, program: list[str]) -> None:
    """Become ``program``, which ends with the process ``parent_pid``."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
    if os.getppid() != parent_pid:  # the parent ended before the call of prctl
        sys.exit("the parent process has ended already")
    try:
        os.execvp(program[0], program)  # noqa: S606 # a shell must not interpret it
    except OSError as error:
        sys.exit(f"{program[0]}: {error.strerror}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
