"""The reference says what the code says."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.limits import WAIT_S
from wardbeat.contracts.alert_codes import CODES

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # In a process of its own: click keeps the help option of the first call of a command, so the help of a
    # command that another test called without its group reads otherwise.
    folder = tmp_path_factory.mktemp("reference")
    subprocess.run([sys.executable, str(DOCS / "generate.py"), str(folder)], check=True, timeout=WAIT_S)
    return folder


@pytest.mark.parametrize(
    "name", ["messages.md", "settings.md", "redis-keys.md", "alert-codes.md", "cli.md", "metrics.md", "decisions.md"]
)
def test_the_reference_is_current(generated: Path, name: str) -> None:
    written = (DOCS / "reference" / name).read_text(encoding="utf-8")
    assert written == (generated / name).read_text(encoding="utf-8"), "run: python docs/generate.py"


def test_every_alert_code_is_defined() -> None:
    definitions = runpy.run_path(str(DOCS / "alert_definitions.py"))["DEFINITIONS"]
    assert isinstance(definitions, dict)
    assert set(definitions) == set(CODES)
