// The form that switches kinds of alerts off for a patient. Each needs a reason, and the tile shows all of them.

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
      const state = known ? `OFF. ${known.by} ${timeOfDay(known.since_ms)}: ${known.reason}` : "on";
      return element(
        "li",
        { "data-code": code, "data-off": known ? "true" : null },
        element("span", { class: "name" }, words),
        element("span", { class: "quiet" }, state),
        known ? button("Switch on", () => act(`streams/${streamId}/on`, { code }), "act") : button("Switch off", () => switchOff(code)),
      );
    });
  return form(
    "Alerts off for this patient",
    element("p", {}, "These alerts are always on: asystole, ventricular fibrillation, ventricular tachycardia, and missing ECG."),
    element("label", { class: "reason", for: "off-reason" }, "Reason ", reason, reasons),
    element("ul", { class: "codes" }, ...rows),
  );
}
