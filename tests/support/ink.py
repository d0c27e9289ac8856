"""Reads what the page has drawn on a canvas."""

from playwright.sync_api import Locator

_INKED = """(canvas) => {
  const { width, height } = canvas;
  const picture = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  let inked = 0;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      if (picture[4 * (y * width + x) + 3]) { inked++; break; }
    }
  }
  return inked;
}"""


def drawn(canvas: Locator) -> str:
    """The picture on a canvas as a data URL."""
    picture = canvas.evaluate("(canvas) => canvas.toDataURL()")
    assert isinstance(picture, str)
    return picture


def inked_proportion(canvas: Locator) -> float:
    """The proportion of a canvas's columns with any drawing in them, 0 to 1."""
    proportion = canvas.evaluate(f"(canvas) => ({_INKED})(canvas) / canvas.width")
    assert isinstance(proportion, float | int)
    return proportion


def watch_growth(canvas: Locator) -> None:
    """At the next change of a canvas's size, note on it the inked columns: those of now, and those after the change."""
    canvas.evaluate(
        f"""(canvas) => {{
          const inked = {_INKED};
          const before = inked(canvas);
          let first = true; // an observer is called once when it begins
          new ResizeObserver(() => {{
            if (!first) canvas.dataset.growth ??= [before, inked(canvas)].join();
            first = false;
          }}).observe(canvas);
        }}"""
    )


def growth(canvas: Locator) -> tuple[int, int] | None:
    """The inked columns at :func:`watch_growth` and directly after the change of size; None before that."""
    noted = canvas.get_attribute("data-growth")
    if noted is None:
        return None
    before, after = noted.split(",")
    return int(before), int(after)
