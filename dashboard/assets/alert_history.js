// What happened to an alert, and what staff have to say of it.

import { waiting } from "./alert_book.js";
import { call } from "./api.js";
import { auditRow } from "./audit_row.js";
import { element } from "./dom.js";

const LONGEST = "500";

export class AlertHistory {
  #acts;
  #alert = null;
  #waits = false;
  #list = element("ol", { class: "history" });
  #text = element("input", { id: "comment", maxlength: LONGEST, autocomplete: "off", "aria-label": "Comment", placeholder: "Comment (no names)" });
  #acknowledge = element("button", { type: "button", class: "act", onclick: () => this.#send("acknowledge", "comment") }, "Acknowledge with comment");
  #add = element("button", { type: "button", onclick: () => this.#send("comments", "text") }, "Add comment");
  #root;
  #onChanged;

  /** `onChanged(alert)` is called with the alert as an act has left it. */
  constructor(root, acts, onChanged) {
    this.#root = root;
    this.#acts = acts;
    this.#onChanged = onChanged;
    root.append(element("h2", {}, "History"), this.#list, element("div", { class: "comment" }, this.#text, this.#add, this.#acknowledge));
    this.#text.addEventListener("input", () => this.#offer());
    root.hidden = true;
  }

  /** Show an alert's history, or none; it is read anew whenever the alert has changed. */
  async show(alert, nowMs) {
    const changed = alert?.alert_id !== this.#alert?.alert_id || alert?.version !== this.#alert?.version;
    if (alert?.alert_id !== this.#alert?.alert_id) {
      this.#list.replaceChildren();
      if (this.#alert !== null) this.#text.value = ""; // it was meant for another
    }
    this.#alert = alert;
    this.#root.hidden = alert === null;
    if (alert === null) return;
    this.#waits = waiting(alert, nowMs);
    this.#offer();
    if (!changed) return;
    try {
      const entries = await call(`alerts/${alert.alert_id}/audit`);
      if (alert.alert_id !== this.#alert?.alert_id || alert.version !== this.#alert.version) return;
      this.#list.replaceChildren(...entries.map(auditRow));
    } catch (error) {
      this.#list.replaceChildren(element("li", { class: "problem" }, error.message));
      this.#alert = null; // asked again with the next news
    }
  }

  /** Who has written something about an alert that waits has seen it. */
  #offer() {
    this.#acknowledge.hidden = !this.#waits || this.#text.value.trim() === "";
  }

  async #send(what, field) {
    const words = this.#text.value.trim();
    if (!words && what === "comments") return this.#text.focus();
    const changed = await this.#acts.act(`alerts/${this.#alert.alert_id}/${what}`, { [field]: words });
    if (changed === null) return;
    this.#text.value = "";
    this.#onChanged(changed);
  }
}
