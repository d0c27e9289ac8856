"""Renders the HTML reports: one file each, with the images inside."""

from base64 import b64encode
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any, Protocol

import jinja2


class Ranged(Protocol):
    """A value with an interval."""

    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


def render(template: str, pictures: Path, *, package: str = "training.evaluation", **values: Any) -> str:
    """Render a template as HTML.

    Parameters
    ----------
    template : str
        File name. In the template, ``picture(name)`` gives an image as the source of an ``img``.
    pictures : Path
        Folder of the images.
    package : str
        The package of the template; its template may extend one of this package.
    **values
        Variables of the template.
    """
    packages = dict.fromkeys((package, "training.evaluation"))
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(name, "") for name in packages]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "figure": figure, "span": span}
    return environment.get_template(template).render(picture=_pictures_of(pictures), **values)


def percent(value: float, digits: int = 2) -> str:
    """A proportion in percent; a dash for NaN or infinity.

    Examples
    --------
    >>> percent(0.98765), percent(float("nan"))
    ('98.77', '–')
    """
    return f"{100 * value:.{digits}f}" if isfinite(value) else "–"


def figure(value: float, digits: int = 3) -> str:
    """A number with ``digits`` decimals; a dash for NaN or infinity."""
    return f"{value:.{digits}f}" if isfinite(value) else "–"


def span(rate: Ranged, digits: int = 2) -> str:
    """The interval of a rate in percent; a dash for NaN or infinity."""
    return f"{percent(rate.low, digits)} to {percent(rate.high, digits)}" if isfinite(rate.low) else "–"


def _pictures_of(folder: Path) -> Callable[[str], str]:
    return lambda name: "data:image/png;base64," + b64encode((folder / name).read_bytes()).decode()
