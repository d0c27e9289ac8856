// The form for the patient in the bed: admit, set the category, move, discharge.

import { element } from "./dom.js";
import { button, check, doneBy, form } from "./form.js";

export function admissionForm({ streamId, settings, others, act }) {
  const paced = check("Has a pacemaker: noted here, alerts stay the same", settings.paced);
  const knownAf = check("Atrial fibrillation is known: no alert for it", settings.known_af);
  const category = () => ({ paced: paced.input.checked, known_af: knownAf.input.checked });
  if (!settings.admitted) {
    return form(
      "Admit a patient",
      element("p", {}, "Monitoring starts from the beginning: the limits and the learned baseline are reset. Adults only."),
      paced.root,
      knownAf.root,
      button("Admit", () => act(`beds/${streamId}/admit`, category()), "act"),
    );
  }
  const target = element("select", { "aria-label": "Free bed" }, ...others.map((other) => element("option", { value: other }, other)));
  const move = element(
    "div",
    { class: "choices" },
    element("span", {}, "Move to"),
    target,
    button("Move", () => act(`beds/${streamId}/transfer`, { to: target.value }), "act"),
  );
  return form(
    "Patient in this bed",
    doneBy("Admitted", settings.admitted_by, settings.admitted_ms),
    paced.root,
    knownAf.root,
    button("Save", () => act(`beds/${streamId}/category`, category(), "PUT"), "act"),
    element(
      "div",
      { class: "choices" },
      element("span", {}, "New electrodes or other places for them:"),
      button("Learn again", () => act(`beds/${streamId}/relearn`)),
    ),
    others.length ? move : element("p", { class: "quiet" }, "No other bed is free to move to."),
    discharge(() => act(`beds/${streamId}/discharge`)),
  );
}

/** Asks for a confirmation, because a discharge can't be undone. */
function discharge(act) {
  const root = element("div", { class: "choices" });
  const first = button("Discharge…", () => {
    root.replaceChildren(
      element("span", {}, "This closes the alerts and resets the limits and the switched-off alerts."),
      button("Yes, discharge", act, "act"),
      button("No", () => root.replaceChildren(first)),
    );
  });
  root.append(first);
  return root;
}
