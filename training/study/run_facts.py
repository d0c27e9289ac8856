"""How a result was made: command, commit, versions, time and memory."""

import importlib.metadata
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from training.study.results import RunFacts

LIBRARIES = ("keras", "tensorflow-cpu", "scikit-learn", "lightgbm", "numpy", "onnxruntime")


def run_facts(command: str, seeds: Sequence[int], begun_s: float) -> RunFacts:
    """The facts of a run that began at ``begun_s`` of the monotonic clock and ends now."""
    return RunFacts(
        command=command,
        commit=commit(),
        seeds=list(seeds),
        wardbeat=importlib.metadata.version("wardbeat"),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        libraries={name: importlib.metadata.version(name) for name in LIBRARIES},
        took_s=round(time.monotonic() - begun_s, 1),
        peak_memory_mb=peak_memory_mb(),
    )


def commit() -> str:
    """The commit of the checkout, with ``+`` if it has changes; empty outside of a checkout."""
    program = shutil.which("git")
    if program is None:
        return ""

    def git(*arguments: str) -> str:
        root = Path(__file__).resolve().parents[2]
        run = subprocess.run([program, *arguments], cwd=root, capture_output=True, text=True, check=False)
        return run.stdout.strip()

    name = git("rev-parse", "--short", "HEAD")
    return name + ("+" if name and git("status", "--porcelain", "--untracked-files=no") else "")


def peak_memory_mb() -> float:
    """The largest resident memory of this process up to now."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(used / (1024**2 if sys.platform == "darwin" else 1024), 1)
