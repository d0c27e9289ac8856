// The open alerts of the ward, by bed and by urgency.

import { callsAgain } from "./sounding.js";

export const PRIORITIES = { high: 0, medium: 1, low: 2 };
/** What says the priority without colour. */
export const MARKS = { high: "!!!", medium: "!!", low: "!" };

/** Whether somebody has to act on it: nobody has yet, or it calls again. An ended one of high priority still waits. */
export function waiting(alert, nowMs) {
  return alert.state === "active" || alert.state === "ended" || callsAgain(alert, nowMs);
}

/** Most urgent first; of the same code the newest. */
export function byUrgency(a, b) {
  return (
    PRIORITIES[a.priority] - PRIORITIES[b.priority] ||
    Number(b.lasting) - Number(a.lasting) ||
    a.urgency - b.urgency ||
    b.raised_ms - a.raised_ms
  );
}

/** Event: `change`, with the alert as detail, or null if any may have changed. */
export class AlertBook extends EventTarget {
  #open = new Map();

  constructor(link) {
    super();
    link.addEventListener("alerts", ({ detail }) => this.#replace(detail.alerts));
    link.addEventListener("alert", ({ detail }) => this.apply(detail.alert));
  }

  /** Open alerts, most urgent first: of one stream, or of the whole ward. */
  open(streamId = null) {
    return [...this.#open.values()].filter((alert) => streamId === null || alert.stream_id === streamId).sort(byUrgency);
  }

  apply(alert) {
    const known = this.#open.get(alert.alert_id);
    if (known && known.version >= alert.version) return;
    if (alert.state === "resolved") this.#open.delete(alert.alert_id);
    else this.#open.set(alert.alert_id, alert);
    this.dispatchEvent(new CustomEvent("change", { detail: alert }));
  }

  #replace(alerts) {
    this.#open = new Map(alerts.map((alert) => [alert.alert_id, alert]));
    this.dispatchEvent(new CustomEvent("change", { detail: null }));
  }
}
