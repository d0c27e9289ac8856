"""docker-compose.yml as Docker reads it: variables filled in, profiles chosen."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


def env_file(path: Path) -> dict[str, str]:
    """The variables of a file as Docker Compose reads it, ``NAME=value`` a line."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def variables() -> set[str]:
    """The names of the variables that the file takes."""
    return {name for name, _ in _VARIABLE.findall(_text())}


def compose(given: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The file with its variables filled in; one without value and default is an error."""
    values = given or {}

    def value(match: re.Match[str]) -> str:
        name, default = match.groups()
        if name not in values and default is None:
            raise KeyError(name)
        return values.get(name, default)

    loaded: dict[str, Any] = yaml.safe_load(_VARIABLE.sub(value, _text()))
    return loaded


def services(given: Mapping[str, str] | None = None, profiles: Collection[str] = ()) -> dict[str, dict[str, Any]]:
    """The services that start: those without a profile, and those of the profiles that are asked for."""
    found: dict[str, dict[str, Any]] = compose(given)["services"]
    return {
        name: service
        for name, service in found.items()
        if "profiles" not in service or set(service["profiles"]) & set(profiles)
    }


def _text() -> str:
    return (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
