// Times and names as text.

/** "12 s", "3 min", "2 h", "4 d" from milliseconds. */
export function duration(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 48 * 3600) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86400)} d`;
}

/** "1:43" from the remaining milliseconds. */
export function countdown(ms) {
  const s = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}

/** "14:03:27" in this browser's time zone. */
export function timeOfDay(unixMs) {
  return new Date(unixMs).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
}

/** "14:03" in this browser's time zone. */
export function minuteOfDay(unixMs) {
  return timeOfDay(unixMs).slice(0, 5);
}

const OWN_PARTS = new Set(["monitor", "escalator"]);

/** The person who acted, by initials, or "Wardbeat" for its own acts. */
export function actor(by) {
  return OWN_PARTS.has(by) ? "Wardbeat" : by;
}
