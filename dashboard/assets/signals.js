// The ECG of every monitored bed. The trace of a delayed bed stays on the screen without moving.

import { Signal } from "./signal.js";

const NONE = new Signal();

export class Signals {
  #signals = new Map();
  #beds;

  constructor(link, beds) {
    this.#beds = beds;
    link.addEventListener("strip", ({ detail }) => this.#take(detail));
    link.addEventListener("beat", ({ detail }) => this.#signals.get(detail.stream_id)?.addBeat(detail));
    beds.addEventListener("change", () => this.#removeUnmonitored());
  }

  /** The signal of a stream, or an empty one. */
  of(streamId) {
    return this.#signals.get(streamId) ?? NONE;
  }

  /** The signal of a stream, played up to this moment if its bed is monitored. */
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

  #removeUnmonitored() {
    for (const streamId of this.#signals.keys()) {
      const bed = this.#beds.get(streamId);
      if (!bed?.monitored && bed?.delayed_s == null) this.#signals.delete(streamId);
    }
  }
}
