import json
import logging
import subprocess
import sys

import pytest

PROGRAM = """
import logging, structlog
from wardbeat import logs
logs.configure(as_json={as_json}, level=logging.{level})
structlog.get_logger("ours").info("a detail", bed="bed-1")
structlog.get_logger("ours").warning("worth knowing", bed="bed-1")
logging.getLogger("theirs").warning("from a library: %s", 7)
"""


def lines_of(*, as_json: bool, level: str) -> list[str]:
    program = PROGRAM.format(as_json=as_json, level=level)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == ""  # that is the commands' own
    return done.stderr.splitlines()


@pytest.mark.parametrize(("level", "n"), [("WARNING", 2), ("INFO", 3)])
def test_only_what_matters_is_said(level: str, n: int) -> None:
    lines = lines_of(as_json=False, level=level)
    assert len(lines) == n
    assert "worth knowing" in lines[-2]
    assert "from a library: 7" in lines[-1]


def test_machines_read_json() -> None:
    ours, theirs = (json.loads(line) for line in lines_of(as_json=True, level="WARNING"))
    assert (ours["event"], ours["level"], ours["bed"]) == ("worth knowing", "warning", "bed-1")
    assert (theirs["event"], theirs["logger"]) == ("from a library: 7", "theirs")
    assert logging.getLevelName(ours["level"].upper()) == logging.WARNING
