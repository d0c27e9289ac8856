"""Reads the layouts of Dash pages."""

from collections.abc import Iterator

from dash.development.base_component import Component


def ids_of(layout: Component) -> set[str]:
    """The ids of all elements of a layout."""
    parts = [layout, *layout._traverse()]  # type: ignore[no-untyped-call]
    return {part.id for part in parts if isinstance(getattr(part, "id", None), str)}


def text_of(layout: Component) -> str:
    """The texts of a layout in their order, with spaces between them."""
    return " ".join(part.strip() for part in _texts(layout) if part.strip())


def _texts(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, Component):
        yield from _texts(getattr(part, "children", None))
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from _texts(inner)
