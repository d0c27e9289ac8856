// Whatever is done from this screen is done under somebody's initials, and a refusal is said where it can't be missed.

import { call } from "./api.js";
import { element, setText } from "./dom.js";
import { Initials } from "./initials.js";

export class Acts {
  initials = new Initials();
  problem = element("button", { type: "button", class: "banner problem", id: "act-problem", role: "alert", hidden: true });

  constructor() {
    this.problem.addEventListener("click", () => (this.problem.hidden = true));
  }

  /** The server's answer; null if nobody has given initials, or the act was refused. */
  async act(path, body = {}, method = "POST") {
    const by = this.initials.take();
    if (by === null) return null;
    try {
      const answer = await call(path, { ...body, by }, method);
      this.problem.hidden = true;
      return answer;
    } catch (error) {
      setText(this.problem, error.message);
      this.problem.hidden = false;
      return null;
    }
  }
}
