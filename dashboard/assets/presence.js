// Reports to the server that this screen lives and whether its sound is on. A page that the browser stops reports nothing.
//
// Ward frames drive it: a browser slows the timers of a hidden page, but not its messages.

const EVERY_MS = 2000;
const TAB = "wardbeat-tab";
const NAME = "wardbeat-screen";

export class Presence {
  #link;
  #tones;
  #shows = null;
  #sentMs = -Infinity;
  #id = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  #after = sessionStorage.getItem(TAB);

  constructor(link, tones) {
    this.#link = link;
    this.#tones = tones;
    sessionStorage.setItem(TAB, this.#id);
    const given = new URLSearchParams(location.search).get("screen"); // "/?screen=Nurse station" names this computer
    if (given !== null) localStorage.setItem(NAME, given.slice(0, 40));
    link.addEventListener("ward", () => this.#report(EVERY_MS));
    tones.addEventListener("change", () => this.#report(0));
    window.addEventListener("pagehide", () => link.send({ closed: true }));
  }

  /** The page shows this bed, or the ward with null. */
  show(streamId) {
    this.#shows = streamId;
    this.#report(0);
  }

  #report(everyMs) {
    const nowMs = performance.now();
    if (nowMs - this.#sentMs < everyMs) return;
    const screen = { id: this.#id, sound: this.#tones.on, shows: this.#shows, name: localStorage.getItem(NAME), after: this.#after };
    if (!this.#link.send({ screen })) return;
    this.#sentMs = nowMs;
    this.#after = null;
  }
}
