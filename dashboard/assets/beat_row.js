// The classes of beats, written above the R peaks on the screen.

import { element } from "./dom.js";

const COLOURS = { N: "#8fa3b5", S: "#4fd1ff", V: "#ff6b6b", F: "#ffb454", Q: "#8fa3b5" };

export class BeatRow {
  root;
  #canvas = element("canvas", { role: "img", "aria-label": "Classes of beats" });
  #pen = this.#canvas.getContext("2d");
  #width = 0;
  #height = 0;

  constructor() {
    this.root = element("div", { class: "beat-row" }, this.#canvas);
    new ResizeObserver(() => this.#resize()).observe(this.#canvas);
  }

  /** Write all beats on the screen. They are a few dozen, so this is cheaper than to find the new ones. */
  draw(signal, sweep) {
    const pen = this.#pen;
    pen.clearRect(0, 0, this.#width, this.#height);
    for (const { index, symbol } of signal.beats) {
      const x = sweep.xOf(index);
      if (x === null) continue;
      pen.fillStyle = COLOURS[symbol];
      pen.fillText(symbol, x, this.#height / 2 - 2);
      pen.fillRect(x - 0.5, this.#height - 4, 1, 4);
    }
  }

  #resize() {
    const ratio = window.devicePixelRatio || 1;
    this.#width = this.#canvas.clientWidth;
    this.#height = this.#canvas.clientHeight;
    this.#canvas.width = Math.round(this.#width * ratio);
    this.#canvas.height = Math.round(this.#height * ratio);
    this.#pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#pen.font = "600 15px system-ui, sans-serif";
    this.#pen.textAlign = "center";
    this.#pen.textBaseline = "middle";
  }
}
