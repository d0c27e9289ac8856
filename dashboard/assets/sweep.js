// Draws one lead of a signal on one canvas like a bedside monitor: 25 mm/s, from left to right, over the previous sweep.

import { FS_HZ, INVALID } from "./signal.js";

/** CSS defines an inch as 96 px. The real size differs between screens; the proportions of a trace do not. */
export const PX_PER_MM = 96 / 25.4;
const SPEED_MM_PER_S = 25;
const STEP_PX = (SPEED_MM_PER_S * PX_PER_MM) / FS_HZ;
const GAINS_MM_PER_MV = [10, 5, 2.5];
const ERASE_PX = 14;
const BASELINE = 0.58; // R waves point up more often than down
const ROOM = 0.95;

export class Sweep {
  #canvas;
  #pen;
  #onGain;
  #width = 0;
  #height = 0;
  #samples = 1;
  #gain = GAINS_MM_PER_MV[0];
  #epoch = -1;
  #drawn = 0;
  #signal = null;
  #lead = 0;

  /** `onGain` is called with the new gain in mm/mV, when a tall signal needs a smaller one or a small signal a larger one. */
  constructor(canvas, onGain = () => {}) {
    this.#canvas = canvas;
    this.#pen = canvas.getContext("2d");
    this.#onGain = onGain;
    new ResizeObserver(() => this.#resize()).observe(canvas);
  }

  /** The index of the last drawn sample. */
  get drawn() {
    return this.#drawn;
  }

  /** The position of an index in px, or null if it is not on the screen. */
  xOf(index) {
    const on = this.#epoch !== -1 && index >= this.#oldest() && index <= this.#drawn;
    return on ? modulo(index, this.#samples) * STEP_PX : null;
  }

  /** Remove the trace. */
  clear() {
    this.#pen.clearRect(0, 0, this.#width, this.#height);
    this.#epoch = -1;
    this.#signal = null;
  }

  /** Draw up to the play point. Draw the whole sweep if the play point has jumped, or if nothing is drawn yet. */
  draw(signal, lead) {
    this.#signal = signal;
    this.#lead = lead;
    if (this.#width === 0 || lead >= signal.leads) return;
    const from = this.#drawn;
    const to = Math.floor(signal.play);
    if (this.#epoch !== signal.epoch || to - from > this.#samples / 2) {
      this.#epoch = signal.epoch;
      this.#drawn = to;
      this.#chooseGain(signal, lead);
      this.#redraw(signal, lead);
      return;
    }
    if (to <= from) return;
    this.#erase(from, to);
    this.#trace(signal, lead, from, to);
    this.#drawn = to;
    const wrapped = Math.floor(to / this.#samples) !== Math.floor(from / this.#samples);
    if (wrapped && this.#chooseGain(signal, lead)) this.#redraw(signal, lead);
  }

  /** The oldest index that the erase bar has not reached. */
  #oldest() {
    return this.#drawn - this.#samples + Math.ceil(ERASE_PX / STEP_PX);
  }

  /** A resized canvas is empty, so it is drawn again at once. */
  #resize() {
    const ratio = window.devicePixelRatio || 1;
    this.#width = this.#canvas.clientWidth;
    this.#height = this.#canvas.clientHeight;
    this.#canvas.width = Math.round(this.#width * ratio);
    this.#canvas.height = Math.round(this.#height * ratio);
    this.#pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#pen.lineWidth = 1.6;
    this.#pen.lineJoin = "round";
    this.#pen.strokeStyle = getComputedStyle(this.#canvas).color;
    this.#samples = Math.max(1, Math.floor(this.#width / STEP_PX));
    this.#epoch = -1;
    if (this.#signal) this.draw(this.#signal, this.#lead);
  }

  #redraw(signal, lead) {
    this.#pen.clearRect(0, 0, this.#width, this.#height);
    this.#trace(signal, lead, this.#oldest(), this.#drawn);
  }

  /** Erase a bar ahead of the trace, so that the eye can separate new from old. */
  #erase(from, to) {
    const x = modulo(from, this.#samples) * STEP_PX + 1;
    const width = (to - from) * STEP_PX + ERASE_PX;
    this.#pen.clearRect(x, 0, width, this.#height);
    this.#pen.clearRect(x - this.#samples * STEP_PX, 0, width, this.#height);
  }

  #trace(signal, lead, from, to) {
    const pen = this.#pen;
    const pxPerUv = (this.#gain * PX_PER_MM) / 1000;
    const baseline = BASELINE * this.#height;
    let down = false;
    pen.beginPath();
    for (let index = from; index <= to; index++) {
      const uv = signal.at(lead, index);
      const column = modulo(index, this.#samples);
      if (uv === INVALID) {
        down = false;
        continue;
      }
      const y = baseline - uv * pxPerUv;
      if (down && column > 0) pen.lineTo(column * STEP_PX, y);
      else pen.moveTo(column * STEP_PX, y);
      down = true;
    }
    pen.stroke();
  }

  /** Choose the largest gain with which the last sweep fits. True if the gain changed. */
  #chooseGain(signal, lead) {
    let up = 0;
    let down = 0;
    for (let index = this.#drawn - this.#samples; index < this.#drawn; index++) {
      const uv = signal.at(lead, index);
      if (uv === INVALID) continue;
      up = Math.max(up, uv);
      down = Math.max(down, -uv);
    }
    const mm = (part) => (part * this.#height * ROOM) / PX_PER_MM;
    const fits = (gain) => (up / 1000) * gain <= mm(BASELINE) && (down / 1000) * gain <= mm(1 - BASELINE);
    const gain = GAINS_MM_PER_MV.find(fits) ?? GAINS_MM_PER_MV.at(-1);
    if (gain === this.#gain) return false;
    this.#gain = gain;
    this.#onGain(gain);
    return true;
  }
}

function modulo(index, length) {
  return ((index % length) + length) % length;
}
