// The WebSocket to the server. It reconnects by itself and reports a lost connection.
//
// A server that hangs counts as lost, like one that died: ward frames must keep coming, and on time.

import { decodeStrip } from "./strip.js";

const LOST_MS = 2500;
const CHECK_MS = 250;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 3000;

/** Events: `ward`, `alerts`, `alert`, `beat`, `strip` (the detail is the message), `lost`, `found`. */
export class Link extends EventTarget {
  #url;
  #socket = null;
  #look = null;
  #receivedMs = performance.now();
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

  /** Ask for these streams with their beats, or for the whole ward with null. */
  look(streams) {
    this.#look = streams;
    this.send({ look: streams });
  }

  /** Send a message if the socket is open; whether it was. */
  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #open() {
    const socket = new WebSocket(this.#url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#openedMs = performance.now();
    this.#fastestMs = Infinity;
    socket.onopen = () => this.send({ look: this.#look });
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
      if (strip && !this.#lost) this.#emit("strip", strip);
      return;
    }
    const message = JSON.parse(data);
    if (message.type === "ward" && !this.#onTime(message.monotonic_ms)) return;
    if (message.type === "ward" && this.#lost) {
      this.#lost = false;
      this.#emit("found", null);
    }
    this.#emit(message.type, message);
  }

  /** Whether a ward frame arrived in time. Frames that wait in a buffer arrive later and later than the fastest one. */
  #onTime(serverMs) {
    const now = performance.now();
    const travelMs = now - serverMs;
    this.#fastestMs = Math.min(this.#fastestMs, travelMs);
    if (travelMs - this.#fastestMs > LOST_MS) return false;
    this.#receivedMs = now;
    this.#retryMs = FIRST_RETRY_MS;
    return true;
  }

  #check() {
    const now = performance.now();
    // After this page itself stood still, received frames wait to be read: read them before deciding.
    const stoodStill = now - this.#checkedMs > LOST_MS / 2;
    this.#checkedMs = now;
    if (stoodStill || now - this.#receivedMs < LOST_MS) return;
    if (!this.#lost) {
      this.#lost = true;
      this.#emit("lost", null);
    }
    if (this.#socket && now - Math.max(this.#receivedMs, this.#openedMs) > 2 * LOST_MS) {
      // The socket is open, or opening, and silent: its close event may never come either.
      this.#socket.onclose = this.#socket.onmessage = this.#socket.onopen = null;
      this.#socket.close();
      this.#retry();
    }
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
