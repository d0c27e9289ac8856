// Which alerts call for staff, and which of them make a sound.

/** Whether an alert calls for staff now. Low priority never does. An acknowledged alert calls again if its condition lasts. */
export function calls(alert, nowMs) {
  return alert.calls_from_ms !== null && nowMs >= alert.calls_from_ms;
}

/** Whether an alert was acknowledged, and calls again. */
export function callsAgain(alert, nowMs) {
  return alert.state === "acknowledged" && calls(alert, nowMs);
}

/** The audio pause in force, of the bed or of the ward: the longer one. Null without a pause. */
export function pauseOf(bed, wardPause, nowMs) {
  const holding = [bed?.pause ?? null, wardPause].filter((pause) => pause !== null && nowMs < pause.until_ms);
  return holding.sort((a, b) => b.until_ms - a.until_ms)[0] ?? null;
}

/** Whether an alert makes a sound. A pause silences alerts that began before it, and all that are not of high priority. */
export function audible(alert, bed, wardPause, nowMs) {
  if (!calls(alert, nowMs) || bed?.silenced.includes(alert.code)) return false;
  return ![bed?.pause ?? null, wardPause].some((pause) => pause !== null && silences(pause, alert, nowMs));
}

function silences(pause, alert, nowMs) {
  const urgentSinceMs = alert.rose_ms ?? alert.raised_ms;
  return nowMs < pause.until_ms && (alert.priority !== "high" || urgentSinceMs <= pause.since_ms);
}
