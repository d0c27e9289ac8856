// One act in words, as it was noted.

import { element } from "./dom.js";
import { actor, timeOfDay } from "./words.js";

const ACTS = {
  rose: "became more urgent:",
  ended: "is over",
  escalated: "nobody came: others were told,",
  closed: "closed, as the patient left the bed",
  paused: "paused the sound,",
  resumed: "turned the sound on again",
  limits: "set limits:",
  category: "set:",
  standby: "patient away for",
  "standby over": "patient is back",
  transferred: "moved the patient from",
};
const SETTINGS = {
  hr_low_bpm: "heart rate low",
  hr_high_bpm: "high",
  pause_s: "pause",
  pvc_per_minute: "ventricular beats a minute",
  paced: "pacemaker",
  known_af: "AF known",
};

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
  if (act === "raised" || act === "ended") return ACTS[act] ?? act;
  const plain = Object.entries(SETTINGS).reduce((text, [name, words]) => text.replaceAll(name, words), detail);
  return `${ACTS[act] ?? act} ${plain}`.trim();
}
