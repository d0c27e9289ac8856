// The bar at the top: the number of monitored beds, the initials, the time, and the most urgent alerts of other beds.

import { byUrgency, MARKS, waiting } from "./alert_book.js";
import { AlertList } from "./alert_list.js";
import { element, setAttribute, setText } from "./dom.js";
import { countdown, duration, minuteOfDay, timeOfDay } from "./words.js";

const MOST_CHIPS = 5;
const PAUSE_S = 120;
const SYSTEM = "(system)"; // the stream of alerts on Wardbeat itself

export class Bar {
  #app;
  #counts = element("span", { id: "counts" });
  #time = element("time", {});
  #canary = element("span", { id: "canary", title: "A synthetic patient shows that alerts arrive: seconds from its onset to its alert here" });
  #noEscalation = element("span", { class: "alone" });
  #pause = element("button", { type: "button", id: "ward-pause", onclick: () => this.#pauseOrResume() });
  #sound = element("button", { type: "button", class: "banner", id: "sound-off" }, "SOUND OFF. Click anywhere to turn it on.");
  #history = element("div", { class: "banner notice", id: "history-gap", role: "status", hidden: true });
  #problemWords = element("span", {});
  #quiet = element("button", { type: "button", id: "problem-quiet", onclick: () => this.#beQuiet() });
  #problem = element("div", { class: "banner", id: "problem", role: "alert", hidden: true }, this.#problemWords, this.#quiet);
  #stoodStill = element("div", { class: "banner", id: "stood-still", role: "alert", hidden: true });
  #stopped = element("div", { class: "banner", id: "stopped-screens", role: "alert", hidden: true });
  #stoppedKey = "";
  #systemRoot = element("section", { id: "system-alerts", "aria-label": "Alerts on Wardbeat itself" });
  #system;
  #elsewhere = element("nav", { id: "elsewhere", "aria-label": "Alerts of other beds" });
  #announced = element("div", { class: "unseen", role: "alert" });

  constructor(app) {
    this.#app = app;
    document.getElementById("bar").append(
      element("a", { href: "/", class: "brand", "data-page-link": true }, "Wardbeat"),
      this.#counts,
      element("span", { class: "quiet disclaimer" }, "Not a medical device"),
      this.#noEscalation,
      this.#canary,
      // A tab of its own: this one continues to show the ward and to sound.
      element("a", { href: "/study/", target: "_blank", rel: "noopener", class: "study", title: "Opens a new tab" }, "Study"),
      app.acts.initials.root,
      this.#pause,
      this.#time,
    );
    this.#system = new AlertList(this.#systemRoot, { empty: "", act: (alert, what) => this.#act(alert, what), choose: null });
    document
      .getElementById("banners")
      .append(this.#problem, this.#stoodStill, this.#stopped, this.#systemRoot, app.acts.problem, this.#sound, this.#history, this.#elsewhere, this.#announced);
  }

  /** Show the current state. `streamId` is the patient whose page is open, or null on the ward page. */
  update(streamId) {
    const { beds, alerts, tones, loss, standstill } = this.#app;
    const monitored = beds.list.filter((bed) => bed.monitored).length;
    setText(this.#counts, `${monitored} of ${beds.list.length} beds monitored`);
    setText(this.#time, timeOfDay(beds.nowMs()));
    const lost = loss.look();
    setText(this.#problemWords, lost.words ?? beds.problem ?? "");
    setAttribute(this.#problem, "data-side", lost.side ?? beds.side);
    this.#problem.hidden = lost.words === null && beds.problem === null;
    this.#quiet.hidden = lost.priority === null && !lost.silenced;
    setText(this.#quiet, lost.silenced ? "Silent here for 2 min" : "Silence here 2 min");
    setText(this.#stoodStill, standstill.words() ?? "");
    this.#stoodStill.hidden = standstill.words() === null;
    this.#showStopped(beds.escalates ? [] : beds.stopped);
    this.#sound.hidden = tones.on;
    setText(this.#history, beds.historyGap ? lostHistory(beds.historyGap) : "");
    this.#history.hidden = beds.historyGap === null;

    const nowMs = beds.nowMs();
    const ofSystem = alerts.open(SYSTEM);
    this.#system.show(ofSystem, null, nowMs);
    this.#systemRoot.hidden = ofSystem.length === 0;
    this.#showPause(beds.pause, nowMs);
    setText(this.#canary, beds.canary ? canaryWords(beds.canary, nowMs) : "");
    setAttribute(this.#canary, "data-missed", beds.canary?.missed ? "true" : null);
    const urgent = alerts.open().filter((alert) => waiting(alert, nowMs) && alert.priority !== "low");
    const chips = streamId === null ? [] : chipsOf(urgent.filter((alert) => ![streamId, SYSTEM].includes(alert.stream_id)));
    if (chips.map((link) => link.outerHTML).join("") !== this.#elsewhere.innerHTML) this.#elsewhere.replaceChildren(...chips);
    setText(this.#noEscalation, beds.escalates || !beds.list.some((bed) => bed.origin === "live") ? "" : "No escalation: no other staff are notified");
    const worst = urgent[0];
    const ofAlert = worst ? `${MARKS[worst.priority]} ${worst.stream_id === SYSTEM ? "Wardbeat" : worst.stream_id} ${worst.words}` : "";
    setText(this.#announced, ofAlert);
    // All beds first, then an urgent patient, then single beds.
    const parts = lost.priority === "medium" && worst?.priority === "high" ? [ofAlert, lost.headline] : [lost.headline, ofAlert];
    const headline = parts.filter(Boolean).join(" – ");
    document.title = `${headline ? `${headline} – ` : ""}${streamId ?? "Ward"} – Wardbeat`;
  }

  /** Screens that have stopped, while no escalator raises an alert on them. */
  #showStopped(screens) {
    const key = screens.map((screen) => screen.screen_id).join(" ");
    if (key === this.#stoppedKey) return;
    this.#stoppedKey = key;
    this.#stopped.hidden = screens.length === 0;
    this.#stopped.replaceChildren(
      ...screens.map((screen) =>
        element(
          "div",
          {},
          `A screen has stopped: ${screen.words}, last seen ${timeOfDay(screen.seen_ms)}. `,
          element("button", { type: "button", onclick: () => this.#app.acts.act(`screens/${screen.screen_id}/dismiss`) }, "It is off: remove"),
        ),
      ),
    );
  }

  async #act(alert, what) {
    const changed = await this.#app.acts.act(`alerts/${alert.alert_id}/${what}`);
    if (changed !== null) this.#app.alerts.apply(changed);
  }

  #beQuiet() {
    this.#app.loss.quiet();
    this.#app.beds.dispatchEvent(new Event("change"));
  }

  #showPause(pause, nowMs) {
    const left = (pause?.until_ms ?? 0) - nowMs;
    setText(this.#pause, left > 0 ? `ALL SOUND PAUSED ${countdown(left)}. Turn on` : "Pause all sound 2 min");
    setAttribute(this.#pause, "data-on", left > 0 ? "true" : null);
  }

  async #pauseOrResume() {
    const paused = this.#app.beds.pause !== null;
    await this.#app.acts.act(`ward/${paused ? "resume" : "pause"}`, paused ? {} : { seconds: PAUSE_S });
  }
}

/** What a reader of this screen must know after Redis has lost its history. */
function lostHistory(gap) {
  const lost = gap.from_ms === null ? `before ${minuteOfDay(gap.to_ms)}` : `from ${minuteOfDay(gap.from_ms)} to ${minuteOfDay(gap.to_ms)}`;
  return `History is missing: alerts and acknowledgements ${lost}. Open alerts were raised again.`;
}

/** "last proven 6.1 s, 40 s ago": from the injected onset to its alert on this side, and the age of this proof. */
function canaryWords(canary, nowMs) {
  const proven = canary.shown_ms === null ? "not proven yet" : `last proven ${canary.delay_s.toFixed(1)} s, ${duration(nowMs - canary.shown_ms)} ago`;
  return `${canary.missed ? "Canary missed" : "Canary"}: ${proven}`;
}

/** Links for the most urgent alert of each bed: at most MOST_CHIPS, then the number of further beds. */
function chipsOf(alerts) {
  const worst = [...new Map([...alerts].reverse().map((alert) => [alert.stream_id, alert])).values()].sort(byUrgency);
  const more = worst.length - MOST_CHIPS;
  return [...worst.slice(0, MOST_CHIPS).map(chip), ...(more > 0 ? [link("/", `+${more} beds`)] : [])];
}

function chip(alert) {
  const shown = link(`/patient/${encodeURIComponent(alert.stream_id)}`, `${MARKS[alert.priority]} ${alert.stream_id}: ${alert.words}`);
  shown.dataset.priority = alert.priority;
  return shown;
}

function link(href, text) {
  return element("a", { href, class: "chip", "data-page-link": true }, text);
}
