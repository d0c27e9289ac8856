// The patient page: all leads with their beats, vital signs, the settings of the bed, alerts and the acts on them.

import { AlertHistory } from "./alert_history.js";
import { AlertList } from "./alert_list.js";
import { onFrame } from "./animation.js";
import { call } from "./api.js";
import { BeatRow } from "./beat_row.js";
import { BedLog } from "./bed_log.js";
import { Bedside } from "./bedside.js";
import { setAttribute } from "./dom.js";
import { showDecisions } from "./evidence_strip.js";
import { Trace } from "./trace.js";
import { VerdictStrip } from "./verdict_strip.js";
import { Vitals } from "./vitals.js";

const CHOSEN_STORE = "chosen-alert"; // dashboard/pages/patient.py answers with the evidence
const KEPT = 50;

export class PatientPage {
  #app;
  #streamId = null;
  #vitals = new Vitals(document.getElementById("vitals"));
  #leads = document.getElementById("leads");
  #beats = new BeatRow();
  #traces = [];
  #verdicts = new VerdictStrip(document.getElementById("verdicts"));
  #bedside;
  #bedLog = new BedLog(document.getElementById("bed-log"));
  #history;
  #current;
  #earlier;
  #resolved = new Map();
  #chosen = null;
  #stop = null;

  constructor(app) {
    this.#app = app;
    this.#bedside = new Bedside(document.getElementById("bedside"), app);
    this.#history = new AlertHistory(document.getElementById("alert-history"), app.acts, (alert) => this.#take(alert));
    const handlers = { act: (alert, what) => this.#act(alert, what), choose: (alert) => this.#choose(alert) };
    this.#current = new AlertList(document.getElementById("alerts"), { empty: "No open alert.", ...handlers });
    this.#earlier = new AlertList(document.getElementById("earlier-alerts"), { empty: "None yet.", ...handlers });
    showDecisions(document.getElementById("evidence"));
    app.alerts.addEventListener("change", ({ detail }) => this.#onAlertChange(detail));
  }

  enter(streamId) {
    this.#streamId = streamId;
    this.#resolved.clear();
    this.#chosen = null;
    this.#requestEvidence();
    this.#bedside.enter(streamId);
    this.#bedLog.enter(streamId);
    this.#verdicts.enter(streamId);
    this.#app.link.look([streamId]);
    this.#stop = onFrame((nowMs) => this.#draw(nowMs));
    this.#readHistory();
    this.update();
  }

  leave() {
    this.#stop?.();
    this.#stop = null;
    this.#bedside.leave();
    this.#verdicts.leave();
    this.#streamId = null;
  }

  /** Show the current state. */
  update() {
    const { beds, alerts, press } = this.#app;
    if (press.held) return;
    const bed = beds.get(this.#streamId);
    const nowMs = beds.nowMs();
    this.#vitals.show(this.#streamId, bed, nowMs);
    this.#bedside.show(bed, nowMs);
    this.#verdicts.show(bed, nowMs);
    setAttribute(document.getElementById("patient"), "data-monitored", String(bed?.monitored ?? false));
    this.#keepTraces(bed?.sig_name ?? []);
    const open = alerts.open(this.#streamId);
    if (this.#chosen === null && open.length > 0) this.#choose(open[0]);
    this.#current.show(open, this.#chosen?.alert_id, nowMs);
    const earlier = [...this.#resolved.values()].sort((a, b) => b.raised_ms - a.raised_ms).slice(0, KEPT);
    this.#earlier.show(earlier, this.#chosen?.alert_id, nowMs);
    this.#history.show(this.#chosen, nowMs);
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
    const signal = this.#app.signals.play(this.#streamId, nowMs);
    for (const trace of this.#traces) trace.draw(signal, nowMs);
    this.#beats.draw(signal, this.#traces[0].sweep);
  }

  /** Take a changed alert. With null any alert may have changed or be resolved, so the history is read again. */
  #onAlertChange(alert) {
    if (this.#streamId === null) return;
    if (alert === null) this.#readHistory();
    else if (alert.stream_id === this.#streamId) this.#keep(alert);
    this.update();
  }

  async #readHistory() {
    const streamId = this.#streamId;
    try {
      const alerts = await call(`alerts?stream_id=${encodeURIComponent(streamId)}&limit=${KEPT}`);
      if (streamId !== this.#streamId) return;
      alerts.forEach((alert) => this.#keep(alert));
      this.update();
    } catch {
      return; // a banner shows the lost connection already; the history is read again when the connection is back
    }
  }

  /** Keep a resolved alert, and the newest version of the chosen one: its evidence may have grown. */
  #keep(alert) {
    if (alert.state === "resolved") this.#resolved.set(alert.alert_id, alert);
    if (alert.alert_id === this.#chosen?.alert_id && alert.version > this.#chosen.version) this.#choose(alert);
  }

  async #act(alert, what) {
    const changed = await this.#app.acts.act(`alerts/${alert.alert_id}/${what}`);
    if (changed !== null) this.#take(changed);
  }

  /** Take an alert that an act of this screen has changed. */
  #take(alert) {
    this.#keep(alert);
    this.#app.alerts.apply(alert);
    this.update();
  }

  #choose(alert) {
    this.#chosen = alert;
    this.#requestEvidence();
    this.update();
  }

  #requestEvidence() {
    const chosen = this.#chosen && { alert_id: this.#chosen.alert_id, version: this.#chosen.version };
    window.dash_clientside.set_props(CHOSEN_STORE, { data: chosen });
  }
}
