"""Pages that need nothing beside them: one look, figures in them."""

from base64 import b64encode
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any, Protocol

import jinja2


class Ranged(Protocol):
    """A figure with an interval."""

    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


def render(template: str, pictures: Path, **values: Any) -> str:
    """A template of this package as HTML.

    Parameters
    ----------
    template : str
        File name; ``picture(name)`` in it gives a picture as the source of an ``img``.
    pictures : Path
        Folder of the pictures.
    **values
        What the template is told.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("training.evaluation", ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "figure": figure, "span": span}
    return environment.get_template(template).render(picture=_pictures_of(pictures), **values)


def percent(value: float, digits: int = 2) -> str:
    """A share as percent; a dash where nothing defines it.

    Examples
    --------
    >>> percent(0.98765), percent(float("nan"))
    ('98.77', '–')
    """
    return f"{100 * value:.{digits}f}" if isfinite(value) else "–"


def figure(value: float, digits: int = 3) -> str:
    """A figure with so many digits; a dash where nothing defines it."""
    return f"{value:.{digits}f}" if isfinite(value) else "–"


def span(rate: Ranged, digits: int = 2) -> str:
    """The interval of a rate, in percent."""
    return f"{percent(rate.low, digits)} to {percent(rate.high, digits)}" if isfinite(rate.low) else "–"


def _pictures_of(folder: Path) -> Callable[[str], str]:
    return lambda name: "data:image/png;base64," + b64encode((folder / name).read_bytes()).decode()
