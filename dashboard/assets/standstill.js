// Notices that this page stood still: it was blocked, or the browser had stopped it.

import { timeOfDay } from "./words.js";

const STOOD_STILL_MS = 4000; // as long as the tone in tones.js is postponed
const SHOWN_MS = 60_000;

export class Standstill {
  #lastMs = performance.now();
  #words = null;
  #shownUntilMs = -Infinity;

  /** The page runs. Call it with every timer and every ward frame, as a hidden page may have the one without the other. */
  tick(nowMs = performance.now()) {
    const stoodMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (stoodMs < STOOD_STILL_MS) return;
    this.#words = `This screen stood still for ${Math.round(stoodMs / 1000)} s, until ${timeOfDay(Date.now())}. It showed and sounded nothing new.`;
    this.#shownUntilMs = nowMs + SHOWN_MS;
  }

  /** What staff must know, or null. */
  words(nowMs = performance.now()) {
    return nowMs < this.#shownUntilMs ? this.#words : null;
  }
}
