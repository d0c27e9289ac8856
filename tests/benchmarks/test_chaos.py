"""Faults strike a whole ward on a real cluster; the ward must find what ``annotate`` finds in the same records.

A machine with other work measures no gaps: ``make chaos`` on a quiet machine does.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.limits import WAIT_S

ROOT = Path(__file__).resolve().parents[2]
LONGEST_GAP_S = 10.0


def chaos(folder: Path, *options: str, kinds: tuple[str, ...], limit_s: float) -> dict[str, Any]:
    """The figures of a run with one fault of each kind; nothing may be lost or doubled."""
    command = [sys.executable, "-m", "benchmarks.chaos", "--logs", str(folder / "logs"), "--json", *options]
    command += ["--seed", "2", "--faults", str(len(kinds)), *(word for kind in kinds for word in ("--only", kind))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=limit_s, check=False)
    output = done.stdout + done.stderr
    assert done.stdout, output
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    wrong = [f"{how}_{what}" for how in ("lost", "doubled") for what in ("beats", "windows", "alerts")]
    assert [figures[key] for key in wrong] == [0] * len(wrong), output
    assert figures["faults"] == len(kinds)
    assert done.returncode == (0 if figures["longest_gap_s"] <= LONGEST_GAP_S else 1), output
    return figures


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_when_redis_is_killed(tmp_path: Path) -> None:
    options = ("--patients", "2", "--duration", "20", "--workers", "1")
    figures = chaos(tmp_path, *options, kinds=("redis_killed",), limit_s=2 * WAIT_S)
    assert (figures["patients"], figures["workers"]) == (2, 1)
    assert figures["beats"] > 2 * 10


@pytest.mark.minutes
def test_nothing_is_lost_or_doubled_when_each_part_is_killed(tmp_path: Path) -> None:
    kinds = ("worker_killed", "worker_added", "redis_killed", "producer_killed")
    figures = chaos(tmp_path, "--patients", "6", "--duration", "60", kinds=kinds, limit_s=3 * WAIT_S)
    assert (figures["patients"], figures["workers"]) == (6, 3)
    assert figures["beats"] > 6 * 40
    assert figures["alerts"] > 0
