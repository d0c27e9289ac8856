import json
import logging
import os
import subprocess
import sys

import pytest

PROGRAM = """
import logging, structlog
from wardbeat.observability import logs
logs.configure(as_json={as_json}, level=logging.{level})
structlog.get_logger("ours").info("a detail", bed="bed-1")
structlog.get_logger("ours").warning("worth knowing", bed="bed-1")
logging.getLogger("theirs").warning("from a library: %s", 7)
"""


def lines_of(*, as_json: bool, level: str) -> list[str]:
    program = PROGRAM.format(as_json=as_json, level=level)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == ""  # the commands' own output
    return done.stderr.splitlines()


@pytest.mark.parametrize(("level", "n"), [("WARNING", 2), ("INFO", 3)])
def test_only_lines_from_the_level_on_are_written(level: str, n: int) -> None:
    lines = lines_of(as_json=False, level=level)
    assert len(lines) == n
    assert "worth knowing" in lines[-2]
    assert "from a library: 7" in lines[-1]


def test_json_lines_have_the_same_fields_for_all_loggers() -> None:
    ours, theirs = (json.loads(line) for line in lines_of(as_json=True, level="WARNING"))
    assert (ours["event"], ours["level"], ours["bed"]) == ("worth knowing", "warning", "bed-1")
    assert (theirs["event"], theirs["logger"]) == ("from a library: 7", "theirs")
    assert logging.getLevelName(ours["level"].upper()) == logging.WARNING


def run_json(program: str) -> list[dict[str, str]]:
    program = f"from wardbeat.observability import logs\nlogs.configure(as_json=True)\n{program}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_tracebacks_are_in_the_line() -> None:
    program = """
import logging, structlog
try:
    1 / 0
except ZeroDivisionError as error:
    structlog.get_logger("ours").error("failed", exc_info=error)
    logging.getLogger("theirs").exception("failed too")
raise RuntimeError("uncaught")
"""
    ours, theirs, uncaught = run_json(program)
    assert "ZeroDivisionError" in ours["exception"]
    assert "ZeroDivisionError" in theirs["exception"]
    assert uncaught["level"] == "critical"
    assert "RuntimeError: uncaught" in uncaught["exception"]


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["escalate"], ["replay", "--records", "/nowhere"]])
def test_the_error_that_ends_a_process_is_a_json_line_too(arguments: list[str]) -> None:
    away = {"WARDBEAT_REDIS_URL": "redis://ward:secret@127.0.0.1:1/0", "PATH": ""}
    command = [sys.executable, "-P", "-m", "wardbeat.cli.main", *arguments]
    variables = {**os.environ, **away, "WARDBEAT_LOG_JSON": "true"}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "secret" not in done.stderr
    assert {json.loads(line)["level"] for line in done.stderr.splitlines()} == {"critical"}
