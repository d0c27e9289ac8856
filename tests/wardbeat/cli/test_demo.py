"""The whole ward as one command, with real Kafka, Redis, worker, dashboard and patients."""

import json
import os
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.limits import WAIT_S
from tests.support.processes import children_of, is_running
from wardbeat.cli.demo import in_words
from wardbeat.cli.main import cli
from wardbeat.embedded.demo import DemoSummary
from wardbeat.embedded.processes import wardbeat


class Demo:
    """A demo in a process of its own; its folders go below ``tmp_path``."""

    def __init__(self, tmp_path: Path, *options: str) -> None:
        self.temporary = tmp_path / "temporary"
        self.temporary.mkdir()
        own = {name: value for name, value in os.environ.items() if not name.startswith("WARDBEAT_")}
        self._lines: list[str] = []
        self._stderr = (tmp_path / "stderr").open("w+")
        self.process = subprocess.Popen(
            wardbeat("demo", "--port", "0", *options),
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
            env={**own, "TMPDIR": str(self.temporary)},
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.append(line.rstrip("\n"))

    def line_with(self, words: str) -> str:
        """The first line of its output with these words; waits for it."""
        eventually(lambda: any(words in line for line in self._lines) or self.process.poll() is not None, WAIT_S)
        return next((line for line in self._lines if words in line), f"not printed; standard error: {self.stderr}")

    def end(self, limit_s: float = WAIT_S) -> tuple[int, str]:
        """Its exit code and its last line, once it has ended by itself or by a signal."""
        code = self.process.wait(limit_s)
        self._reader.join()
        return code, self._lines[-1] if self._lines else ""

    @property
    def stderr(self) -> str:
        self._stderr.seek(0)
        return self._stderr.read()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._stderr.close()


def eventually(condition: Callable[[], bool], limit_s: float = WAIT_S) -> None:
    deadline_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    demos: list[Demo] = []

    def start_demo(*options: str) -> Demo:
        demos.append(Demo(tmp_path, *options))
        return demos[-1]

    yield start_demo
    for demo in demos:
        demo.close()


@pytest.mark.slow
def test_a_ward_for_some_seconds_receives_every_chunk_and_leaves_nothing(start: Callable[..., Demo]) -> None:
    demo = start("--patients", "3", "--duration", "12", "--json")
    address = demo.line_with("The ward is at").split()[-4]
    for served in (address, demo.line_with("Classify service at").split()[-1] + "/healthz"):
        with urllib.request.urlopen(served, timeout=WAIT_S) as page:
            assert page.status == 200
    children = children_of(demo.process.pid)
    assert len(children) >= 6  # Kafka, Redis, worker, dashboard, classify, replay
    code, last_line = demo.end()
    summary = json.loads(last_line)
    assert (code, demo.stderr) == (0, "")
    assert set(summary) == {
        "patients", "chunks_sent", "chunks_received", "beats", "windows", "alerts", "latency_ms",
    }  # fmt: skip
    assert summary["patients"] == 3
    assert summary["chunks_sent"] == summary["chunks_received"] == 3 * 24
    assert 3 * 6 < summary["beats"] < 3 * 40
    assert set(summary["latency_ms"]) == {"p50", "p99"}
    assert not any(is_running(pid) for pid in children)
    assert list(demo.temporary.iterdir()) == []


@pytest.mark.slow
def test_ctrl_c_ends_the_patients_first_and_the_ward_with_a_summary(start: Callable[..., Demo]) -> None:
    demo = start("--patients", "2", "--synthetic", "--json")
    demo.line_with("The ward is at")
    children = children_of(demo.process.pid)
    demo.process.send_signal(signal.SIGINT)
    code, last_line = demo.end()
    summary = json.loads(last_line)
    assert (code, demo.stderr) == (0, "")
    assert summary["chunks_sent"] == summary["chunks_received"] > 0
    assert not any(is_running(pid) for pid in children)
    assert list(demo.temporary.iterdir()) == []


@pytest.mark.slow
def test_a_worker_that_dies_is_reported_and_the_ward_ends(start: Callable[..., Demo]) -> None:
    demo = start("--patients", "1")
    demo.line_with("The ward is at")
    children = children_of(demo.process.pid)
    (worker,) = [pid for pid in children if "--summary" in Path(f"/proc/{pid}/cmdline").read_text()]
    os.kill(worker, signal.SIGKILL)
    code, _ = demo.end()
    assert code == 2
    assert demo.stderr.startswith("wardbeat: worker ended unexpectedly, killed by SIGKILL")
    assert not any(is_running(pid) for pid in children)
    assert list(demo.temporary.iterdir()) == []


@pytest.mark.slow
def test_patients_are_monitored_without_the_classify_service(start: Callable[..., Demo]) -> None:
    demo = start("--patients", "1", "--duration", "8", "--speed", "4", "--json")
    demo.line_with("Classify service at")
    (classify,) = [
        pid for pid in children_of(demo.process.pid) if "classify" in Path(f"/proc/{pid}/cmdline").read_text()
    ]
    os.kill(classify, signal.SIGKILL)
    code, last_line = demo.end()
    assert (code, demo.stderr) == (0, "")
    assert json.loads(last_line)["chunks_received"] == 16


@pytest.mark.slow
def test_nothing_survives_a_demo_that_is_killed(start: Callable[..., Demo]) -> None:
    demo = start("--patients", "1")
    demo.line_with("Patients")
    children = children_of(demo.process.pid)
    assert len(children) >= 3  # Kafka, Redis, dashboard
    demo.process.kill()
    demo.end()
    eventually(lambda: not any(is_running(pid) for pid in children))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_can_be_stopped_before_it_is_up(start: Callable[..., Demo], number: signal.Signals) -> None:
    demo = start("--patients", "1")
    demo.line_with("Redis at")
    children = children_of(demo.process.pid)
    demo.process.send_signal(number)
    code, _ = demo.end()
    assert (code, demo.stderr) == (130, "Stopped before it was done; nothing is left running.\n")
    assert not any(is_running(pid) for pid in children)
    assert list(demo.temporary.iterdir()) == []


@pytest.mark.slow
def test_records_that_are_not_there_are_one_line(start: Callable[..., Demo]) -> None:
    demo = start("--records", "no/such/folder")
    code, _ = demo.end(WAIT_S)
    assert code == 2
    assert demo.stderr.count("\n") == 1
    assert demo.stderr.startswith("wardbeat: no/such/folder")
    assert list(demo.temporary.iterdir()) == []


def test_the_summary_in_words() -> None:
    summary = DemoSummary(
        patients=2,
        chunks_sent=40,
        chunks_received=40,
        beats=31,
        windows=8,
        alerts={"200": {"pvc_rate": 1, "couplet": 2}, "100": {"pause": 1}},
        latency_ms={"p50": 80.4, "p99": 191.6},
    )
    assert in_words(summary).splitlines() == [
        "2 patients, 40 chunks sent, 40 received",
        "31 beats, 8 windows, 4 alerts",
        "  100              pause 1",
        "  200              couplet 2, pvc_rate 1",
        "from the sample to the alert: p50 80 ms, p99 192 ms",
    ]


def test_no_latency_is_no_line() -> None:
    summary = DemoSummary(1, 2, 2, 0, 0, {}, {"p50": None, "p99": None})
    assert in_words(summary).splitlines() == ["1 patients, 2 chunks sent, 2 received", "0 beats, 0 windows, 0 alerts"]


@pytest.mark.parametrize("options", [["--patients", "0"], ["--duration", "0"], ["--speed", "-1"], ["--port", "70000"]])
def test_options_out_of_range_are_refused(options: list[str]) -> None:
    result = CliRunner().invoke(cli, ["demo", *options])
    assert result.exit_code == 2
    assert options[0] in result.output
