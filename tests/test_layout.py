"""The shape of the repository: what is where, how long a module is, what no file may say."""

import ast
import importlib
import re
import subprocess
import tomllib
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.slow_tests import LONGEST_FIRST

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("wardbeat", "producers", "processors", "models", "training", "dashboard", "benchmarks", "tests")
MAX_LINES = 400
LONGER_WITH_REASON: dict[str, str] = {}
"""Path -> why it may be longer."""
PRODUCT = ("wardbeat", "producers", "processors", "models", "training", "dashboard", "benchmarks")
MAX_MODULES = 15
"""Side by side in one folder, without ``__init__.py``."""
WITHOUT_MIRROR = {"system", "deploy", "docs", "dashboard/assets"}
"""Folders of tests of what is no Python module: whole wards, files of the deployment, documents, scripts of pages."""
NO_MODULE = {
    "test_layout.py": "the repository",
    "dashboard/pages/study/test_with_service.py": "the page /study with the real classify service",
    "wardbeat/cli/test_hostile_values.py": "every argument and option of every command",
    "wardbeat/embedded/test_kafka_cluster.py": "three nodes of wardbeat/embedded/kafka.py, which die and return",
    "wardbeat/store/test_interleavings.py": "the alert store, the rules and the monitor together, in any order",
}
"""Test file -> what it tests instead of a module."""
NO_TEST_FILE: dict[str, str] = {
    "wardbeat/ecg/reference.py": "two named tuples without behaviour",
}
"""Module -> why it has no test file of its own."""
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


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def modules() -> list[str]:
    """The modules of the product, without ``__init__.py``."""
    names = [name for name in tracked_files() if name.endswith(".py") and name.split("/")[0] in PRODUCT]
    return [name for name in names if not name.endswith("/__init__.py")]


@cache
def package_folders() -> list[str]:
    """The folders of the product that hold modules or packages of modules."""
    return sorted({parent.as_posix() for name in modules() for parent in Path(name).parents} - {"."})


@cache
def paths_of_tests() -> list[str]:
    """The test modules, relative to ``tests``."""
    tests = [Path(name).relative_to("tests") for name in tracked_files() if name.startswith("tests/")]
    return [path.as_posix() for path in tests if path.name.startswith("test_") and path.suffix == ".py"]


def parsed(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(encoding="utf-8"))


def requirement_names(requirements: list[str]) -> list[str]:
    return [re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0] for requirement in requirements]


def direct_dependencies() -> list[str]:
    project = pyproject()["project"]
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


def test_no_folder_holds_more_modules_than_one_reads_at_a_glance() -> None:
    held = Counter(Path(name).parent.as_posix() for name in modules())
    assert {folder: n for folder, n in held.items() if n > MAX_MODULES} == {}


def test_every_package_says_what_it_holds() -> None:
    silent = []
    for folder in package_folders():
        init = ROOT / folder / "__init__.py"
        if not init.is_file() or not ast.get_docstring(parsed(f"{folder}/__init__.py")):
            silent.append(folder)
    assert silent == []


def test_no_two_public_classes_have_one_name() -> None:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name in modules():
        for node in parsed(name).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(name)
    assert {name: where for name, where in found.items() if len(where) > 1} == {}


def test_every_module_has_its_test_file() -> None:
    mirrored = set(paths_of_tests())
    wanted = {name: Path(name).with_name(f"test_{Path(name).name}").as_posix() for name in modules()}
    assert [name for name, test in wanted.items() if test not in mirrored and name not in NO_TEST_FILE] == []
    assert [name for name in NO_TEST_FILE if wanted.get(name, "gone") in {*mirrored, "gone"}] == [], "no exception"


def test_every_test_file_has_its_module() -> None:
    known = set(modules())
    lost = []
    for test in paths_of_tests():
        mirrors = Path(test).with_name(Path(test).name.removeprefix("test_")).as_posix()
        elsewhere = any(test.startswith(f"{folder}/") for folder in WITHOUT_MIRROR)
        if mirrors not in known and test not in NO_MODULE and not elsewhere:
            lost.append(test)
    assert lost == []
    assert set(NO_MODULE) <= set(paths_of_tests())


def test_no_test_imports_a_test_module() -> None:
    """What two test modules share lives in ``tests/support``."""
    importing: defaultdict[str, list[str]] = defaultdict(list)
    for name in tracked_files():
        if not (name.startswith("tests/") and name.endswith(".py")):
            continue
        for node in ast.walk(parsed(name)):
            if isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                imported = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            importing[name] += [one for one in imported if re.search(r"(^|\.)test_\w+", one)]
    assert {name: imported for name, imported in importing.items() if imported} == {}


def test_the_modules_to_run_first_exist() -> None:
    assert [name for name in LONGEST_FIRST if name not in paths_of_tests()] == []


def test_an_import_contract_names_every_package() -> None:
    linter = pyproject()["tool"]["importlinter"]
    named: set[str] = set()
    for contract in linter["contracts"]:
        for field in ("source_modules", "forbidden_modules", "protected_modules", "modules"):
            named.update(contract.get(field, []))
        layers = [name.strip() for layer in contract.get("layers", []) for name in re.split(r"[|:]", layer)]
        containers = contract.get("containers", [])
        named.update(f"{container}.{name}" for container in containers for name in layers)
        named.update(() if containers else layers)
    packages = {folder.replace("/", ".") for folder in package_folders() if folder.count("/") < 2}
    packages = {name for name in packages if name.split(".")[0] != "benchmarks"}
    assert set(linter["root_packages"]) == {name for name in packages if "." not in name}
    assert sorted(packages - named) == []


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
