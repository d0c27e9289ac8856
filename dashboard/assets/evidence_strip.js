// Scrolls the strip of an alert's evidence so that the decision is visible. Most screens are narrower than the strip.

const BEFORE = 2 / 3; // of the visible part is before the decision, because it led to the decision

/** Scroll every strip that appears inside `root`, once for each alert. After that only the user scrolls. */
export function showDecisions(root) {
  const shown = new WeakMap();
  const look = () => {
    for (const strip of root.querySelectorAll("[data-strip-of]")) {
      const { stripOf, decisionPx, widthPx } = strip.dataset;
      if (shown.get(strip) === stripOf || strip.scrollWidth < Number(widthPx)) continue; // scrolled already, or not drawn yet
      shown.set(strip, stripOf);
      strip.scrollLeft = Number(decisionPx) - BEFORE * strip.clientWidth;
    }
  };
  new MutationObserver(look).observe(root, { childList: true, subtree: true, attributeFilter: ["data-strip-of", "style"] });
}
