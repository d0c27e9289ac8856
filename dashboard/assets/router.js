// Which page the address means, without loading anything: sound and connection live on from page to page.

const PATIENT = /^\/patient\/([A-Za-z0-9][A-Za-z0-9._-]{0,63})$/;

/** The stream id that an address is about, or null for the ward. */
export function streamOf(pathname) {
  return PATIENT.exec(pathname)?.[1] ?? null;
}

/** Calls `show(streamId)` now and whenever the address changes; links with `data-page-link` stay in this page. */
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
