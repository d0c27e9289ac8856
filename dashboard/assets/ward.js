// The ward page: one tile a bed, in the order of the server. A tile keeps its place.

import { onFrame } from "./animation.js";
import { Tile } from "./tile.js";

const MIN_WIDTH_PX = 300;
const MIN_HEIGHT_PX = 156;
const GAP_PX = 8; // as in ward.css
const BEST_ASPECT = 1.9;

export class WardPage {
  #app;
  #grid = document.getElementById("beds");
  #none = document.getElementById("no-beds");
  #tiles = new Map();
  #stop = null;

  constructor(app) {
    this.#app = app;
    new ResizeObserver(() => this.#arrange()).observe(document.getElementById("ward"));
  }

  enter() {
    this.#app.link.look(null);
    this.#stop = onFrame((nowMs) => this.#draw(nowMs));
    this.update();
  }

  leave() {
    this.#stop?.();
    this.#stop = null;
  }

  /** Show the current state. */
  update() {
    const { beds, alerts } = this.#app;
    const shown = beds.canaryBed ? [...beds.list, beds.canaryBed] : beds.list; // the canary comes last
    this.#keepTiles(shown);
    const nowMs = beds.nowMs();
    for (const bed of shown) this.#tiles.get(bed.stream_id).show(bed, alerts.open(bed.stream_id), nowMs);
    this.#none.hidden = beds.list.length > 0 || beds.problem !== null;
  }

  #keepTiles(list) {
    const ids = list.map((bed) => bed.stream_id);
    if (ids.length === this.#tiles.size && ids.every((id) => this.#tiles.has(id))) return;
    const before = this.#tiles;
    this.#tiles = new Map(ids.map((id) => [id, before.get(id) ?? new Tile(id)]));
    this.#grid.replaceChildren(...[...this.#tiles.values()].map((tile) => tile.root));
    this.#arrange();
  }

  #draw(nowMs) {
    for (const [streamId, tile] of this.#tiles) {
      tile.draw(this.#app.signals.play(streamId, nowMs), nowMs);
    }
  }

  /** Choose the number of columns with the largest tiles without scrolling. If none fits, use the smallest readable tiles. */
  #arrange() {
    const count = this.#tiles.size;
    const width = this.#grid.clientWidth;
    const height = this.#grid.parentElement.clientHeight - GAP_PX;
    if (count === 0 || width === 0) return;
    const mostColumns = Math.max(1, Math.floor(width / MIN_WIDTH_PX));
    let best = { columns: Math.min(mostColumns, count), size: 0, rowHeight: MIN_HEIGHT_PX };
    for (let columns = 1; columns <= Math.min(mostColumns, count); columns++) {
      const rows = Math.ceil(count / columns);
      const rowHeight = Math.floor((height - GAP_PX * (rows - 1)) / rows);
      const size = Math.min(width / columns / BEST_ASPECT, rowHeight);
      if (rowHeight >= MIN_HEIGHT_PX && size > best.size) best = { columns, size, rowHeight };
    }
    this.#grid.style.gridTemplateColumns = `repeat(${best.columns}, minmax(0, 1fr))`;
    this.#grid.style.gridAutoRows = `${best.rowHeight}px`;
  }
}
