import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.limits import WAIT_S
from tests.support.processes import is_running
from wardbeat.embedded import die_with_parent

SLEEP = [sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(600)"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_children_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    program = f"""
import sys, time
from pathlib import Path
from wardbeat.embedded.processes import Child
child = Child("sleep", {SLEEP!r}, Path({str(tmp_path)!r}))
while not child.out.read_text():
    time.sleep(0.02)
print(child.pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_running(pid)
        parent.kill()
    deadline_s = time.monotonic() + WAIT_S
    while is_running(pid):
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def test_nothing_runs_if_the_parent_has_ended() -> None:
    other_than_parent = str(os.getpid() + 1)
    done = subprocess.run(
        [sys.executable, die_with_parent.__file__, other_than_parent, "echo", "ran"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "the parent process has ended already" in done.stderr


def test_the_program_keeps_the_process_id_and_the_exit_code(tmp_path: Path) -> None:
    command = [sys.executable, die_with_parent.__file__, str(os.getpid()), "sh", "-c", "echo $$; exit 3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as child:
        assert child.stdout is not None
        assert int(child.stdout.readline()) == child.pid
    assert child.returncode == 3
