// The verdicts on the last five minutes of a bed's ECG, 5 s each. The right end is now: silence shows as a growing gap.

import { MARKS } from "./alert_book.js";
import { call } from "./api.js";
import { element, setAttribute, setText } from "./dom.js";
import { minuteOfDay, timeOfDay } from "./words.js";

const SHOWN_MS = 300_000;
const STEP_MS = 5_000; // the strip moves by one place at a time, so that nothing slides under a finger
const MINUTE_MS = 60_000;
const AT_END_MS = 90_000; // a name of this width may not fit between its run and the right end
const NARROW_MS = 30_000; // a narrower name shows its priority only
const NARROWEST_TICK_MS = 25_000;
const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

export class VerdictStrip {
  #streamId = null;
  #windows = [];
  /** The patient and the newest verdict at the last reading; null if it failed. */
  #read = null;
  #hovered = null;
  #chosen = null;
  #endMs = 0;
  #cells = new Map();
  #bars = element("div", {
    class: "verdicts",
    role: "listbox",
    tabindex: "0",
    "aria-label": "Verdicts on 5 seconds of ECG each. The arrow keys choose one.",
    onkeydown: (event) => this.#step(event),
    onblur: () => this.#choose(null),
    onpointerleave: () => this.#hover(null),
  });
  #names = element("div", { class: "verdict-names", "aria-hidden": true });
  #minutes = element("div", { class: "verdict-minutes", "aria-hidden": true });
  #figures = element("dl", {});
  #problem = element("p", { class: "quiet" });

  constructor(root) {
    root.append(this.#names, this.#bars, this.#minutes, this.#problem, this.#figures);
  }

  enter(streamId) {
    this.#streamId = streamId;
    this.#windows = [];
    this.#hovered = this.#chosen = null;
    this.#read = "";
    this.#readWindows();
  }

  leave() {
    this.#streamId = null;
  }

  /** Show the verdicts up to now. They are read again after a new verdict, and after an admission or a discharge. */
  show(bed, nowMs) {
    const newest = `${bed?.verdict_ms} ${bed?.admitted}`;
    if (bed?.monitored && newest !== this.#read) {
      this.#read = newest;
      this.#readWindows();
    }
    const lastMs = this.#windows.at(-1)?.until_ms ?? 0;
    this.#endMs = lastMs + STEP_MS * Math.max(0, Math.ceil((nowMs - lastMs) / STEP_MS));
    this.#draw();
  }

  async #readWindows() {
    const streamId = this.#streamId;
    try {
      const windows = await call(`streams/${encodeURIComponent(streamId)}/windows`);
      if (streamId !== this.#streamId) return;
      this.#windows = windows;
      setText(this.#problem, windows.length ? "" : "No verdict yet: the first one comes after 5 seconds of ECG.");
    } catch {
      if (streamId !== this.#streamId) return;
      this.#read = null; // the next update tries again
      setText(this.#problem, "The verdicts can't be read now.");
    }
    this.#problem.hidden = this.#problem.textContent === "";
  }

  #draw() {
    const shown = this.#windows.filter((one) => one.until_ms > this.#endMs - SHOWN_MS);
    const before = this.#cells;
    this.#cells = new Map(shown.map((one) => [one.until_ms, before.get(one.until_ms) ?? this.#cell(one)]));
    for (const one of shown) this.#place(this.#cells.get(one.until_ms), one.from_ms, one.until_ms);
    const cells = [...this.#cells.values()];
    if (cells.length !== this.#bars.childElementCount || cells.some((cell, i) => cell !== this.#bars.children[i])) {
      this.#bars.replaceChildren(...cells);
    }
    const runs = runsOf(shown);
    const urgent = runs.filter((run) => run.priority === "high");
    const others = runs.filter((run) => run.priority !== "high");
    const names = [urgent, others].flatMap((row) => row.map((run, i) => this.#name(run, row[i - 1], row[i + 1])));
    this.#names.replaceChildren(...names);
    this.#minutes.replaceChildren(...this.#ticks());
    this.#mark();
  }

  #cell(one) {
    const words = [`${timeOfDay(one.from_ms)} ${one.words}`, ...one.conditions, `detector ${percent(one.p_abnormal)}`].join(", ");
    const glyph = element("i", { class: "verdict", "data-verdict": one.verdict, "data-priority": one.verdict === "abnormal" ? one.priority : null });
    return element(
      "div",
      {
        id: `verdict-${one.until_ms}`,
        class: "verdict-cell",
        role: "option",
        "aria-label": words,
        onpointerenter: () => this.#hover(one.until_ms),
        onclick: () => this.#choose(one.until_ms),
      },
      glyph,
    );
  }

  /**
   * The name of a run, with a line down to the run's begin. High priority has the upper row for itself. The name may be
   * longer than its run, up to the next name in its row. Near the right end it grows to the left instead, and its line goes down to the run's end; it
   * shares the room with the name before.
   */
  #name(run, before, after) {
    const marks = run.priority ? MARKS[run.priority] : "";
    const text = `${marks} ${run.name}`.trim();
    const atEnd = this.#isAtEnd(run);
    const fromMs = !atEnd ? run.fromMs : before ? this.#border(before, run) : -Infinity;
    const untilMs = atEnd ? run.untilMs : after ? this.#border(run, after) : Infinity;
    const roomMs = untilMs - fromMs;
    const fitting = roomMs > NARROW_MS ? text : roomMs > 2 * STEP_MS ? marks : "";
    const shown = element("span", { "data-priority": run.priority, "data-at-end": atEnd, title: text }, fitting);
    this.#place(shown, fromMs, untilMs);
    return shown;
  }

  /** Where the room of one run's name ends and that of the next one in its row begins. */
  #border(run, next) {
    if (!this.#isAtEnd(next)) return next.fromMs;
    return this.#isAtEnd(run) ? run.untilMs : (run.untilMs + next.fromMs) / 2;
  }

  #isAtEnd(run) {
    return run.fromMs > this.#endMs - AT_END_MS;
  }

  #ticks() {
    const ticks = [];
    for (let ms = Math.ceil((this.#endMs - SHOWN_MS) / MINUTE_MS) * MINUTE_MS; ms <= this.#endMs - NARROWEST_TICK_MS; ms += MINUTE_MS) {
      const tick = element("span", {}, minuteOfDay(ms));
      this.#place(tick, ms, ms + MINUTE_MS);
      ticks.push(tick);
    }
    return ticks;
  }

  #place(shown, fromMs, untilMs) {
    const beginMs = Math.max(fromMs, this.#endMs - SHOWN_MS);
    shown.style.left = `${(100 * (beginMs - this.#endMs + SHOWN_MS)) / SHOWN_MS}%`;
    shown.style.width = `${(100 * (Math.min(untilMs, this.#endMs) - beginMs)) / SHOWN_MS}%`;
  }

  /** Mark the chosen verdict, and show the figures of it, or of the one under the pointer, or of the newest. */
  #mark() {
    if (!this.#cells.has(this.#chosen)) this.#chosen = null;
    if (!this.#cells.has(this.#hovered)) this.#hovered = null;
    const marked = this.#hovered ?? this.#chosen;
    for (const [untilMs, cell] of this.#cells) setAttribute(cell, "aria-selected", String(untilMs === marked));
    setAttribute(this.#bars, "aria-activedescendant", this.#chosen === null ? null : `verdict-${this.#chosen}`);
    const one = this.#windows.find((window) => window.until_ms === marked) ?? this.#windows.at(-1);
    const facts = one ? figuresOf(one, marked === null) : [];
    const text = facts.flat().join("\n");
    if (this.#figures.dataset.text === text) return;
    this.#figures.dataset.text = text;
    this.#figures.replaceChildren(...facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));
  }

  #hover(untilMs) {
    this.#hovered = untilMs;
    this.#mark();
  }

  #choose(untilMs) {
    this.#chosen = untilMs;
    this.#mark();
  }

  #step(event) {
    if (event.key === "Escape" && this.#chosen !== null) {
      event.stopPropagation(); // it would leave the page
      this.#choose(null);
    }
    const step = STEPS[event.key];
    const ends = [...this.#cells.keys()];
    if (step === undefined || ends.length === 0) return;
    event.preventDefault();
    const at = (this.#chosen === null ? ends.length : ends.indexOf(this.#chosen)) + step;
    this.#choose(ends[Math.min(ends.length - 1, Math.max(0, at))]);
  }
}

/**
 * Neighbouring windows with the same name as one run. A run may lack two windows. The name is the most urgent condition of
 * high or medium priority, else the rhythm. Conditions of low priority change too often for a name.
 */
function runsOf(windows) {
  const runs = [];
  for (const one of windows) {
    const isUrgent = one.priority === "high" || one.priority === "medium";
    const name = isUrgent ? one.conditions[0] : one.rhythm;
    if (!name) continue;
    const last = runs.findLast((run) => run.name === name);
    if (last && one.from_ms - last.untilMs < 2.5 * STEP_MS) last.untilMs = one.until_ms;
    else runs.push({ name, priority: isUrgent ? one.priority : null, fromMs: one.from_ms, untilMs: one.until_ms });
  }
  return runs;
}

function figuresOf(one, isNewest) {
  const patient = one.p_threshold_patient > one.p_threshold ? `, for this patient above ${percent(one.p_threshold_patient)}` : "";
  return [
    [`${isNewest ? "Newest: " : ""}${timeOfDay(one.from_ms)} to ${timeOfDay(one.until_ms)}`, [one.words, ...one.conditions].join(", ")],
    [`Detector (abnormal above ${percent(one.p_threshold)}${patient})`, `${percent(one.p_abnormal)} abnormal`],
    ["Most likely ectopic beat", percent(one.p_ectopic)],
    ["Difference from baseline (normal below 1)", one.reconstruction_error.toFixed(2)],
    ["Signal quality", one.quality === null ? "not known" : percent(one.quality)],
    ["Rhythm", one.rhythm ?? "no arrhythmia named"],
  ];
}

function percent(proportion) {
  return `${Math.round(100 * proportion)} %`;
}
