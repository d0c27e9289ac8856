// The form for the limits of a patient: which are the patient's own, the ward's defaults, and the suggested ones.

import { element, setText } from "./dom.js";
import { admitFirst, button, doneBy, form, stepper } from "./form.js";

const RATES = [
  ["hr_low_bpm", "Heart rate, low", "/min", 5],
  ["hr_high_bpm", "Heart rate, high", "/min", 5],
];
const OTHERS = [
  ["pause_s", "Pause, longer than", "s", 0.1],
  ["pvc_per_minute", "Ventricular beats, more than", "/min", 1],
];
const DELAYS = [
  ["hr_low_delay_s", "Low, 20/min beyond, after", "s", 1],
  ["hr_high_delay_s", "High, 20/min beyond, after", "s", 1],
  ["slight_excess_min", "Up to 2/min beyond, after", "min", 1],
];

export function limitsForm({ streamId, settings, suggested, act, open }) {
  if (!settings.admitted) return admitFirst("Limits", open, suggestion(suggested));
  const fields = new Map([...RATES, ...OTHERS, ...DELAYS].map((one) => [one[0], field(one, settings)]));
  const rows = (of) => of.map(([name]) => fields.get(name).root);
  const take = () => {
    fields.get("hr_low_bpm").set(suggested[0]);
    fields.get("hr_high_bpm").set(suggested[1]);
  };
  const own = settings.own_limits;
  return form(
    "Limits of this patient",
    ...rows(RATES),
    suggestion(suggested, button("Fill in", take)),
    ...rows(OTHERS),
    element("details", {}, element("summary", {}, "How long until an alert"), element("div", { class: "form" }, ...rows(DELAYS))),
    element(
      "div",
      { class: "choices" },
      button("Set limits", () => act(`beds/${streamId}/limits`, changes(fields, settings), "PUT"), "act"),
      own.length ? button("Take the ward defaults", () => act(`beds/${streamId}/limits`, { ward_limits: own }, "PUT")) : null,
    ),
    doneBy("Set", settings.settings_by, settings.settings_ms),
  );
}

/** A stepper, and beside it whether the value in it is the ward's default. */
function field([name, words, unit, step], settings) {
  const { input, root } = stepper(words, unit, settings[name], settings.ranges[name], step);
  const ward = settings.ward_defaults[name];
  const note = element("span", { class: "ward-default" });
  const show = () => {
    const unchanged = Number(input.value) === settings[name] && !settings.own_limits.includes(name);
    setText(note, unchanged ? "ward default" : `own, ward ${ward}`);
  };
  const set = (value) => {
    input.value = String(value);
    show();
  };
  for (const event of ["input", "click"]) root.addEventListener(event, show);
  root.lastElementChild.append(note);
  show();
  return { input, root, set };
}

/** The limits that were changed; the others stay the ward's. */
function changes(fields, settings) {
  const given = [...fields].map(([name, { input }]) => [name, Number(input.value)]);
  return Object.fromEntries(given.filter(([name, value]) => value !== settings[name]));
}

/** What would suit the patient. Nothing is applied until staff set it. */
function suggestion(suggested, ...more) {
  if (!suggested) return element("p", { class: "quiet suggested" }, "No suggestion yet: it needs an hour of clean ECG.");
  const words = `Suggested by the last hours of this patient: ${suggested[0]} to ${suggested[1]}/min`;
  return element("div", { class: "choices suggested" }, element("span", {}, words), ...more);
}
