// Finds the page for the address. No page is loaded again, so that sound and connection continue between pages.

const PATIENT = /^\/patient\/([A-Za-z0-9][A-Za-z0-9._-]{0,63})$/;

/** The stream id in an address, or null for the ward page. */
export function streamOf(pathname) {
  return PATIENT.exec(pathname)?.[1] ?? null;
}

/** Calls `show(streamId)` now and after every change of the address. Links with `data-page-link` load nothing. */
export function route(show) {
  const now = () => show(streamOf(location.pathname));
  window.addEventListener("popstate", now);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-page-link]");
    if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", link.href);
    now();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || streamOf(location.pathname) === null) return;
    history.pushState(null, "", "/");
    now();
  });
  now();
}
