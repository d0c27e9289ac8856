// The settings of a bed: sound, standby, limits, switched-off alerts, admission. One panel is open at a time.

import { call } from "./api.js";
import { admissionForm } from "./admission_form.js";
import { element, setAttribute, setText } from "./dom.js";
import { limitsForm } from "./limits_form.js";
import { offForm } from "./off_form.js";
import { standbyForm } from "./standby_form.js";
import { countdown } from "./words.js";

const FORMS = { standby: standbyForm, limits: limitsForm, off: offForm, admission: admissionForm };
const PAUSE_S = 120;

export class Bedside {
  #app;
  #streamId = null;
  #bed = null;
  #open = null;
  #sound = element("button", { type: "button", onclick: () => this.#pauseOrResume() });
  #buttons = new Map();
  #panel = element("div", { class: "bedside-panel", hidden: true });

  constructor(root, app) {
    this.#app = app;
    for (const name of Object.keys(FORMS)) {
      this.#buttons.set(name, element("button", { type: "button", "aria-expanded": "false", onclick: () => this.#toggle(name) }));
    }
    root.append(element("div", { class: "bedside-acts" }, this.#sound, ...this.#buttons.values()), this.#panel);
  }

  enter(streamId) {
    this.#streamId = streamId;
    this.#close();
  }

  leave() {
    this.#streamId = null;
    this.#close();
  }

  /** Label each button with the act that a click would do now. */
  show(bed, nowMs) {
    this.#bed = bed;
    const left = (bed?.pause?.until_ms ?? 0) - nowMs;
    setText(this.#sound, left > 0 ? `Sound on again (${countdown(left)})` : "Pause sound 2 min");
    setAttribute(this.#sound, "data-on", left > 0 ? "true" : null);
    const off = bed?.off.length ?? 0;
    setText(this.#buttons.get("standby"), bed?.standby_until_ms ? (bed.admitted ? "Patient is back" : "End standby") : "Patient away…");
    setText(this.#buttons.get("limits"), "Limits…");
    setText(this.#buttons.get("off"), off ? `Alerts off: ${off}…` : "Alerts off…");
    setText(this.#buttons.get("admission"), bed?.admitted ? "Patient…" : "Admit patient…");
  }

  async #pauseOrResume() {
    const paused = this.#bed?.pause != null;
    await this.#app.acts.act(`streams/${this.#streamId}/${paused ? "resume" : "pause"}`, paused ? {} : { seconds: PAUSE_S });
  }

  async #toggle(name) {
    if (this.#open === name) this.#close();
    else if (name === "standby" && this.#bed?.standby_until_ms) await this.#app.acts.act(`beds/${this.#streamId}/resume`);
    else await this.#show(name);
  }

  /** Read the current settings from the server, then open the panel. */
  async #show(name) {
    const streamId = this.#streamId;
    try {
      const [settings, codes] = await Promise.all([call(`beds/${streamId}`), call("alert-codes")]);
      if (streamId !== this.#streamId) return;
      const act = async (path, body, method) => {
        const answer = await this.#app.acts.act(path, body, method);
        if (answer !== null && streamId === this.#streamId) await (name === "off" ? this.#show(name) : this.#close());
      };
      const others = this.#app.beds.list.filter((bed) => bed.stream_id !== streamId && !bed.admitted).map((bed) => bed.stream_id);
      this.#open = name;
      this.#panel.replaceChildren(
        FORMS[name]({ streamId, settings, suggested: this.#bed?.suggested_bpm, codes, others, act, open: (other) => this.#show(other) }),
        element("button", { type: "button", class: "close", onclick: () => this.#close() }, "Close"),
      );
    } catch (error) {
      this.#open = name;
      this.#panel.replaceChildren(element("p", { class: "problem" }, error.message));
    }
    this.#mark();
  }

  #close() {
    this.#open = null;
    this.#panel.replaceChildren();
    this.#mark();
  }

  #mark() {
    this.#panel.hidden = this.#open === null;
    for (const [name, button] of this.#buttons) setAttribute(button, "aria-expanded", String(name === this.#open));
  }
}
