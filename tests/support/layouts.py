"""Reads the layouts of Dash pages."""

from dash.development.base_component import Component


def ids_of(layout: Component) -> set[str]:
    """The ids of all elements of a layout."""
    parts = [layout, *layout._traverse()]  # type: ignore[no-untyped-call]
    return {part.id for part in parts if isinstance(getattr(part, "id", None), str)}
