"""A whole ward on a real cluster is struck, and says what annotate says of the same records.

Three workers over twelve partitions, one of which is killed, and another comes and goes; Redis dies, and so does the
producer. How long a gap may be is the business of ``make chaos`` on a quiet machine, and not of a test beside others.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def command(module: str, folder: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", f"benchmarks.{module}", "--logs", str(folder / "logs"), "--json", *options]


def last_line(text: str) -> dict[str, Any]:
    figures = json.loads(text.splitlines()[-1])
    assert isinstance(figures, dict)
    return figures


def test_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    kinds = ("worker_killed", "worker_added", "redis_killed", "producer_killed")
    options = ["--patients", "6", "--duration", "60", "--seed", "2", "--faults", str(len(kinds))]
    options += [option for kind in kinds for option in ("--only", kind)]
    done = subprocess.run(
        command("chaos", tmp_path, *options), cwd=ROOT, capture_output=True, text=True, timeout=380, check=False
    )
    figures = last_line(done.stdout)
    told = done.stdout + done.stderr
    assert [figures[key] for key in ("lost_beats", "doubled_beats", "lost_alerts", "doubled_alerts")] == [0] * 4, told
    assert (figures["patients"], figures["faults"], figures["workers"]) == (6, len(kinds), 3)
    assert figures["beats"] > 6 * 40
    assert figures["alerts"] > 0
    assert done.returncode == (0 if figures["longest_gap_s"] <= 10 else 1), told


def test_a_soak_that_is_interrupted_reports_what_is_there(tmp_path: Path) -> None:
    options = ["--patients", "2", "--workers", "1", "--minutes", "10"]
    out = tmp_path / "out.txt"
    with out.open("w", encoding="utf-8") as file:
        soak = subprocess.Popen(command("soak", tmp_path, *options), cwd=ROOT, stdout=file)
    try:
        deadline_s = time.monotonic() + 200
        while "Patients" not in out.read_text(encoding="utf-8"):
            assert soak.poll() is None, out.read_text(encoding="utf-8")
            assert time.monotonic() < deadline_s
            time.sleep(0.2)
        time.sleep(30)  # it looks every two seconds, and at lag after twenty
        os.kill(soak.pid, signal.SIGINT)
        assert soak.wait(60) in {0, 1}
    finally:
        soak.kill()
    figures = last_line(out.read_text(encoding="utf-8"))
    assert {"worker 1", "kafka 1", "kafka 2", "kafka 3", "redis", "replay"} == set(figures["memory"])
    assert figures["memory"]["worker 1"]["last_mb"] > 20
    assert figures["memory"]["worker 1"]["mb_per_h"] is None, "too short for a slope"
    assert 0 < figures["lag_s"]["p50"] <= figures["lag_s"]["max"]
