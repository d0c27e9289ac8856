// The line at the top: where one is, how many beds are monitored, the time, and what staff must know first.

import { MARKS, waiting } from "./alert_book.js";
import { element, setText } from "./dom.js";
import { timeOfDay } from "./words.js";

export class Bar {
  #app;
  #counts = element("span", { id: "counts" });
  #time = element("time", {});
  #sound = element("button", { type: "button", class: "banner", id: "sound-off" }, "SOUND OFF. Click anywhere to turn it on.");
  #problem = element("div", { class: "banner", id: "problem", role: "alert", hidden: true });
  #elsewhere = element("nav", { id: "elsewhere", "aria-label": "Alerts of other beds" });
  #spoken = element("div", { class: "unseen", role: "alert" });

  constructor(app) {
    this.#app = app;
    document.getElementById("bar").append(
      element("a", { href: "/", class: "brand", "data-page-link": true }, "Wardbeat"),
      this.#counts,
      element("span", { class: "quiet disclaimer" }, "Not a medical device"),
      this.#time,
    );
    document.getElementById("banners").append(this.#problem, this.#sound, this.#elsewhere, this.#spoken);
  }

  /** Show what is known now; `streamId` is the patient whose page is open, if one is. */
  update(streamId) {
    const { beds, alerts, tones } = this.#app;
    const monitored = beds.list.filter((bed) => bed.monitored).length;
    setText(this.#counts, `${monitored} of ${beds.list.length} beds monitored`);
    setText(this.#time, timeOfDay(beds.nowMs()));
    setText(this.#problem, beds.problem ?? "");
    this.#problem.hidden = beds.problem === null;
    this.#sound.hidden = tones.on;

    const urgent = alerts.open().filter((alert) => waiting(alert) && alert.priority !== "low");
    const chips = streamId === null ? [] : urgent.filter((alert) => alert.stream_id !== streamId).map(chip);
    if (chips.map((link) => link.outerHTML).join("") !== this.#elsewhere.innerHTML) this.#elsewhere.replaceChildren(...chips);
    const worst = urgent[0];
    const headline = worst ? `${MARKS[worst.priority]} ${worst.stream_id} ${worst.words}` : "";
    setText(this.#spoken, headline);
    document.title = `${headline ? `${headline} – ` : ""}${streamId ?? "Ward"} – Wardbeat`;
  }
}

function chip(alert) {
  return element(
    "a",
    { href: `/patient/${encodeURIComponent(alert.stream_id)}`, class: "chip", "data-page-link": true, "data-priority": alert.priority },
    `${MARKS[alert.priority]} ${alert.stream_id}: ${alert.words}`,
  );
}
