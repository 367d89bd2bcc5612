// The heatmap of one pane: a small canvas over the image, coloured here, so that no slider asks the server.
import { gradient, table, type MapName } from "./colourmaps";
import { fetchBytes } from "./images";
import type { HeatMap } from "./study";

export type HeatLook = { shown: boolean; label: string | null; opacity: number; threshold: number; map: MapName };

const FULL = 65_535;
const MAX_GRIDS = 24; // grids of at most 0.8 MB
const grids = new Map<string, Promise<Uint16Array>>();

/** The grid at an address, fetched once. */
function grid(heat: HeatMap): Promise<Uint16Array> {
  const there = grids.get(heat.url);
  if (there) return there;
  const coming = fetchBytes(heat.url).then((bytes) => new Uint16Array(bytes));
  coming.catch(() => grids.delete(heat.url));
  grids.set(heat.url, coming);
  while (grids.size > MAX_GRIDS) grids.delete(grids.keys().next().value as string);
  return coming;
}

export function forgetHeat(): void {
  grids.clear();
}

export class HeatLayer {
  readonly canvas = document.createElement("canvas");
  private turn = 0;

  constructor() {
    this.canvas.className = "heat";
    this.canvas.setAttribute("aria-hidden", "true");
  }

  /** Draw `heat`, or nothing; with `jointly` on the scale of all views hung together. */
  async show(heat: HeatMap | undefined, look: HeatLook, jointly: boolean): Promise<void> {
    const turn = ++this.turn;
    if (!heat || !look.shown || !(heat.peak > 0)) {
      this.canvas.hidden = true;
      return;
    }
    const values = await grid(heat);
    if (turn !== this.turn) return; // something else was requested meanwhile
    const gain = jointly && heat.joint > 0 ? heat.peak / heat.joint : 1;
    this.canvas.width = heat.cols;
    this.canvas.height = heat.rows;
    this.canvas.getContext("2d")?.putImageData(coloured(values, heat, gain, look), 0, 0);
    this.canvas.style.opacity = String(look.opacity);
    this.canvas.hidden = false;
  }
}

/** No colour below the threshold; above it, the stronger the evidence the less of the image shines through. */
function coloured(values: Uint16Array, heat: HeatMap, gain: number, look: HeatLook): ImageData {
  const out = new ImageData(heat.cols, heat.rows);
  const colours = table(look.map);
  for (let i = 0; i < values.length; i++) {
    const level = Math.min(1, (values[i] / FULL) * gain);
    if (level <= look.threshold || level === 0) continue;
    const at = 3 * Math.round(level * 255);
    out.data[4 * i] = colours[at];
    out.data[4 * i + 1] = colours[at + 1];
    out.data[4 * i + 2] = colours[at + 2];
    out.data[4 * i + 3] = Math.round(255 * level);
  }
  return out;
}

export { gradient };
