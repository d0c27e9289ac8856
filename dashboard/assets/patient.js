// The patient page: all leads with their beats, vital signs, alerts and the acts on them.

import { byUrgency } from "./alert_book.js";
import { AlertList } from "./alert_list.js";
import { onFrame } from "./animation.js";
import { call } from "./api.js";
import { BeatRow } from "./beat_row.js";
import { element, setAttribute, setText } from "./dom.js";
import { Initials } from "./initials.js";
import { Trace } from "./trace.js";
import { Vitals } from "./vitals.js";

const CHOSEN_STORE = "chosen-alert"; // dashboard/patient.py answers with the evidence
const KEPT = 50;

export class PatientPage {
  #app;
  #streamId = null;
  #vitals = new Vitals(document.getElementById("vitals"));
  #leads = document.getElementById("leads");
  #beats = new BeatRow();
  #traces = [];
  #initials = new Initials();
  #problem = element("p", { class: "problem", role: "alert", hidden: true });
  #current;
  #earlier;
  #resolved = new Map();
  #chosen = null;
  #stop = null;

  constructor(app) {
    this.#app = app;
    const does = { act: (alert, what) => this.#act(alert, what), choose: (alert) => this.#choose(alert) };
    const alerts = document.getElementById("alerts");
    this.#current = new AlertList(alerts, { empty: "No open alert.", ...does });
    this.#earlier = new AlertList(document.getElementById("earlier-alerts"), { empty: "None yet.", ...does });
    alerts.before(this.#initials.root, this.#problem);
    app.alerts.addEventListener("change", ({ detail }) => this.#note(detail));
  }

  enter(streamId) {
    this.#streamId = streamId;
    this.#resolved.clear();
    this.#chosen = null;
    this.#tellEvidence();
    this.#problem.hidden = true;
    this.#app.link.look([streamId]);
    this.#stop = onFrame((nowMs) => this.#draw(nowMs));
    this.#readHistory();
    this.update();
  }

  leave() {
    this.#stop?.();
    this.#stop = null;
    this.#streamId = null;
  }

  /** Show what is known now. */
  update() {
    const { beds, alerts } = this.#app;
    const bed = beds.get(this.#streamId);
    this.#vitals.show(this.#streamId, bed);
    setAttribute(document.getElementById("patient"), "data-monitored", String(bed?.monitored ?? false));
    this.#keepTraces(bed?.sig_name ?? []);
    const open = alerts.open(this.#streamId);
    if (this.#chosen === null && open.length > 0) this.#choose(open[0]);
    const nowMs = beds.nowMs();
    this.#current.show(open, this.#chosen?.alert_id, nowMs);
    const earlier = [...this.#resolved.values()].sort((a, b) => b.raised_ms - a.raised_ms).slice(0, KEPT);
    this.#earlier.show(earlier, this.#chosen?.alert_id, nowMs);
  }

  #keepTraces(names) {
    if (names.length > 0 && names.length !== this.#traces.length) {
      this.#traces = names.map(() => new Trace());
      this.#traces.forEach((trace, lead) => (trace.lead = lead));
      this.#leads.replaceChildren(this.#beats.root, ...this.#traces.map((trace) => trace.root));
    }
    names.forEach((name, lead) => this.#traces[lead].setName(name));
  }

  #draw(nowMs) {
    if (this.#traces.length === 0) return;
    const signal = this.#app.signals.of(this.#streamId);
    signal.advance(nowMs);
    for (const trace of this.#traces) trace.draw(signal, nowMs);
    this.#beats.draw(signal, this.#traces[0].sweep);
  }

  /** An alert has changed; without one, any may have: also those that were resolved meanwhile. */
  #note(alert) {
    if (this.#streamId === null) return;
    if (alert === null) this.#readHistory();
    else if (alert.stream_id === this.#streamId) this.#keepIfResolved(alert);
    this.update();
  }

  async #readHistory() {
    const streamId = this.#streamId;
    try {
      const alerts = await call(`alerts?stream_id=${encodeURIComponent(streamId)}&limit=${KEPT}`);
      if (streamId !== this.#streamId) return;
      alerts.forEach((alert) => this.#keepIfResolved(alert));
      this.update();
    } catch {
      return; // the banner says already what is lost; it is read again once the link is found
    }
  }

  #keepIfResolved(alert) {
    if (alert.state === "resolved") this.#resolved.set(alert.alert_id, alert);
  }

  async #act(alert, what) {
    const by = this.#initials.take();
    if (by === null) return;
    try {
      const changed = await call(`alerts/${alert.alert_id}/${what}`, { by });
      this.#problem.hidden = true;
      this.#keepIfResolved(changed);
      this.#app.alerts.apply(changed);
    } catch (error) {
      setText(this.#problem, error.message);
      this.#problem.hidden = false;
    }
  }

  #choose(alert) {
    this.#chosen = alert;
    this.#tellEvidence();
    this.update();
  }

  #tellEvidence() {
    const chosen = this.#chosen && { alert_id: this.#chosen.alert_id, version: this.#chosen.version };
    window.dash_clientside.set_props(CHOSEN_STORE, { data: chosen });
  }
}
