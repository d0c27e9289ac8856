// A lead on the screen: the canvas, its name and gain, and the words for when nothing comes.

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

  /** Draw a signal on; another one than before, or none, from a clean screen. */
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
