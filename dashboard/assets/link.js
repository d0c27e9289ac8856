// The WebSocket to the server: reconnects by itself, and knows when it is lost.
//
// A server that hangs is as lost as one that died: what counts is that ward frames keep coming, and on time.

import { decodeStrip } from "./strip.js";

const LOST_MS = 2500;
const CHECK_MS = 250;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 3000;

/** Events: `ward`, `alerts`, `alert`, `beat`, `strip` (detail: the message), `lost`, `found`. */
export class Link extends EventTarget {
  #url;
  #socket = null;
  #look = null;
  #heardMs = performance.now();
  #openedMs = 0;
  #fastestMs = Infinity;
  #retryMs = FIRST_RETRY_MS;
  #lost = true;
  #checkedMs = performance.now();

  constructor(url) {
    super();
    this.#url = url;
    this.#open();
    setInterval(() => this.#check(), CHECK_MS);
    document.addEventListener("visibilitychange", () => this.#check());
  }

  get lost() {
    return this.#lost;
  }

  /** Show these streams (with beats), or the whole ward with null. */
  look(streams) {
    this.#look = streams;
    if (this.#socket?.readyState === WebSocket.OPEN) this.#sendLook();
  }

  #sendLook() {
    this.#socket.send(JSON.stringify({ look: this.#look }));
  }

  #open() {
    const socket = new WebSocket(this.#url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#openedMs = performance.now();
    this.#fastestMs = Infinity;
    socket.onopen = () => this.#sendLook();
    socket.onmessage = (message) => this.#receive(message.data);
    socket.onclose = () => this.#retry();
  }

  #retry() {
    this.#socket = null;
    setTimeout(() => this.#open(), this.#retryMs * (0.75 + Math.random() / 2));
    this.#retryMs = Math.min(LAST_RETRY_MS, 2 * this.#retryMs);
  }

  #receive(data) {
    if (typeof data !== "string") {
      const strip = decodeStrip(data);
      if (strip && !this.#lost) this.#tell("strip", strip);
      return;
    }
    const message = JSON.parse(data);
    if (message.type === "ward" && !this.#onTime(message.monotonic_ms)) return;
    if (message.type === "ward" && this.#lost) {
      this.#lost = false;
      this.#tell("found", null);
    }
    this.#tell(message.type, message);
  }

  /** Frames that wait in some buffer come later and later: the first ones of a connection say how fast it can be. */
  #onTime(serverMs) {
    const now = performance.now();
    const travelMs = now - serverMs;
    this.#fastestMs = Math.min(this.#fastestMs, travelMs);
    if (travelMs - this.#fastestMs > LOST_MS) return false;
    this.#heardMs = now;
    this.#retryMs = FIRST_RETRY_MS;
    return true;
  }

  #check() {
    const now = performance.now();
    // After this page itself stood still, frames wait to be read: they come first, then the judgement.
    const stoodStill = now - this.#checkedMs > LOST_MS / 2;
    this.#checkedMs = now;
    if (stoodStill || now - this.#heardMs < LOST_MS) return;
    if (!this.#lost) {
      this.#lost = true;
      this.#tell("lost", null);
    }
    if (this.#socket && now - Math.max(this.#heardMs, this.#openedMs) > 2 * LOST_MS) {
      // Open, or opening, and silent: its own close may never come either.
      this.#socket.onclose = this.#socket.onmessage = this.#socket.onopen = null;
      this.#socket.close();
      this.#retry();
    }
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
