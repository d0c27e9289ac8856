"""The shape of the repository: what is where, how long a module is, what no file may say."""

import importlib
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("wardbeat", "producers", "processors", "models", "training", "dashboard", "tests")
MAX_LINES = 400
LONGER_WITH_REASON: dict[str, str] = {}
"""Path -> why it may be longer."""
TEXT_SUFFIXES = {".py", ".md", ".toml", ".sh", ".js", ".css", ".html", ".json", ".yml", ".yaml", ".txt", ""}
# Put together here, so that this file does not find itself.
MACHINE_PATHS = re.compile(
    "|".join(("/" + "work/", "/" + "root/", "/" + r"home/\w", "/" + "tmp/brief", r"[A-Z]:\\" + "Users"))
)


@cache
def tracked_files() -> list[str]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("no git checkout")
    return [name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def pyproject() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def requirement_names(requirements: list[str]) -> list[str]:
    return [re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0] for requirement in requirements]


def direct_dependencies() -> list[str]:
    project = pyproject()["project"]
    assert isinstance(project, dict)
    extras = [requirement for extra in project["optional-dependencies"].values() for requirement in extra]
    return requirement_names([*project["dependencies"], *extras])


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_of_ours_is_the_one_in_this_checkout(name: str) -> None:
    """The names are common ones: a dependency that brings a `tests` or `models` would be imported instead."""
    package = importlib.import_module(name)
    assert package.__file__ is not None
    assert Path(package.__file__).resolve().parent == ROOT / name


def test_modules_stay_short() -> None:
    lines = {
        name: len((ROOT / name).read_text(encoding="utf-8").splitlines())
        for name in tracked_files()
        if name.endswith((".py", ".js"))
    }
    assert {name: n for name, n in lines.items() if n > MAX_LINES and name not in LONGER_WITH_REASON} == {}
    assert [name for name in LONGER_WITH_REASON if lines.get(name, 0) <= MAX_LINES] == []


def test_no_file_names_a_path_of_one_machine() -> None:
    found = {}
    for name in tracked_files():
        if Path(name).suffix not in TEXT_SUFFIXES:
            continue
        text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
        hits = MACHINE_PATHS.findall(text)
        if hits:
            found[name] = hits
    assert found == {}


def test_there_is_no_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "common", "misc", "manager"}
    assert [name for name in tracked_files() if Path(name).stem in drawers] == []


def test_every_direct_dependency_is_explained_once() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| `([\w.-]+)` \| \S", text, flags=re.MULTILINE)
    build = (ROOT / "requirements" / "build.in").read_text(encoding="utf-8")
    wanted = [*direct_dependencies(), *re.findall(r"^[\w-]+", build, flags=re.MULTILINE)]
    assert sorted(explained) == sorted(wanted)


def locked(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, flags=re.MULTILINE))


def test_the_locks_agree() -> None:
    """What is tested is what is served: the dev lock holds all of the runtime lock, at the same versions."""
    runtime, dev = locked("runtime.lock"), locked("dev.lock")
    assert {name: version for name, version in runtime.items() if dev.get(name) != version} == {}


def test_every_direct_dependency_is_locked() -> None:
    dev = locked("dev.lock")
    assert [name for name in direct_dependencies() if name.lower() not in dev] == []


def test_the_lock_has_a_hash_for_every_package() -> None:
    for name in ("runtime.lock", "dev.lock"):
        text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
        blocks = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
        assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_serving_needs_no_tensorflow() -> None:
    assert not {"tensorflow", "tensorflow-cpu", "keras"} & set(locked("runtime.lock"))
