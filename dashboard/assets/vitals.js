// The heart rate, limits and state at the top of the patient page.

import { notMonitored } from "./beds.js";
import { element, setAttribute, setText } from "./dom.js";
import { Flags, flagsOf } from "./flags.js";

const STATE_WORDS = { learning: "Learning this patient", monitoring: "Monitoring", no_signal: "No signal" };

export class Vitals {
  #name = element("h1", {});
  #badge = element("span", { class: "badge" });
  #rate = element("span", { class: "rate" });
  #limits = element("span", { class: "limits" });
  #suggested = element("span", { class: "suggested-limits", title: "By the last hours of this patient. Set limits to apply them." });
  #state = element("span", { class: "state" });
  #quality = element("span", { class: "quality" });
  #leadsUsed = element("summary", {});
  #leftOut = element("div", {});
  #leads = element("details", { class: "leads-used", hidden: "" }, this.#leadsUsed, this.#leftOut);
  #flags = new Flags();
  #lost = element("div", { class: "not-monitored" });

  constructor(root) {
    root.append(
      element("a", { href: "/", class: "back", "data-page-link": true }, "← Ward"),
      this.#name,
      this.#badge,
      element("div", { class: "heart" }, this.#rate, element("div", { class: "beside-rate" }, element("span", { class: "unit" }, "/min"), this.#limits, this.#suggested)),
      element("div", { class: "condition" }, this.#state, this.#quality, this.#leads),
      this.#flags.root,
      this.#lost,
    );
  }

  /** Show a bed; null is an unknown bed. */
  show(streamId, bed, nowMs) {
    this.#flags.show(flagsOf(bed, nowMs));
    const monitored = bed?.monitored ?? false;
    setText(this.#name, streamId);
    setText(this.#badge, !bed?.origin || bed.origin === "live" ? "" : bed.origin.toUpperCase());
    setText(this.#rate, monitored && bed.hr_bpm !== null ? String(Math.round(bed.hr_bpm)) : "---");
    setText(this.#limits, bed && bed.hr_low_bpm !== null ? `limits ${bed.hr_low_bpm}–${bed.hr_high_bpm}` : "");
    setText(this.#suggested, bed?.suggested_bpm ? `suggested ${bed.suggested_bpm.join("–")}` : "");
    setText(this.#state, monitored ? (STATE_WORDS[bed.state] ?? "") : "");
    setText(this.#quality, monitored && bed.quality !== null ? `Signal quality ${Math.round(100 * bed.quality)} %` : "");
    this.#showLeads(bed);
    setText(this.#lost, monitored ? "" : notMonitored(bed).join(". "));
    setAttribute(this.#lost, "hidden", monitored ? "" : null);
  }

  /** Show which leads are monitored if the source has other signals, and on a press which those are. */
  #showLeads(bed) {
    const leftOut = bed?.left_out ?? [];
    setAttribute(this.#leads, "hidden", leftOut.length > 0 ? null : "");
    const counted = leftOut.length === 1 ? "1 signal" : `${leftOut.length} signals`;
    setText(this.#leadsUsed, `Leads ${(bed?.sig_name ?? []).join(", ")}; ${counted} left out`);
    setText(this.#leftOut, leftOut.join(", "));
  }
}
