// The received ECG of one stream, and the point up to which it is played.
//
// Chunks arrive about every half second and not evenly, but the sweep must be even. So the play point follows about one
// second behind the newest sample. It runs a little faster or slower as that distance grows or shrinks, and jumps only
// when the distance is large.

export const FS_HZ = 250;
export const INVALID = -32768;

const CAPACITY = 8192; // 33 s, a power of two
const MASK = CAPACITY - 1;
const TARGET_S = 1.0;
const FAR_S = 4.0;
const SMOOTHING = 0.2;
const GAIN_PER_S = 0.5;
const SILENT_MS = 3000;
const MAX_BEATS = 200;

export class Signal {
  /** The index after the newest sample, and the (fractional) index of the play point. Both count from the session's start. */
  end = 0;
  play = 0;
  /** Grows at every jump of the play point: the sweep must be drawn again. */
  epoch = 0;
  /** The newest beats: {index, symbol}. They arrive later than their samples. */
  beats = [];
  #leads = [];
  #session = null;
  #error_s = 0;
  #playedMs = 0;
  #receivedMs = -Infinity;

  get leads() {
    return this.#leads.length;
  }

  /** Whether no waveform has arrived for SILENT_MS. */
  silent(nowMs) {
    return nowMs - this.#receivedMs > SILENT_MS;
  }

  /** The sample at an index in microvolts, or INVALID. */
  at(lead, index) {
    return index >= this.end || index < this.end - CAPACITY ? INVALID : this.#leads[lead][index & MASK];
  }

  /** Take a strip. A repeat is ignored, a gap is filled with INVALID, another session starts from the beginning. */
  add(strip, nowMs) {
    const fresh = strip.session !== this.#session || strip.leads.length !== this.#leads.length || this.silent(nowMs);
    if (fresh) this.#start(strip);
    const samples = strip.leads[0].length;
    const end = strip.startIndex + samples;
    if (end <= this.end) return; // a repeat
    const gap = Math.min(strip.startIndex - this.end, CAPACITY);
    strip.leads.forEach((values, lead) => {
      for (let i = 0; i < gap; i++) this.#leads[lead][(this.end + i) & MASK] = INVALID;
      for (let i = 0; i < samples; i++) this.#leads[lead][(strip.startIndex + i) & MASK] = values[i];
    });
    this.end = end;
    this.#receivedMs = nowMs;
    if (fresh) this.#jump(nowMs);
    else this.#steer(nowMs);
  }

  addBeat(beat) {
    const shown = this.#leads.some((_, lead) => this.at(lead, beat.index) !== INVALID);
    if (beat.session !== this.#session || !shown) return;
    this.beats.push({ index: beat.index, symbol: beat.symbol });
    if (this.beats.length > MAX_BEATS) this.beats.shift();
  }

  /** Remove all samples: old signal must not be shown. */
  clear() {
    this.#session = null;
    this.#leads = [];
    this.beats = [];
    this.end = this.play = 0;
    this.epoch++;
  }

  /** Move the play point to this moment. */
  advance(nowMs) {
    const rate = Math.min(4, Math.max(0.5, 1 + GAIN_PER_S * this.#error_s));
    this.play = Math.min(this.end, this.play + ((nowMs - this.#playedMs) / 1000) * FS_HZ * rate);
    this.#playedMs = nowMs;
  }

  #start(strip) {
    this.#session = strip.session;
    this.#leads = strip.leads.map(() => new Int16Array(CAPACITY).fill(INVALID));
    this.beats = [];
    this.end = strip.startIndex;
  }

  #steer(nowMs) {
    this.advance(nowMs);
    const error_s = (this.end - this.play) / FS_HZ - TARGET_S;
    if (error_s > FAR_S) {
      this.#jump(nowMs);
      return;
    }
    this.#error_s += SMOOTHING * (error_s - this.#error_s);
  }

  #jump(nowMs) {
    this.play = this.end - TARGET_S * FS_HZ;
    this.#playedMs = nowMs;
    this.#error_s = 0;
    this.epoch++;
  }
}
