// Which alerts call for somebody, and which of them are to be heard.

/** Whether it calls for somebody now. Low priority never does; an acknowledged one does again while it lasts. */
export function calls(alert, nowMs) {
  return alert.calls_from_ms !== null && nowMs >= alert.calls_from_ms;
}

/** Whether it was acknowledged, and calls again. */
export function callsAgain(alert, nowMs) {
  return alert.state === "acknowledged" && calls(alert, nowMs);
}

/** The pause that holds now, of the bed or of the ward: the one that lasts longer; null without. */
export function pauseOf(bed, wardPause, nowMs) {
  const holding = [bed?.pause ?? null, wardPause].filter((pause) => pause !== null && nowMs < pause.until_ms);
  return holding.sort((a, b) => b.until_ms - a.until_ms)[0] ?? null;
}

/** Whether it is to be heard: a pause silences what was there before it, and whatever is not of high priority. */
export function audible(alert, bed, wardPause, nowMs) {
  if (!calls(alert, nowMs) || bed?.silenced.includes(alert.code)) return false;
  return ![bed?.pause ?? null, wardPause].some((pause) => pause !== null && silences(pause, alert, nowMs));
}

function silences(pause, alert, nowMs) {
  const urgentSinceMs = alert.rose_ms ?? alert.raised_ms;
  return nowMs < pause.until_ms && (alert.priority !== "high" || urgentSinceMs <= pause.since_ms);
}
