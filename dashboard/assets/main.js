// Start here. Puts the page together. Data flows one way: link → beds, alerts, signals → pages. Acts go through the API.

import { Acts } from "./acts.js";
import { AlertBook } from "./alert_book.js";
import { Bar } from "./bar.js";
import { Beds } from "./beds.js";
import { present } from "./dom.js";
import { Link } from "./link.js";
import { Loss } from "./loss.js";
import { Notices } from "./notices.js";
import { PatientPage } from "./patient.js";
import { Presence } from "./presence.js";
import { Press } from "./press.js";
import { route } from "./router.js";
import { Signals } from "./signals.js";
import { audible } from "./sounding.js";
import { Standstill } from "./standstill.js";
import { Tones } from "./tones.js";
import { WardPage } from "./ward.js";

const SOUND_MS = 250;
const LOST = "lost";

await present("wardbeat");
const link = new Link(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
const beds = new Beds(link);
const press = new Press(update);
const tones = new Tones();
const standstill = new Standstill();
const app = { link, beds, alerts: new AlertBook(link), signals: new Signals(link, beds), tones, standstill, acts: new Acts(), press };
app.loss = new Loss(app);
const notices = new Notices();
const presence = new Presence(link, tones);
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
  presence.show(chosen);
  page.enter(chosen);
  bar.update(chosen);
});
beds.addEventListener("change", update);
app.alerts.addEventListener("change", update);
tones.addEventListener("change", update);
// A browser slows the timers of a hidden page to one a minute. Frames still come twice a second.
beds.addEventListener("change", sound);
setInterval(sound, SOUND_MS);

/** Sound for the most urgent audible alert, or because beds are lost; whichever is more urgent. */
function sound() {
  standstill.tick();
  tones.postpone();
  const nowMs = beds.nowMs();
  const alert = app.alerts.open().find((one) => audible(one, beds.get(one.stream_id), beds.pause, nowMs));
  const lost = app.loss.take();
  const ofAlert = alert?.priority ?? null;
  const loudest = [lost.priority, ofAlert].includes("high") ? "high" : (lost.priority ?? ofAlert);
  tones.sound(loudest, lost.isNew && lost.priority === loudest);
  if (lost.words === null) notices.close(LOST);
  else if (lost.isNew) notices.show(LOST, lost.headline, lost.words);
}
