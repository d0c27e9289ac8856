// The parts of forms, large enough for a gloved finger.

import { element } from "./dom.js";
import { timeOfDay } from "./words.js";

/** A heading with the parts of the form below it. */
export function form(heading, ...parts) {
  return element("div", { class: "form" }, element("h2", {}, heading), ...parts);
}

export function button(words, onclick, kind = null) {
  return element("button", { type: "button", class: kind, onclick }, words);
}

/** A check box with its words beside it. */
export function check(words, checked) {
  const input = element("input", { type: "checkbox" });
  input.checked = checked;
  return { input, root: element("label", { class: "check" }, input, words) };
}

/** A field for a number between two limits, with − and + beside it. */
export function stepper(words, unit, value, [lowest, highest], step) {
  const input = element("input", { type: "number", min: String(lowest), max: String(highest), step: String(step), "aria-label": words });
  input.value = String(value);
  const move = (by) => {
    const moved = Math.min(highest, Math.max(lowest, Number(input.value) + by));
    input.value = String(Math.round(moved * 10) / 10);
  };
  const root = element(
    "div",
    { class: "stepper" },
    element("span", { class: "name" }, words),
    element("button", { type: "button", "aria-label": `${words}: less`, onclick: () => move(-step) }, "−"),
    input,
    element("button", { type: "button", "aria-label": `${words}: more`, onclick: () => move(step) }, "+"),
    element("span", { class: "quiet" }, `${unit}  (${lowest} to ${highest})`),
  );
  return { input, root };
}

/** "Set by AB, 14:03:27". */
export function doneBy(what, by, ms) {
  return element("p", { class: "quiet" }, `${what} by ${by}, ${timeOfDay(ms)}`);
}

/** The form shown in place of one that needs an admitted patient. */
export function admitFirst(heading, open, ...more) {
  const words = "No patient is admitted to this bed. It is monitored with the ward's default limits, and all alerts are on.";
  return form(heading, element("p", {}, words), ...more, button("Admit patient…", () => open("admission"), "act"));
}
