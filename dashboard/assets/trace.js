// One lead on the screen: the canvas, its name and gain, and the text shown without a waveform.

import { element, setText } from "./dom.js";
import { Sweep } from "./sweep.js";

export class Trace {
  root;
  lead = 0;
  sweep;
  #name = element("span", { class: "lead-name" });
  #scale = element("span", { class: "scale" });
  #silent = element("span", { class: "silent", hidden: true }, "No waveform");
  #shown = null;

  constructor() {
    const canvas = element("canvas", { "aria-hidden": true });
    this.root = element("div", { class: "trace" }, canvas, this.#name, this.#scale, this.#silent);
    this.sweep = new Sweep(canvas, (gain) => this.#showScale(gain));
    this.#showScale(10);
  }

  setName(name) {
    setText(this.#name, name);
  }

  /** Continue to draw a signal. Another signal than before, or none, starts from an empty canvas. */
  draw(signal, nowMs) {
    const empty = signal.leads === 0 || signal.silent(nowMs);
    if (signal !== this.#shown || empty) {
      this.sweep.clear();
      this.#shown = signal;
    }
    this.#silent.hidden = !empty;
    if (!empty) this.sweep.draw(signal, this.lead);
  }

  #showScale(gain) {
    setText(this.#scale, `25 mm/s  ${gain} mm/mV`);
  }
}
