// The heatmap of one pane: a small canvas over the image, coloured here, so that no slider asks the server.
import { gradient, table, type MapName } from "./colourmaps";
import { ContourLayer, contourOf } from "./contour";
import { fetchGrid } from "./grids";
import type { HeatMap } from "./study";

export type HeatLook = { shown: boolean; weak: boolean; label: string | null; opacity: number; threshold: number; map: MapName };

const FULL = 65_535;

/** Whether a map is coloured: below the threshold only where weak evidence is asked for. */
export const isDrawn = (heat: HeatMap | undefined, look: HeatLook): boolean =>
  Boolean(heat && look.shown && heat.peak > 0 && heat.full > 0 && (look.weak || !heat.weak));

export class HeatLayer {
  readonly canvas = document.createElement("canvas");
  readonly contour = new ContourLayer();
  private turn = 0;

  constructor() {
    this.canvas.className = "heat";
    this.canvas.hidden = true;
    this.canvas.setAttribute("aria-hidden", "true");
    this.contour.set(null, null);
  }

  /** Draw `heat` with the contour at half its peak and the view's score there, or nothing. */
  async show(heat: HeatMap | undefined, look: HeatLook, score: string | null): Promise<void> {
    const turn = ++this.turn;
    if (!heat || !isDrawn(heat, look)) {
      this.canvas.hidden = true;
      this.contour.set(null, null);
      return;
    }
    const values = new Uint16Array(await fetchGrid(heat.url));
    if (turn !== this.turn) return; // something else was requested meanwhile
    this.canvas.width = heat.cols;
    this.canvas.height = heat.rows;
    this.canvas.getContext("2d")?.putImageData(coloured(values, heat, look), 0, 0);
    this.canvas.style.opacity = String(look.opacity);
    this.canvas.hidden = false;
    this.contour.set(look.opacity > 0 ? contourOf(values, heat.rows, heat.cols) : null, score);
  }
}

/** No colour below the slider; above it, the stronger the evidence the less of the image shines through. */
function coloured(values: Uint16Array, heat: HeatMap, look: HeatLook): ImageData {
  const out = new ImageData(heat.cols, heat.rows);
  const colours = table(look.map);
  const gain = heat.peak / heat.full / FULL;
  for (let i = 0; i < values.length; i++) {
    const level = Math.min(1, values[i] * gain);
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
