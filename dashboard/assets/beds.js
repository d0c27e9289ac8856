// The current state of every bed. While the connection is lost, no bed counts as monitored.

export const CONNECTION_LOST = "Connection to Wardbeat lost";

/** Why a bed is not monitored: a headline, and the reason. */
export function notMonitored(bed) {
  if (bed?.delayed_s != null) return [bed.reason, "Alerts are late, too. Look at the patient."];
  return ["NOT MONITORED", bed?.reason ?? "No bed has this name"];
}

/** Event: `change`, after every ward frame and when the connection is lost. */
export class Beds extends EventTarget {
  list = [];
  problem = null;
  /** The audio pause of the whole ward, or null. */
  pause = null;
  /** Whether an escalator runs, which notifies other staff. */
  escalates = false;
  /** What Redis has lost in the last day: {from_ms, to_ms}, or null. */
  historyGap = null;
  /** The last proof by the canary: {delay_s, shown_ms, missed}, or null; and its bed, which is no patient's. */
  canary = null;
  canaryBed = null;
  #serverAheadMs = 0;

  constructor(link) {
    super();
    link.addEventListener("ward", ({ detail }) => this.#take(detail));
    link.addEventListener("lost", () => this.#lose());
  }

  get(streamId) {
    return [...this.list, this.canaryBed].find((bed) => bed?.stream_id === streamId) ?? null;
  }

  /** Unix time in ms by the server's clock. */
  nowMs() {
    return performance.now() + this.#serverAheadMs;
  }

  #take(frame) {
    this.#serverAheadMs = frame.unix_ms - performance.now();
    this.list = frame.beds;
    this.problem = frame.problem;
    this.pause = frame.pause;
    this.escalates = frame.escalates;
    this.historyGap = frame.history_gap;
    this.canary = frame.canary;
    this.canaryBed = frame.canary_bed;
    this.dispatchEvent(new Event("change"));
  }

  #lose() {
    this.problem = `${CONNECTION_LOST}. No bed is monitored on this screen. Look at the patients.`;
    this.canary = this.canaryBed = null;
    this.list = this.list.map((bed) => ({ ...bed, monitored: false, delayed_s: null, reason: CONNECTION_LOST, hr_bpm: null }));
    this.dispatchEvent(new Event("change"));
  }
}
