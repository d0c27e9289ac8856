// Start here. Puts the page together. Data flows one way: link → beds, alerts, signals → pages. Acts go through the API.

import { Acts } from "./acts.js";
import { AlertBook } from "./alert_book.js";
import { Bar } from "./bar.js";
import { Beds } from "./beds.js";
import { present } from "./dom.js";
import { Link } from "./link.js";
import { PatientPage } from "./patient.js";
import { Press } from "./press.js";
import { route } from "./router.js";
import { Signals } from "./signals.js";
import { audible } from "./sounding.js";
import { Tones } from "./tones.js";
import { WardPage } from "./ward.js";

const SOUND_MS = 250;

await present("wardbeat");
const link = new Link(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
const beds = new Beds(link);
const press = new Press(update);
const app = { link, beds, alerts: new AlertBook(link), signals: new Signals(link, beds), tones: new Tones(), acts: new Acts(), press };
const bar = new Bar(app);
const wardPage = new WardPage(app);
const patientPage = new PatientPage(app);
let streamId = null;
let page = null;

function update() {
  if (press.held) return;
  bar.update(streamId);
  page.update();
}

route((chosen) => {
  page?.leave();
  streamId = chosen;
  page = chosen === null ? wardPage : patientPage;
  document.body.dataset.page = chosen === null ? "ward" : "patient";
  page.enter(chosen);
  bar.update(chosen);
});
beds.addEventListener("change", update);
app.alerts.addEventListener("change", update);
app.tones.addEventListener("change", update);

/** Sound for the most urgent audible alert, or because this screen has lost the data of its beds. */
setInterval(() => {
  const nowMs = beds.nowMs();
  const sounding = app.alerts.open().find((alert) => audible(alert, beds.get(alert.stream_id), beds.pause, nowMs));
  const lost = beds.problem !== null && beds.list.length > 0;
  app.tones.sound(lost && sounding?.priority !== "high" ? "medium" : (sounding?.priority ?? null));
}, SOUND_MS);
