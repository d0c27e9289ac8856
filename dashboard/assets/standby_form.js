// The form for a patient who is away: missing ECG makes no sound, and the bed shows the standby.

import { element } from "./dom.js";
import { button, form } from "./form.js";

const CHOICES = [[15, "15 min"], [30, "30 min"], [60, "1 h"], [120, "2 h"], [240, "4 h"]];

export function standbyForm({ streamId, act }) {
  return form(
    "Patient away",
    element("p", {}, "Missing ECG makes no sound during the standby. It ends by itself when ECG returns, or when the time is up."),
    element("div", { class: "choices" }, ...CHOICES.map(([minutes, words]) => button(words, () => act(`beds/${streamId}/standby`, { minutes }), "act"))),
  );
}
