"""What ARCHITECTURE, CONTRIBUTING and the glossary name exists, and pre-commit runs what `make lint` runs."""

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from wardbeat.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("wardbeat", "producers", "processors", "models", "training", "dashboard", "benchmarks", "tests", "docs")
SOURCES = {".py", ".js", ".yml", ".j2", ".sh"}
PLACEHOLDERS = {"a/b/c.py", "tests/a/b/test_c.py"}


@cache
def sources() -> dict[str, str]:
    """The text of every source file by its path."""
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.suffix in SOURCES]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def named(page: str) -> list[str]:
    """Everything between backticks on a page, without its blocks of code."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "docs/glossary.md"])
def test_every_file_that_a_page_names_exists(page: str) -> None:
    files = [name for name in named(page) if Path(name).suffix in SOURCES and not re.search(r"NAME| ", name)]
    known = [*sources(), *(path.name for path in ROOT.iterdir())]
    wanted = [name for name in files if name not in PLACEHOLDERS]
    assert [name for name in wanted if not any(f"/{path}".endswith(f"/{name}") for path in known)] == []


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "docs/glossary.md"])
def test_every_identifier_that_a_page_names_exists(page: str) -> None:
    text = "\n".join([*sources().values(), *(f"WARDBEAT_{field.upper()}" for field in Settings.model_fields)])
    words = [word for name in named(page) for word in re.findall(r"^_?[A-Z][A-Za-z_]+|[a-z]+_[a-z_]+$", name)]
    assert len(words) >= 3
    assert [word for word in words if not re.search(rf"\b{word}\b", text)] == []


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md", "docs/glossary.md"])
def test_every_folder_that_a_page_names_exists(page: str) -> None:
    folders = [name for name in named(page) if re.fullmatch(r"[a-z_]+(/[a-z_]+)*/?", name) and "/" in name]
    places = [ROOT, ROOT / "processors", ROOT / "dashboard", ROOT / "wardbeat" / "ecg", ROOT / "wardbeat"]
    assert [name for name in folders if not any((place / name).is_dir() for place in places)] == []


def test_pre_commit_runs_the_checks_of_make_lint() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    target = re.search(r"^lint:.*\n((?:\t.*\n)+)", makefile, flags=re.MULTILINE)
    assert target is not None
    lint = [line.strip().removeprefix("@").replace("$(BIN)", ".venv/bin") for line in target[1].splitlines()]
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [hook["entry"] for repo in config["repos"] for hook in repo["hooks"]] == lint


def test_the_hosted_ci_calls_the_script_of_this_repository() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert [step["run"] for step in steps if "run" in step] == [".ci/run"]
