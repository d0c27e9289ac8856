import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.limits import WAIT_S
from tests.support.processes import is_running
from wardbeat.embedded.processes import Child, free_ports, is_free, last_lines, wait_until, wardbeat
from wardbeat.errors import BrokerError, ServiceError

SLEEP = [sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(600)"]
IGNORES_SIGTERM = [
    sys.executable,
    "-c",
    (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(subprocess.Popen(['sleep', '600']).pid, flush=True)\n"
        "time.sleep(600)"
    ),
]


def eventually(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def test_a_child_is_the_program_itself_and_ends_with_the_context(tmp_path: Path) -> None:
    with Child("sleep", SLEEP, tmp_path) as child:
        wait_until("it prints", lambda: last_lines(child.out) == ["ready"], WAIT_S, [child])
        assert "time.sleep" in Path(f"/proc/{child.pid}/cmdline").read_text()
        assert child.check() is child
    assert child.exit_code == -signal.SIGTERM
    assert not is_running(child.pid)


def test_a_child_that_dies_is_an_error_with_the_end_of_its_log(tmp_path: Path) -> None:
    program = "import sys; print('beginning', file=sys.stderr); sys.exit('no paper left')"
    with Child("printer", [sys.executable, "-c", program], tmp_path, error=BrokerError) as child:
        assert child.wait(WAIT_S) == 1
        with pytest.raises(BrokerError, match=r"(?s)printer ended unexpectedly, exit code 1.*beginning.*no paper left"):
            child.check()


def test_errors_are_shown_whatever_lines_follow_them(tmp_path: Path) -> None:
    program = "import sys; print('ERROR no paper left', *range(400), 'bye', sep='\\n', file=sys.stderr); sys.exit(1)"
    command = [sys.executable, "-c", program]
    with Child("printer", command, tmp_path, error_line=re.compile("^ERROR")) as child:
        assert child.wait(WAIT_S) == 1
        assert child.tail() == "; its last errors:\n  ERROR no paper left"
    with Child("printer", command, tmp_path, error_line=re.compile("^FATAL")) as child:
        assert child.wait(WAIT_S) == 1
        assert child.tail().startswith("; its last lines:\n  386\n")


def test_waiting_ends_when_a_child_dies(tmp_path: Path) -> None:
    with Child("sleep", SLEEP, tmp_path) as child:
        child.signal(signal.SIGKILL)
        with pytest.raises(ServiceError, match="sleep ended unexpectedly, killed by SIGKILL; its log is empty"):
            wait_until("never", lambda: False, WAIT_S, [child])


def test_waiting_ends_after_its_limit(tmp_path: Path) -> None:
    with Child("sleep", SLEEP, tmp_path) as child, pytest.raises(ServiceError, match=r"it flies: not within 0\.1 s"):
        wait_until("it flies", lambda: False, 0.1, [child])
    with (
        Child("sleep", SLEEP, tmp_path) as child,
        pytest.raises(ServiceError, match=r"sleep has not ended within 0\.1 s"),
    ):
        child.wait(0.1)


def test_a_child_that_ignores_the_signal_is_killed_with_its_own_children(tmp_path: Path) -> None:
    with Child("ignores-sigterm", IGNORES_SIGTERM, tmp_path) as child:
        wait_until("it prints", lambda: last_lines(child.out) != [], WAIT_S, [child])
        grandchild = int(last_lines(child.out)[0])
        assert is_running(grandchild)
        assert child.stop(limit_s=0.2) == -signal.SIGKILL
    eventually(lambda: not is_running(grandchild))


def test_a_program_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with Child("ghost", ["no-such-program"], tmp_path) as child:
        assert child.wait(WAIT_S) == 1
        assert last_lines(child.log) == ["no-such-program: No such file or directory"]


def test_variables_are_passed_on(tmp_path: Path) -> None:
    program = "import os; print(os.environ['WARDBEAT_X'], 'PATH' in os.environ)"
    with Child("env", [sys.executable, "-c", program], tmp_path, environment={"WARDBEAT_X": "here"}) as child:
        assert child.wait(WAIT_S) == 0
        assert last_lines(child.out) == ["here True"]


def test_our_own_commands_run_in_any_folder(tmp_path: Path) -> None:
    (tmp_path / "wardbeat.py").write_text("raise SystemExit('not this one')")
    done = subprocess.run(wardbeat("--version"), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("wardbeat")


def test_last_lines_of_a_long_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"x" * 100_000 + b"\n\nlast \xff but one\n  last\n\n")
    assert last_lines(log, 2) == ["last \N{REPLACEMENT CHARACTER} but one", "  last"]


def test_free_ports_are_free_and_different() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert all(is_free("127.0.0.1", port) for port in ports)


def test_a_port_on_which_a_server_listens_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not is_free("127.0.0.1", server.getsockname()[1])
