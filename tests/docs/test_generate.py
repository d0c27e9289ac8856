"""The reference says what the code says."""

import runpy
from pathlib import Path

import pytest

from wardbeat.alerts import CODES

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def generate() -> dict[str, object]:
    return runpy.run_path(str(DOCS / "generate.py"))


@pytest.mark.parametrize("name", ["messages.md", "settings.md", "redis-keys.md", "alert-codes.md", "cli.md"])
def test_the_reference_is_current(generate: dict[str, object], name: str) -> None:
    pages = generate["pages"]
    assert callable(pages)
    assert (DOCS / "reference" / name).read_text(encoding="utf-8") == pages()[name], "run: python docs/generate.py"


def test_every_alert_code_is_defined(generate: dict[str, object]) -> None:
    definitions = generate["DEFINITIONS"]
    assert isinstance(definitions, dict)
    assert set(definitions) == set(CODES)
