// Notifications of the browser, for a screen that stands behind other windows.

/** Shows one notification at a time for each tag. Asks for the permission at the first press on the page. */
export class Notices {
  #shown = new Map();

  constructor() {
    if (typeof Notification === "undefined") return; // not on a page without TLS, other than on this machine
    document.addEventListener("pointerdown", () => {
      if (Notification.permission === "default") Notification.requestPermission().catch(() => {});
    }, { once: true });
  }

  show(tag, title, body) {
    this.close(tag);
    if (typeof Notification === "undefined" || Notification.permission !== "granted") return;
    try {
      const notice = new Notification(title, { body, tag, requireInteraction: true, icon: "/assets/icon.svg" });
      notice.onclick = () => window.focus();
      this.#shown.set(tag, notice);
    } catch {
      return; // some phones allow notifications to service workers only; banner and sound remain
    }
  }

  close(tag) {
    this.#shown.get(tag)?.close();
    this.#shown.delete(tag);
  }
}
