// Short flags for the settings of a bed, on its tile and on its page. Each flag has words, never only a colour.

import { element } from "./dom.js";
import { countdown, minuteOfDay } from "./words.js";

/** The settings in which this bed differs from the default, most important first: {kind, words, title}. */
export function flagsOf(bed, nowMs) {
  if (bed === null) return [];
  if (bed.origin === "canary") return [flag("known", "NO PATIENT", "Wardbeat tests itself: no sound, no escalation")];
  const flags = [];
  if (bed.standby_until_ms !== null && nowMs < bed.standby_until_ms) {
    flags.push(flag("standby", `STANDBY to ${minuteOfDay(bed.standby_until_ms)}`, `by ${bed.standby_by}`));
  }
  if (bed.pause !== null && nowMs < bed.pause.until_ms) {
    flags.push(flag("pause", `SOUND PAUSED ${countdown(bed.pause.until_ms - nowMs)}`, `paused by ${bed.pause.by}`));
  }
  for (const off of bed.off) flags.push(flag("off", `OFF: ${off.words}`, `${off.by}: ${off.reason}`));
  if (!bed.admitted) flags.push(flag("not-admitted", "NOT ADMITTED", "monitored with the default limits"));
  if (bed.paced) flags.push(flag("known", "PACED", "has a pacemaker: its pulses are no beats, its beats are never V"));
  if (bed.known_af) flags.push(flag("known", "AF KNOWN", "atrial fibrillation is known"));
  return flags;
}

/** Shows flags in an element. Equal flags are not drawn again. */
export class Flags {
  root = element("span", { class: "flags" });
  #shown = "";

  show(flags, most = Infinity) {
    const kept = flags.length <= most ? flags : [...flags.slice(0, most - 1), flag("more", `+${flags.length - most + 1}`, "")];
    const key = JSON.stringify(kept);
    if (key === this.#shown) return;
    this.#shown = key;
    this.root.replaceChildren(
      ...kept.map(({ kind, words, title }) => element("span", { class: "flag", "data-flag": kind, title }, words)),
    );
  }
}

function flag(kind, words, title) {
  return { kind, words, title };
}
