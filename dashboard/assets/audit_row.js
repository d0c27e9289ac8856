// One entry of the audit as a row: time, who acted, and the act in words.
//
// Text that people typed (comments, reasons, initials) is shown verbatim. Only the settings of a patient are translated,
// and only if the whole detail has the form in which the server writes them.

import { element } from "./dom.js";
import { actor, timeOfDay } from "./words.js";

const ACTS = {
  rose: "became more urgent",
  ended: "the condition ended",
  escalated: "escalated to other staff",
  closed: "closed, because the patient left the bed",
  paused: "paused the sound",
  resumed: "turned the sound on again",
  limits: "set limits",
  category: "set the category",
  "ward defaults": "set the ward's limits",
  standby: "patient away",
  "standby over": "patient is back",
  transferred: "moved the patient",
  "learn again": "let the monitor learn the patient again",
  "put back": "the settings of this bed were lost and put back",
};
/** Acts whose detail is a list of settings (wardbeat/store/admission_store.py). */
const SETTINGS_ACTS = new Set(["admitted", "limits", "category", "ward defaults"]);
const LIMITS = {
  hr_low_bpm: "heart rate low",
  hr_high_bpm: "high",
  pause_s: "pause",
  pvc_per_minute: "ventricular beats a minute",
  hr_low_delay_s: "slow after s",
  hr_high_delay_s: "fast after s",
  slight_excess_min: "slightly beyond after min",
};
const CATEGORIES = { paced: "pacemaker", known_af: "AF known", ward_limits: "limits of the ward" };
const LIMIT = /^([a-z_]+) (\d+(?:\.\d+)?)$/;

/** "03:12:45  AB  acknowledged". */
export function auditRow(entry) {
  return element(
    "li",
    {},
    element("time", {}, timeOfDay(entry.at_ms)),
    element("b", {}, actor(entry.by)),
    element("span", {}, wordsOf(entry)),
  );
}

function wordsOf({ act, detail }) {
  if (act === "commented") return `“${detail}”`;
  const shown = SETTINGS_ACTS.has(act) ? (settingsInWords(detail) ?? detail) : detail;
  if (!Object.hasOwn(ACTS, act)) return act === "raised" ? act : `${act} ${shown}`.trim();
  return shown === "" || act === "ended" ? ACTS[act] : `${ACTS[act]}: ${shown}`;
}

/** "hr_low_bpm 50, paced" as "heart rate low 50, pacemaker"; null if any part is not a known setting. */
function settingsInWords(detail) {
  const parts = detail.split(", ").map(settingInWords);
  return parts.includes(null) ? null : parts.join(", ");
}

function settingInWords(part) {
  if (Object.hasOwn(CATEGORIES, part)) return CATEGORIES[part];
  const [, name, value] = LIMIT.exec(part) ?? [];
  return name !== undefined && Object.hasOwn(LIMITS, name) ? `${LIMITS[name]} ${value}` : null;
}
