// Puts the page together. Data flow one way: link → beds, alerts, signals → pages; acts go through the API.

import { AlertBook, waiting } from "./alert_book.js";
import { Bar } from "./bar.js";
import { Beds } from "./beds.js";
import { present } from "./dom.js";
import { Link } from "./link.js";
import { PatientPage } from "./patient.js";
import { route } from "./router.js";
import { Signals } from "./signals.js";
import { Tones } from "./tones.js";
import { WardPage } from "./ward.js";

const SOUND_MS = 250;

await present("wardbeat");
const link = new Link(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
const beds = new Beds(link);
const app = { link, beds, alerts: new AlertBook(link), signals: new Signals(link, beds), tones: new Tones() };
const bar = new Bar(app);
const wardPage = new WardPage(app);
const patientPage = new PatientPage(app);
let streamId = null;
let page = null;

function update() {
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

/** What sounds: the most urgent alert that waits for somebody, or that this screen knows nothing any more. */
setInterval(() => {
  const waitingAlerts = app.alerts.open().filter(waiting);
  const lost = beds.problem !== null && beds.list.length > 0;
  app.tones.sound(lost && waitingAlerts[0]?.priority !== "high" ? "medium" : (waitingAlerts[0]?.priority ?? null));
}, SOUND_MS);
