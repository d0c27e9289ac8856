// Every act from this screen carries the initials of the person who acts. A banner shows a refusal.

import { call } from "./api.js";
import { element, setText } from "./dom.js";
import { Initials } from "./initials.js";

export class Acts {
  initials = new Initials();
  problem = element("button", { type: "button", class: "banner problem", id: "act-problem", role: "alert", hidden: true });

  constructor() {
    this.problem.addEventListener("click", () => (this.problem.hidden = true));
  }

  /** The server's answer. Null if the initials are missing, or if the server refused the act. */
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
