// The initials of the person at this screen: 2 to 4 letters of any script, stored in this browser. The server checks them
// again by its rule (wardbeat/contracts/rules.py).

import { element } from "./dom.js";

const KEY = "wardbeat-initials";
const RULE = /^(\p{L}\p{M}*){2,4}$/u;

export class Initials {
  root;
  #input = element("input", {
    id: "initials", maxlength: "12", size: "4", autocomplete: "off", spellcheck: "false", placeholder: "AB",
    "aria-describedby": "initials-rule",
  });
  #rule = element("span", { id: "initials-rule", class: "quiet" }, "2 to 4 letters");

  constructor() {
    this.#input.value = localStorage.getItem(KEY) ?? "";
    this.#input.addEventListener("input", () => this.#input.removeAttribute("aria-invalid"));
    this.root = element("div", { class: "initials" }, element("label", { for: "initials" }, "Initials"), this.#input, this.#rule);
  }

  /** The initials in capitals. If they are missing or invalid: null, and the field gets the focus. */
  take() {
    const given = this.#input.value.trim().normalize("NFKC").toUpperCase().normalize("NFKC");
    if (!RULE.test(given)) {
      this.#input.setAttribute("aria-invalid", "true");
      this.#input.focus();
      return null;
    }
    localStorage.setItem(KEY, given);
    this.#input.value = given;
    return given;
  }
}
