// Whether a finger is on the screen. Until it is lifted, no button may move.

const LONGEST_MS = 1000; // a hand that rests on the screen must not stop it for longer

/** `released` is called after the click event, to draw the updates that waited. */
export class Press {
  #untilMs = -Infinity;

  constructor(released) {
    const end = () => {
      this.#untilMs = -Infinity;
      setTimeout(released);
    };
    document.addEventListener("pointerdown", () => (this.#untilMs = performance.now() + LONGEST_MS), { capture: true });
    for (const over of ["pointerup", "pointercancel"]) document.addEventListener(over, end, { capture: true });
  }

  get held() {
    return performance.now() < this.#untilMs;
  }
}
