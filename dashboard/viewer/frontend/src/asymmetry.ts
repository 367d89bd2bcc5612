// What a breast has more or less of than the other one, over its image: orange where brighter, blue where darker.
import { fetchGrid } from "./grids";
import type { Asymmetry } from "./study";

const NONE = 32_768; // the stored value of no difference
const ORANGE = [240, 148, 64];
const BLUE = [84, 160, 240];
const STRONGEST = 200; // of 255: tissue shines through everywhere

export class AsymmetryLayer {
  readonly canvas = document.createElement("canvas");
  private turn = 0;

  constructor() {
    this.canvas.className = "asymmetry";
    this.canvas.hidden = true;
    this.canvas.setAttribute("aria-hidden", "true");
  }

  /** Draw it, or nothing; returns its sentence. */
  async show(found: Asymmetry | null | undefined, shown: boolean): Promise<string> {
    const turn = ++this.turn;
    if (!found || !shown) {
      this.canvas.hidden = true;
      return "";
    }
    const bytes = await fetchGrid(found.url);
    const length = found.rows * found.cols;
    const sentence = new TextDecoder().decode(new Uint8Array(bytes, 2 * length));
    if (turn !== this.turn) return sentence;
    const values = new Uint16Array(bytes.slice(0, 2 * length));
    const out = new ImageData(found.cols, found.rows);
    for (let i = 0; i < length; i++) {
      const share = (values[i] - NONE) / NONE;
      out.data.set(share > 0 ? ORANGE : BLUE, 4 * i);
      out.data[4 * i + 3] = Math.round(STRONGEST * Math.min(1, Math.abs(share)));
    }
    this.canvas.width = found.cols;
    this.canvas.height = found.rows;
    this.canvas.getContext("2d")?.putImageData(out, 0, 0);
    this.canvas.hidden = false;
    return sentence;
  }
}
