// Whether a finger is on the screen: until it lets go, nothing may move that it could be on.

const LONGEST_MS = 1000; // a hand that rests on a screen must not stop it

/** `released` is called after the click that a press becomes, to catch up. */
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
