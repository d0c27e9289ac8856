// The form for the limits of a patient.

import { admitFirst, button, doneBy, form, stepper } from "./form.js";

const FIELDS = [
  ["hr_low_bpm", "Heart rate, low", "/min", 5],
  ["hr_high_bpm", "Heart rate, high", "/min", 5],
  ["pause_s", "Pause, longer than", "s", 0.1],
  ["pvc_per_minute", "Ventricular beats, more than", "/min", 1],
];

export function limitsForm({ streamId, settings, act, open }) {
  if (!settings.admitted) return admitFirst("Limits", open);
  const fields = FIELDS.map(([name, words, unit, step]) => [name, stepper(words, unit, settings[name], settings.ranges[name], step)]);
  const values = () => Object.fromEntries(fields.map(([name, field]) => [name, Number(field.input.value)]));
  return form(
    "Limits of this patient",
    ...fields.map(([, field]) => field.root),
    button("Set limits", () => act(`beds/${streamId}/limits`, values(), "PUT"), "act"),
    doneBy("Set", settings.settings_by, settings.settings_ms),
  );
}
