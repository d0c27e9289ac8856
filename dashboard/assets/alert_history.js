// What happened to an alert, and what staff have to say of it.

import { call } from "./api.js";
import { element } from "./dom.js";
import { calls } from "./sounding.js";
import { timeOfDay } from "./words.js";

const ACTS = {
  raised: "raised",
  rose: "became more urgent",
  ended: "is over",
  acknowledged: "acknowledged",
  escalated: "nobody came: others were told",
  resolved: "resolved",
  closed: "closed, as the patient left the bed",
};
const LONGEST = "500";

export class AlertHistory {
  #acts;
  #alert = null;
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
    root.hidden = true;
  }

  /** Show an alert's history, or none; it is read anew whenever the alert has changed. */
  async show(alert, nowMs) {
    const changed = alert?.alert_id !== this.#alert?.alert_id || alert?.version !== this.#alert?.version;
    if (alert?.alert_id !== this.#alert?.alert_id) this.#list.replaceChildren();
    this.#alert = alert;
    this.#root.hidden = alert === null;
    if (alert === null) return;
    this.#acknowledge.hidden = alert.state === "resolved" || (alert.state === "acknowledged" && !calls(alert, nowMs));
    if (!changed) return;
    try {
      const entries = await call(`alerts/${alert.alert_id}/audit`);
      if (alert.alert_id !== this.#alert?.alert_id) return;
      this.#list.replaceChildren(...entries.filter((entry) => entry.act !== "evidence").map(row));
    } catch (error) {
      this.#list.replaceChildren(element("li", { class: "problem" }, error.message));
      this.#alert = null; // asked again with the next news
    }
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

/** "03:12:45  AB  acknowledged", newest first. */
export function row(entry) {
  const words = entry.act === "commented" ? `“${entry.detail}”` : (ACTS[entry.act] ?? `${entry.act} ${entry.detail}`.trim());
  return element(
    "li",
    {},
    element("time", {}, timeOfDay(entry.at_ms)),
    element("b", {}, entry.by === "monitor" ? "Wardbeat" : entry.by),
    element("span", {}, words),
  );
}
