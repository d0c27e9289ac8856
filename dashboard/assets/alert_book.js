// The open alerts of the ward, by bed and sorted by urgency.

import { callsAgain } from "./sounding.js";

export const PRIORITIES = { high: 0, medium: 1, low: 2 };
/** The mark of each priority, for readers who can't see the colour. */
export const MARKS = { high: "!!!", medium: "!!", low: "!" };

/** Whether the alert waits for staff: active, ended without an acknowledgement, or acknowledged and calling again. */
export function waiting(alert, nowMs) {
  if (alert.origin === "canary") return false;
  return alert.state === "active" || alert.state === "ended" || callsAgain(alert, nowMs);
}

/** Sorts the most urgent alert first, and the newest first among alerts of the same code. */
export function byUrgency(a, b) {
  return (
    PRIORITIES[a.priority] - PRIORITIES[b.priority] ||
    Number(b.lasting) - Number(a.lasting) ||
    a.urgency - b.urgency ||
    b.raised_ms - a.raised_ms
  );
}

/** Event: `change`. Its detail is the changed alert, or null if any alert may have changed. */
export class AlertBook extends EventTarget {
  #open = new Map();

  constructor(link) {
    super();
    link.addEventListener("alerts", ({ detail }) => this.#replace(detail.alerts));
    link.addEventListener("alert", ({ detail }) => this.apply(detail.alert));
  }

  /** The open alerts of one stream, or with null of the whole ward without the canary. The most urgent comes first. */
  open(streamId = null) {
    const wanted = (alert) => (streamId === null ? alert.origin !== "canary" : alert.stream_id === streamId);
    return [...this.#open.values()].filter(wanted).sort(byUrgency);
  }

  /** Take a change. A version that is not newer than the known one is ignored. */
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
