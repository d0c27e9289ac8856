// The study page's own part in the browser: the limit of an upload, checked before Dash reads the files, and the picture.
// A classic script, because Dash looks for its functions as soon as it starts. The block keeps its names to itself.
{
  const zoneOf = (event) => event.target.closest?.("#study-drop") ?? null;
  const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`;

  /** Refuse files that are too large. The listener runs before those of Dash, which would read all of them into memory. */
  function checkSize(event) {
    const zone = zoneOf(event);
    const files = [...(event.dataTransfer?.files ?? event.target.files ?? [])];
    if (zone === null || files.length === 0) return;
    const size = files.reduce((sum, file) => sum + file.size, 0);
    const limit = Number(zone.dataset.maxBytes);
    if (size <= limit) return;
    event.preventDefault(); // the browser would open a dropped file
    event.stopImmediatePropagation();
    if (event.type === "drop") event.target.dispatchEvent(new DragEvent("dragleave", { bubbles: true }));
    const names = files.map((file) => file.name).join(", ");
    refuse(`At most ${limit >> 20} MB together; ${names}: ${megabytes(size)}. Send a smaller picture or a shorter record.`);
  }

  function refuse(words) {
    const problem = { namespace: "dash_html_components", type: "P", props: { children: words, className: "refusal" } };
    dash_clientside.set_props("study-answer", { children: problem });
    dash_clientside.set_props("study-picture-frame", { hidden: true });
  }

  document.addEventListener("change", checkSize, true);
  document.addEventListener("drop", checkSize, true);

  window.dash_clientside = window.dash_clientside ?? {};
  window.dash_clientside.study = {
    /** What is sent, and the upload, which is emptied. */
    take(contents, names) {
      const { no_update } = dash_clientside;
      return contents?.length ? [{ contents, names }, null] : [no_update, no_update];
    },

    /** The picture under its saliency map. */
    picture(hidden, sent) {
      return hidden || !sent ? null : sent.contents[0];
    },

    toggle(shown) {
      return !shown.includes("on");
    },
  };
}
