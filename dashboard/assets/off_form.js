// Kinds of alerts that are off for a patient: each with a reason, and all of them on the tile.

import { element } from "./dom.js";
import { admitFirst, button, form } from "./form.js";
import { timeOfDay } from "./words.js";

const REASONS = ["known, doctor informed", "artefact, lead changed", "comfort care"];

export function offForm({ streamId, settings, codes, act, open }) {
  if (!settings.admitted) return admitFirst("Alerts off", open);
  const off = new Map(settings.off.map((one) => [one.code, one]));
  const reason = element("input", { id: "off-reason", maxlength: "200", autocomplete: "off", list: "off-reasons", placeholder: "why?" });
  const reasons = element("datalist", { id: "off-reasons" }, ...REASONS.map((words) => element("option", { value: words })));
  const switchOff = (code) => {
    if (reason.value.trim()) return act(`streams/${streamId}/off`, { code, reason: reason.value.trim() });
    reason.setAttribute("aria-invalid", "true");
    return reason.focus();
  };
  reason.addEventListener("input", () => reason.removeAttribute("aria-invalid"));
  const rows = codes
    .filter((code) => code.may_be_off)
    .map(({ code, words }) => {
      const known = off.get(code);
      const said = known ? `OFF. ${known.by} ${timeOfDay(known.since_ms)}: ${known.reason}` : "on";
      return element(
        "li",
        { "data-code": code, "data-off": known ? "true" : null },
        element("span", { class: "name" }, words),
        element("span", { class: "quiet" }, said),
        known ? button("Switch on", () => act(`streams/${streamId}/on`, { code }), "act") : button("Switch off", () => switchOff(code)),
      );
    });
  return form(
    "Alerts off for this patient",
    element("p", {}, "Asystole, ventricular fibrillation and ventricular tachycardia are always on, and so is what says that the ECG is missing."),
    element("label", { class: "reason", for: "off-reason" }, "Reason ", reason, reasons),
    element("ul", { class: "codes" }, ...rows),
  );
}
