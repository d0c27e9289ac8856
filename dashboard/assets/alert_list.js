// A list of alerts, one row each, with the buttons for the acts.

import { MARKS, waiting } from "./alert_book.js";
import { element, setAttribute, setText } from "./dom.js";
import { callsAgain } from "./sounding.js";
import { actor, duration, timeOfDay } from "./words.js";

const SETTLES_MS = 500;

/**
 * Clicks call `act(alert, "acknowledge")` and `choose(alert)`; with `choose` null there is no such button.
 *
 * After rows have moved, presses are ignored for half a second: they were meant for the row that was there before. A press
 * acts on the alert that was under it when the finger came down.
 */
export class AlertList {
  #root;
  #empty;
  #act;
  #choose;
  #rows = new Map();
  #settles = null;

  constructor(root, { empty, act, choose }) {
    this.#root = root;
    this.#empty = element("p", { class: "quiet" }, empty);
    this.#act = act;
    this.#choose = choose;
    root.append(this.#empty);
  }

  /** Show these alerts in this order. Rows are kept, so that a button never vanishes under a finger. */
  show(alerts, chosenId, nowMs) {
    const before = this.#rows;
    this.#rows = new Map(alerts.map((alert) => [alert.alert_id, before.get(alert.alert_id) ?? this.#row()]));
    for (const alert of alerts) this.#fill(this.#rows.get(alert.alert_id), alert, chosenId, nowMs);
    const wanted = alerts.length ? [...this.#rows.values()].map((row) => row.root) : [this.#empty];
    if (wanted.length !== this.#root.childElementCount || wanted.some((row, i) => row !== this.#root.children[i])) {
      const moved = before.size > 0;
      this.#root.replaceChildren(...wanted);
      if (moved) this.#settle();
    }
  }

  /** Take no press for half a second. `aria-disabled` tells so, and keeps the focus on the button. */
  #settle() {
    clearTimeout(this.#settles);
    this.#mark("true");
    this.#settles = setTimeout(() => {
      this.#settles = null;
      this.#mark(null);
    }, SETTLES_MS);
  }

  #mark(disabled) {
    for (const row of this.#rows.values()) {
      for (const button of [row.why, row.acknowledge]) setAttribute(button, "aria-disabled", disabled);
    }
  }

  /** A button of a row. The press belongs to the alert that the row showed when it began. */
  #button(row, kind, words, act) {
    let pressed = null;
    const press = () => (pressed = this.#settles === null ? row.alert : null);
    const onclick = (event) => {
      const alert = event.detail === 0 ? press() : pressed; // 0: by the keyboard, without a pointer
      pressed = null;
      if (alert !== null && this.#settles === null) act(alert);
    };
    return element("button", { type: "button", class: kind, onpointerdown: press, onclick }, words);
  }

  #row() {
    const row = { alert: null };
    row.mark = element("span", { class: "mark" });
    row.words = element("span", { class: "words" });
    row.when = element("span", { class: "when" });
    row.who = element("span", { class: "who-acted" });
    row.why = this.#button(row, "why", "Why?", (alert) => this.#choose(alert));
    row.why.hidden = this.#choose === null;
    row.acknowledge = this.#button(row, "act", "", (alert) => this.#act(alert, "acknowledge"));
    row.root = element(
      "article",
      { class: "alert-row" },
      row.mark,
      element("div", { class: "what" }, row.words, row.when, row.who),
      element("div", { class: "acts" }, row.why, row.acknowledge),
    );
    return row;
  }

  #fill(row, alert, chosenId, nowMs) {
    row.alert = alert;
    setAttribute(row.root, "data-alert", alert.alert_id);
    setAttribute(row.root, "data-priority", alert.priority);
    const again = callsAgain(alert, nowMs);
    setAttribute(row.root, "data-state", again ? "active" : alert.state);
    setAttribute(row.root, "data-chosen", alert.alert_id === chosenId ? "true" : null);
    setText(row.mark, MARKS[alert.priority]);
    setText(row.words, alert.words);
    setText(row.when, `${timeOfDay(alert.raised_ms)}, ${duration(nowMs - alert.raised_ms)} ago${alert.lasting ? "" : ", ended"}`);
    setText(row.who, whoActed(alert, again));
    row.acknowledge.hidden = !waiting(alert, nowMs);
    // A lasting condition can't be closed. An ended one waits for an acknowledgement, which also closes it.
    setText(row.acknowledge, alert.lasting ? "Acknowledge" : "Acknowledge, close");
  }
}

/** "✓ AB 03:12:45, “lead was loose”". */
function whoActed(alert, again) {
  const parts = again ? ["STILL TRUE, calls again"] : [];
  if (alert.acknowledged_by) parts.push(`✓ ${alert.acknowledged_by} ${timeOfDay(alert.acknowledged_ms)}`);
  if (alert.resolved_by) parts.push(`resolved ${actor(alert.resolved_by)} ${timeOfDay(alert.resolved_ms)}`);
  const newest = alert.comments.at(-1);
  if (newest) parts.push(`“${newest.text}” ${newest.by}`);
  if (alert.escalated) parts.push("other staff were notified");
  return parts.join(", ");
}
