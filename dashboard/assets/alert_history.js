// The history of an alert, and the field for a comment.

import { waiting } from "./alert_book.js";
import { call } from "./api.js";
import { auditRow } from "./audit_row.js";
import { element } from "./dom.js";

const LONGEST = "500";

export class AlertHistory {
  #acts;
  #alert = null;
  #isWaiting = false;
  #list = element("ol", { class: "history" });
  #text = element("input", { id: "comment", maxlength: LONGEST, autocomplete: "off", "aria-label": "Comment", placeholder: "Comment (no names)" });
  #acknowledge = element("button", { type: "button", class: "act", onclick: () => this.#send("acknowledge", "comment") }, "Acknowledge with comment");
  #add = element("button", { type: "button", onclick: () => this.#send("comments", "text") }, "Add comment");
  #root;
  #onChanged;

  /** `onChanged(alert)` is called with the changed alert after each act. */
  constructor(root, acts, onChanged) {
    this.#root = root;
    this.#acts = acts;
    this.#onChanged = onChanged;
    root.append(element("h2", {}, "History"), this.#list, element("div", { class: "comment" }, this.#text, this.#add, this.#acknowledge));
    this.#text.addEventListener("input", () => this.#offer());
    root.hidden = true;
  }

  /** Show the history of an alert, or nothing with null. Each new version of the alert reads the history again. */
  async show(alert, nowMs) {
    const changed = alert?.alert_id !== this.#alert?.alert_id || alert?.version !== this.#alert?.version;
    if (alert?.alert_id !== this.#alert?.alert_id) {
      this.#list.replaceChildren();
      if (this.#alert !== null) this.#text.value = ""; // the text was for the previous alert
    }
    this.#alert = alert;
    this.#root.hidden = alert === null;
    if (alert === null) return;
    this.#isWaiting = waiting(alert, nowMs);
    this.#offer();
    if (!changed) return;
    try {
      const entries = await call(`alerts/${alert.alert_id}/audit`);
      if (alert.alert_id !== this.#alert?.alert_id || alert.version !== this.#alert.version) return;
      this.#list.replaceChildren(...entries.map(auditRow));
    } catch (error) {
      this.#list.replaceChildren(element("li", { class: "problem" }, error.message));
      this.#alert = null; // the next update tries again
    }
  }

  /** Offer to acknowledge with the comment, if the alert waits and the field has text. */
  #offer() {
    this.#acknowledge.hidden = !this.#isWaiting || this.#text.value.trim() === "";
  }

  async #send(route, field) {
    const text = this.#text.value.trim();
    if (!text && route === "comments") return this.#text.focus();
    const changed = await this.#acts.act(`alerts/${this.#alert.alert_id}/${route}`, { [field]: text });
    if (changed === null) return;
    this.#text.value = "";
    this.#onChanged(changed);
  }
}
