// One requestAnimationFrame loop for everything that moves.

const drawers = new Set();

/** Call `draw(nowMs)` on every frame until the returned function is called. */
export function onFrame(draw) {
  drawers.add(draw);
  if (drawers.size === 1) requestAnimationFrame(step);
  return () => drawers.delete(draw);
}

function step(nowMs) {
  for (const draw of drawers) draw(nowMs);
  if (drawers.size > 0) requestAnimationFrame(step);
}
