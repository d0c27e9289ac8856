"""The Dockerfile, what goes into the image, and what a container starts with."""

import os
import re
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import yaml

from tests.support.compose import ROOT, compose
from tests.support.limits import WAIT_S
from wardbeat.settings import Settings

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
LINES = [line for line in re.sub(r"\\\n\s*", " ", DOCKERFILE).splitlines() if line and not line.startswith("#")]
LAST_STAGE = LINES[max(i for i, line in enumerate(LINES) if line.startswith("FROM ")) :]
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"][
    "wheel"
]["packages"]


def instruction(name: str) -> str:
    (line,) = [line for line in LAST_STAGE if line.startswith(f"{name} ")]
    return line.removeprefix(f"{name} ")


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in instruction("ENV").split())


def in_the_image(path: str) -> bool:
    """Whether .dockerignore lets a path into the build: the last line that matches decides."""
    kept = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!")
        if pattern.startswith("**/"):
            matches = pattern.removeprefix("**/") in path.split("/")
        else:
            parents = [path.rsplit("/", n)[0] for n in range(path.count("/") + 1)]
            matches = any(fnmatch(parent, pattern) for parent in parents)
        if matches:
            kept = line.startswith("!")
    return kept


def test_the_bases_are_pinned_to_one_python() -> None:
    version = re.search(r"^ARG PYTHON_VERSION=(3\.1[12]\.\d+)$", DOCKERFILE, flags=re.MULTILINE)
    assert version
    bases = [line.split()[1] for line in LINES if line.startswith("FROM ")]
    assert bases == ["python:${PYTHON_VERSION}-bookworm", "python:${PYTHON_VERSION}-slim-bookworm"]


def test_what_is_installed_is_locked_without_tensorflow() -> None:
    installs = [line for line in LINES if " install " in line]
    assert len(installs) == 2
    assert "--require-hashes -r /src/requirements/runtime.lock" in installs[0]
    assert "--no-deps --no-build-isolation" in installs[1]


def test_it_runs_as_nobody_as_compose_says() -> None:
    services = compose()["services"].values()
    assert {service["user"] for service in services if service["image"].startswith("wardbeat:")} == {
        instruction("USER")
    }


def test_variables_are_settings() -> None:
    fields = {f"WARDBEAT_{field.upper()}": field for field in Settings.model_fields}
    given = {name: value for name, value in environment().items() if name.startswith("WARDBEAT_")}
    assert given.keys() <= fields.keys()
    Settings.model_validate({fields[name]: value for name, value in given.items()})


def test_only_tmp_is_written_to() -> None:
    given = environment()
    for name in ("NUMBA_CACHE_DIR", "MPLCONFIGDIR", "WARDBEAT_DATA_DIR"):
        assert given[name].startswith("/tmp/")
    for service in compose()["services"].values():
        if service["image"].startswith("wardbeat:"):
            assert service["tmpfs"] == ["/tmp"]


def test_kernels_are_compiled_for_the_machines_they_run_on() -> None:
    built = [line for line in LINES if line.startswith("ENV ") and line not in LAST_STAGE]
    assert any("NUMBA_CPU_NAME=generic" in line for line in built)
    assert environment()["NUMBA_CPU_NAME"] == "generic"


def test_the_health_check_asks_where_the_process_answers() -> None:
    port = environment()["WARDBEAT_METRICS_PORT"]
    assert f"'127.0.0.1', {port}" in instruction("HEALTHCHECK")
    assert "'/health'" in instruction("HEALTHCHECK")
    assert port in instruction("EXPOSE").split()
    assert str(Settings.model_fields["dashboard_port"].default) in instruction("EXPOSE").split()


def test_what_the_image_is_made_of_gets_in_and_nothing_else() -> None:
    assert [name for name in PACKAGES if not in_the_image(f"{name}/__init__.py")] == []
    copied = [
        word for line in LINES if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]
    ]
    for source in (word for word in copied if not word.startswith("--") and word != "."):
        assert (ROOT / source).is_file()
        assert in_the_image(source)
    for needed in ("pyproject.toml", "README.md", "LICENSE", "models/bundles/default/bundle.json"):
        assert in_the_image(needed)
    for kept_out in (".env", ".git/config", ".venv/bin/python", "out/records/100.dat", "tests/conftest.py"):
        assert not in_the_image(kept_out)
    assert not in_the_image("wardbeat/__pycache__/topics.pyc")


def test_a_container_starts_with_the_compiled_kernels(tmp_path: Path) -> None:
    assert '["wardbeat-entrypoint"]' in instruction("ENTRYPOINT")
    kernels, cache, programs = tmp_path / "kernels", tmp_path / "cache" / "numba", tmp_path / "bin"
    (kernels / "ecg").mkdir(parents=True)
    (kernels / "ecg" / "qrs.nbc").write_bytes(b"code")
    programs.mkdir()
    (programs / "wardbeat").write_text('#!/bin/sh\necho "$$ $*"\n', encoding="utf-8")
    (programs / "wardbeat").chmod(0o755)
    process = subprocess.Popen(
        [ROOT / "deploy" / "entrypoint.sh", "worker", "-v"],
        env={
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "KERNELS": str(kernels),
            "NUMBA_CACHE_DIR": str(cache),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    out, _ = process.communicate(timeout=WAIT_S)
    assert (cache / "ecg" / "qrs.nbc").read_bytes() == b"code"
    assert out == f"{process.pid} worker -v\n"  # the process itself, so that signals reach it


def test_yaml_files_are_yaml() -> None:
    for path in [*(ROOT / "deploy").rglob("*.yml"), ROOT / "docker-compose.yml"]:
        assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict)
