// The audit of this bed. It is read when staff open it. Entries of the monitor itself are left out.

import { call } from "./api.js";
import { auditRow } from "./audit_row.js";
import { element } from "./dom.js";

const KEPT = 200;

export class BedLog {
  #streamId = null;
  #details;
  #list = element("ol", { class: "history" });

  constructor(details) {
    this.#details = details;
    details.append(this.#list);
    details.addEventListener("toggle", () => this.#read());
  }

  enter(streamId) {
    this.#streamId = streamId;
    this.#details.open = false;
    this.#list.replaceChildren();
  }

  async #read() {
    if (!this.#details.open) return;
    const streamId = this.#streamId;
    try {
      const entries = await call(`streams/${streamId}/audit?limit=${KEPT}`);
      const shown = entries.filter((entry) => entry.by !== "monitor");
      if (streamId !== this.#streamId) return;
      this.#list.replaceChildren(...(shown.length ? shown.map(auditRow) : [element("li", { class: "quiet" }, "Nothing yet.")]));
    } catch (error) {
      this.#list.replaceChildren(element("li", { class: "problem" }, error.message));
    }
  }
}
