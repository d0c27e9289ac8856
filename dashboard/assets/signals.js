// The ECG of every stream that comes while its bed is monitored. Of one that is delayed the last stays and stands still.

import { Signal } from "./signal.js";

const NONE = new Signal();

export class Signals {
  #signals = new Map();
  #beds;

  constructor(link, beds) {
    this.#beds = beds;
    link.addEventListener("strip", ({ detail }) => this.#take(detail));
    link.addEventListener("beat", ({ detail }) => this.#signals.get(detail.stream_id)?.addBeat(detail));
    beds.addEventListener("change", () => this.#forget());
  }

  /** The signal of a stream; an empty one if there is none to show. */
  of(streamId) {
    return this.#signals.get(streamId) ?? NONE;
  }

  /** The same, played on to this moment if its bed is monitored. */
  play(streamId, nowMs) {
    const signal = this.of(streamId);
    if (this.#beds.get(streamId)?.monitored) signal.advance(nowMs);
    return signal;
  }

  #take(strip) {
    if (!this.#beds.get(strip.streamId)?.monitored) return;
    if (!this.#signals.has(strip.streamId)) this.#signals.set(strip.streamId, new Signal());
    this.#signals.get(strip.streamId).add(strip, performance.now());
  }

  #forget() {
    for (const streamId of this.#signals.keys()) {
      const bed = this.#beds.get(streamId);
      if (!bed?.monitored && bed?.delayed_s == null) this.#signals.delete(streamId);
    }
  }
}
