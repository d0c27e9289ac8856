// The current state of every bed. While the connection is lost, no bed counts as monitored.

export const CONNECTION_LOST = "Connection to Wardbeat lost";

const ANSWER_MS = 1000;
const CAUSES = {
  dashboard: "Wardbeat's dashboard does not answer",
  connection: "the dashboard answers, but the connection of this screen is cut",
  network: "this screen has no network",
};

/** Which side of a lost connection has failed: asks the dashboard by another way than the socket. */
async function failedSide() {
  if (!navigator.onLine) return "network";
  try {
    const answer = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
    const health = await answer.json(); // a proxy in front of a dead dashboard answers with a page
    return typeof health.redis === "boolean" ? "connection" : "dashboard";
  } catch {
    return "dashboard";
  }
}

/** Why a bed is not monitored: a headline, and the reason. */
export function notMonitored(bed) {
  if (bed?.delayed_s != null) return [bed.reason, "Alerts are late, too. Look at the patient."];
  return ["NOT MONITORED", bed?.reason ?? "No bed has this name"];
}

/** Event: `change`, after every ward frame and when the connection is lost. */
export class Beds extends EventTarget {
  list = [];
  problem = null;
  /** The side that has failed if there is a problem: "worker", "kafka", "redis", "dashboard", "connection", "network". */
  side = null;
  /** Screens that the browser or the computer has stopped. */
  stopped = [];
  #lost = false;
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
    this.#lost = false;
    this.problem = frame.problem;
    this.side = frame.side ?? null;
    this.stopped = frame.stopped ?? [];
    this.pause = frame.pause;
    this.escalates = frame.escalates;
    this.historyGap = frame.history_gap;
    this.canary = frame.canary;
    this.canaryBed = frame.canary_bed;
    this.dispatchEvent(new Event("change"));
  }

  /** No bed is monitored on this screen. The side is known up to a second later, the loss immediately. */
  async #lose() {
    this.#lost = true;
    this.canary = this.canaryBed = null;
    this.list = this.list.map((bed) => ({
      ...bed,
      monitored: false,
      delayed_s: null,
      reason: CONNECTION_LOST,
      lost: bed.monitored ? "connection" : bed.lost,
      hr_bpm: null,
    }));
    this.#blame("connection", CONNECTION_LOST);
    const side = await failedSide();
    if (this.#lost) this.#blame(side, `${CONNECTION_LOST}: ${CAUSES[side]}`);
  }

  #blame(side, cause) {
    this.side = side;
    this.problem = `${cause}. No bed is monitored on this screen. Look at the patients.`;
    this.dispatchEvent(new Event("change"));
  }
}
