// What this screen has lost: all beds, or some of them; which side has failed, and what staff must see and hear.

import { waiting } from "./alert_book.js";

const QUIET_MS = 120_000;
const MOST_NAMED = 3;
const ALWAYS = new Set(["redis"]); // also before this screen has ever seen a bed

/** Beds that were monitored and are not: not on standby, and no acknowledged alert speaks for them. */
function lostBeds(beds, alerts, nowMs) {
  return beds.list.filter((bed) => {
    if (bed.lost === null || bed.lost === undefined) return false;
    if (bed.standby_until_ms !== null && nowMs < bed.standby_until_ms) return false;
    const told = alertOn(bed, alerts);
    return told === null || waiting(told, nowMs);
  });
}

function alertOn(bed, alerts) {
  return alerts.open(bed.stream_id).find((alert) => alert.code === "no_data") ?? null;
}

/** "bed-1, bed-2, bed-3 and 4 more". */
function named(beds) {
  const names = beds.slice(0, MOST_NAMED).map((bed) => bed.stream_id);
  return `${names.join(", ")}${beds.length > MOST_NAMED ? ` and ${beds.length - MOST_NAMED} more` : ""}`;
}

/** Keeps since when what is lost, and until when staff have silenced it on this screen. */
export class Loss {
  #app;
  #known = new Map();
  #quiet = new Map();
  #isNew = false;

  constructor(app) {
    this.#app = app;
  }

  /**
   * The state now: `words` for the banner and `headline` for the title, both null if nothing is lost; `priority` of the
   * sound, or null; `side`; `silenced`: staff have silenced it here.
   */
  look() {
    const { beds, alerts } = this.#app;
    const nowMs = beds.nowMs();
    const ward = beds.problem !== null && (beds.list.some((bed) => bed.lost !== null) || ALWAYS.has(beds.side));
    const some = ward ? [] : lostBeds(beds, alerts, nowMs);
    const keys = ward ? [`ward ${beds.side}`] : some.map((bed) => `${bed.stream_id} ${bed.lost}`);
    this.#isNew ||= keys.some((key) => !this.#known.has(key));
    this.#known = new Map(keys.map((key) => [key, this.#known.get(key) ?? nowMs]));
    this.#quiet = new Map([...this.#quiet].filter(([key, untilMs]) => this.#known.has(key) && nowMs < untilMs));
    const state = ward ? this.#ofWard() : this.#ofBeds(some, nowMs);
    return { ...state, silenced: keys.length > 0 && keys.every((key) => this.#quiet.has(key)) };
  }

  /** The state now; `isNew`: something was lost since the last call of this method. */
  take() {
    const state = this.look();
    const isNew = this.#isNew;
    this.#isNew = false;
    return { ...state, isNew };
  }

  /** Silence what is lost now for two minutes, on this screen only: the server may not be there to be asked. */
  quiet() {
    const untilMs = this.#app.beds.nowMs() + QUIET_MS;
    for (const key of this.#known.keys()) this.#quiet.set(key, untilMs);
  }

  #ofWard() {
    const { beds, alerts } = this.#app;
    // While the escalation's own alert is open, it sounds, and staff acknowledge it.
    const told = ["worker", "kafka"].includes(beds.side) && alerts.open().some((alert) => alert.code === "not_monitored");
    const priority = told || this.#quiet.has(`ward ${beds.side}`) ? null : "high";
    return { side: beds.side, words: beds.problem, headline: "NOT MONITORED", priority };
  }

  #ofBeds(some, nowMs) {
    if (some.length === 0) return { side: null, words: null, headline: null, priority: null };
    const { beds, alerts } = this.#app;
    const paused = (bed) => [bed.pause, beds.pause].some((pause) => pause !== null && nowMs < pause.until_ms);
    const sounds = some.some(
      (bed) => alertOn(bed, alerts) === null && !paused(bed) && !this.#quiet.has(`${bed.stream_id} ${bed.lost}`),
    );
    const reasons = [...new Set(some.map((bed) => bed.reason))];
    const words = `NOT MONITORED: ${named(some)}. ${reasons.slice(0, 2).join(". ")}. Look at the ${some.length > 1 ? "patients" : "patient"}.`;
    return { side: some[0].lost, words, headline: `${named(some)} NOT MONITORED`, priority: sounds ? "medium" : null };
  }
}
