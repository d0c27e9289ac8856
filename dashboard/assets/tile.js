// One bed on the ward page.

import { MARKS, waiting } from "./alert_book.js";
import { notMonitored } from "./beds.js";
import { element, setAttribute, setText } from "./dom.js";
import { Flags, flagsOf } from "./flags.js";
import { callsAgain } from "./sounding.js";
import { Trace } from "./trace.js";
import { duration } from "./words.js";

const MOST_FLAGS = 4;
const STATE_WORDS = { learning: "Learning", no_signal: "No signal" };

export class Tile {
  root;
  streamId;
  #trace = new Trace();
  #badge = element("span", { class: "badge" });
  #flags = new Flags();
  #state = element("span", { class: "state" });
  #rate = element("span", { class: "rate" });
  #limits = element("span", { class: "limits", title: "Limits of the heart rate" });
  #first = element("div", { class: "alert-line" });
  #second = element("div", { class: "alert-line" });
  #lost = element("strong", {});
  #reason = element("span", { class: "reason" });

  constructor(streamId) {
    this.streamId = streamId;
    this.#trace.root.append(this.#state);
    this.root = element(
      "a",
      { class: "tile", href: `/patient/${encodeURIComponent(streamId)}`, "data-stream": streamId, "data-page-link": true },
      element(
        "div",
        { class: "tile-head" },
        element("div", { class: "who" }, element("span", { class: "bed-name" }, streamId), this.#badge, this.#flags.root),
        element("div", { class: "heart" }, element("div", { class: "beside-rate" }, this.#limits, element("span", { class: "unit" }, "/min")), this.#rate),
      ),
      this.#trace.root,
      element("div", { class: "alert-lines" }, this.#first, this.#second),
      element("div", { class: "not-monitored" }, this.#lost, this.#reason),
    );
  }

  /** Show a bed and its open alerts, most urgent first. */
  show(bed, alerts, nowMs) {
    const rate = bed.monitored && bed.hr_bpm !== null ? String(Math.round(bed.hr_bpm)) : "---";
    setText(this.#rate, rate);
    setText(this.#limits, bed.hr_low_bpm === null ? "" : `${bed.hr_low_bpm}–${bed.hr_high_bpm}`);
    setText(this.#badge, bed.origin === null || bed.origin === "live" ? "" : bed.origin.toUpperCase());
    if (bed.origin === "canary") this.root.removeAttribute("href"); // it has no patient's page
    setAttribute(this.root, "data-canary", bed.origin === "canary" ? "true" : null);
    setText(this.#state, bed.monitored ? (STATE_WORDS[bed.state] ?? "") : "");
    const [lost, reason] = notMonitored(bed);
    setText(this.#lost, lost);
    setText(this.#reason, reason);
    setAttribute(this.root, "data-monitored", String(bed.monitored));
    setAttribute(this.root, "data-delayed", bed.delayed_s === null ? null : "true");
    this.#flags.show(flagsOf(bed, nowMs), MOST_FLAGS);
    this.#chooseLead(bed);

    const worst = alerts[0] ?? null;
    const unseen = alerts.find((alert) => waiting(alert, nowMs)) ?? null;
    const second = unseen !== worst ? unseen : (alerts.find((alert) => alert.code !== worst.code) ?? alerts[1] ?? null);
    showAlertLine(this.#first, worst, nowMs);
    showAlertLine(this.#second, second, nowMs, alerts.length - 2);
    setAttribute(this.root, "data-priority", unseen?.priority ?? null);
    const alertText = worst ? `${MARKS[worst.priority]} ${worst.words}` : "no alert";
    setAttribute(this.root, "aria-label", `${this.streamId}${bed.origin === "canary" ? ", no patient" : ""}, ${bed.monitored ? `heart rate ${rate}` : `${lost}: ${reason}`}, ${alertText}`);
  }

  draw(signal, nowMs) {
    this.#trace.draw(signal, nowMs);
  }

  /** Show the first usable lead; keep the current one while it is usable. */
  #chooseLead(bed) {
    const usable = bed.lead_quality.findIndex((quality) => quality > 0);
    const lead = bed.lead_quality[this.#trace.lead] > 0 ? this.#trace.lead : Math.max(0, usable);
    if (lead !== this.#trace.lead) {
      this.#trace.lead = lead;
      this.#trace.sweep.clear();
    }
    this.#trace.setName(bed.sig_name[lead] ?? "");
  }
}

/** "!!! Ventricular tachycardia 12 s ago", or "12 s, ended". The initials follow after an acknowledgement. */
function showAlertLine(line, alert, nowMs, more = 0) {
  setAttribute(line, "data-priority", alert?.priority ?? null);
  const again = alert !== null && callsAgain(alert, nowMs);
  setAttribute(line, "data-state", again ? "active" : (alert?.state ?? null));
  if (alert === null) {
    setText(line, "");
    return;
  }
  if (line.childElementCount === 0) {
    line.replaceChildren(
      element("span", { class: "mark" }),
      element("span", { class: "words" }),
      element("span", { class: "age" }),
      element("span", { class: "ago" }, "ago"),
      element("span", { class: "more" }),
      element("span", { class: "by" }),
    );
  }
  const [mark, words, age, ago, others, by] = line.children;
  setText(mark, MARKS[alert.priority]);
  setText(words, alert.words);
  setText(age, `${duration(nowMs - alert.raised_ms)}${alert.lasting ? "" : ", ended"}`);
  ago.hidden = !alert.lasting;
  setText(others, more > 0 ? `+${more}` : "");
  setText(by, alert.acknowledged_by ? `${again ? "AGAIN " : ""}✓ ${alert.acknowledged_by}` : "");
}
