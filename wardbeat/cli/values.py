"""The types of arguments and options: each calls the rule of its kind, so that every command refuses the same values.

The rules are in :mod:`wardbeat.contracts.rules` and :mod:`wardbeat.destinations`.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from wardbeat import destinations
from wardbeat.contracts import rules
from wardbeat.contracts.rules import Range
from wardbeat.errors import InvalidValueError


class Text(click.ParamType):
    """A text that follows a rule."""

    def __init__(self, name: str, rule: Callable[[str], Any]) -> None:
        self.name = name
        self._rule = rule

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value in the form in which Wardbeat stores it."""
        return _checked(self, self._rule, value, param, ctx) if isinstance(value, str) else value


class Number(click.FloatRange):
    """A finite number of a range."""

    def __init__(self, rule: Range) -> None:
        super().__init__(rule.low, rule.high, min_open=rule.above)
        self._rule = rule

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number as a float."""
        return _checked(self, self._rule.check, click.FLOAT.convert(value, param, ctx), param, ctx)


class Whole(click.IntRange):
    """A whole number of a range."""

    def __init__(self, rule: Range) -> None:
        super().__init__(round(rule.low), round(rule.high))
        self._rule = rule

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number as an int."""
        return _checked(self, self._rule.check, click.INT.convert(value, param, ctx), param, ctx)


class FilePath(click.Path):
    """A path that follows a rule of :mod:`wardbeat.destinations`."""

    def __init__(self, rule: Callable[[str], Path]) -> None:
        super().__init__(path_type=Path)
        self._rule = rule

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """The path."""
        path: Path = _checked(self, self._rule, os.fspath(value), param, ctx)
        return path


def _checked(
    kind: click.ParamType,
    rule: Callable[[Any], Any],
    value: Any,
    param: click.Parameter | None,
    ctx: click.Context | None,
) -> Any:
    try:
        return rule(value)
    except InvalidValueError as error:
        kind.fail(str(error), param, ctx)


INITIALS = Text("INITIALS", rules.initials)
LINE = Text("TEXT", rules.line)
COMMENT = Text("TEXT", rules.optional_comment)
RECORD = Text("NAME", rules.record_name)
SINCE = Text("TIME|AGO", lambda text: rules.since_ns(text, time.time_ns()))
SOURCE = FilePath(destinations.named_path)
"""A file or folder to read. What reads it says more exactly what is missing."""
FILE_TO_WRITE = FilePath(destinations.file_to_write)
FOLDER_TO_WRITE = FilePath(destinations.folder_to_write)
"""Wardbeat makes the folder if it is missing."""
