"""What is drawn on a canvas."""

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
    picture = canvas.evaluate("(canvas) => canvas.toDataURL()")
    assert isinstance(picture, str)
    return picture


def inked_share(canvas: Locator) -> float:
    """The share of a canvas's columns that anything is drawn in."""
    share = canvas.evaluate(f"(canvas) => ({_INKED})(canvas) / canvas.width")
    assert isinstance(share, float | int)
    return share


def watch_growth(canvas: Locator) -> None:
    """When its size changes, note on the canvas how many columns are inked now, and are when that is first seen."""
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
    """The columns that were inked when a canvas began to be watched, and as soon as its size had changed."""
    noted = canvas.get_attribute("data-growth")
    if noted is None:
        return None
    before, after = noted.split(",")
    return int(before), int(after)
