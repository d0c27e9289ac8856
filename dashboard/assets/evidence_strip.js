// The strip of an alert's evidence is longer than most screens are wide: it is shown with the decision in view.

const BEFORE = 2 / 3; // of what is seen lies before the decision: that is what led to it

/** Keep every strip that appears within an element so, once for each alert; from then on it is scrolled by hand. */
export function showDecisions(root) {
  const shown = new WeakMap();
  const look = () => {
    for (const strip of root.querySelectorAll("[data-strip-of]")) {
      const { stripOf, decisionPx, widthPx } = strip.dataset;
      if (shown.get(strip) === stripOf || strip.scrollWidth < Number(widthPx)) continue; // or not drawn yet
      shown.set(strip, stripOf);
      strip.scrollLeft = Number(decisionPx) - BEFORE * strip.clientWidth;
    }
  };
  new MutationObserver(look).observe(root, { childList: true, subtree: true, attributeFilter: ["data-strip-of", "style"] });
}
