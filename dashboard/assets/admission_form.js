// The form for the patient in the bed: admit, set the category, move, discharge. A bed without a patient can be removed.

import { element } from "./dom.js";
import { button, check, doneBy, form } from "./form.js";

export function admissionForm({ streamId, settings, others, act }) {
  const paced = check("Has a pacemaker: its pulses are no beats, its beats are never V", settings.paced);
  const knownAf = check("Atrial fibrillation is known: no alert for it", settings.known_af);
  const category = () => ({ paced: paced.input.checked, known_af: knownAf.input.checked });
  if (!settings.admitted) {
    return form(
      "Admit a patient",
      element("p", {}, "Monitoring starts from the beginning: the limits and the learned baseline are reset. Adults only."),
      paced.root,
      knownAf.root,
      button("Admit", () => act(`beds/${streamId}/admit`, category()), "act"),
      confirmed("Remove this bed…", "This closes its alerts and deletes its settings. A device that sends makes the bed anew.", "Yes, remove", () =>
        act(`beds/${streamId}/remove`),
      ),
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
    confirmed("Discharge…", "This closes the alerts and resets the limits and the switched-off alerts.", "Yes, discharge", () =>
      act(`beds/${streamId}/discharge`),
    ),
  );
}

/** A button that asks for a confirmation, because its act can't be undone. */
function confirmed(words, consequence, yes, act) {
  const root = element("div", { class: "choices" });
  const first = button(words, () => {
    root.replaceChildren(
      element("span", {}, consequence),
      button(yes, act, "act"),
      button("No", () => root.replaceChildren(first)),
    );
  });
  root.append(first);
  return root;
}
