// The window of all panes: a preset of the file and how far a hand moved from it. Kept in shares of each file's own
// window, so that unequal files stay comparable and a new layout shows what the old one did.
import type { Pane, Range } from "./pane";
import type { Preset } from "./study";

export class Windows {
  inverted = false;
  private number = 0;
  private shift = 0; // of the centre, in widths; positive is darker
  private scale = 1;

  /** Number of the preset that is shown; null after a drag. */
  get preset(): number | null {
    return this.shift === 0 && this.scale === 1 ? this.number : null;
  }

  usePreset(n: number, panes: Pane[]): void {
    this.number = n;
    this.shift = 0;
    this.scale = 1;
    this.apply(panes);
  }

  invert(panes: Pane[]): void {
    this.inverted = !this.inverted;
    for (const pane of panes) pane.setInverted(this.isInverted(pane), this.presetOf(pane).curve);
  }

  /** Put the window on panes. */
  apply(panes: Pane[]): void {
    for (const pane of panes) {
      const own = this.presetOf(pane);
      const centre = middle(own) + direction(pane) * this.shift * width(own);
      const half = (width(own) * this.scale) / 2;
      const moved = { lower: centre - half, upper: centre + half };
      pane.setWindow(this.preset === null ? moved : own, own.curve, this.isInverted(pane));
    }
  }

  /** Remember a drag in `source`, and let `panes` follow. */
  follow(source: Pane, range: Range, panes: Pane[]): void {
    const from = this.presetOf(source);
    this.shift = (direction(source) * (middle(range) - middle(from))) / width(from);
    this.scale = width(range) / width(from);
    this.apply(panes);
  }

  private presetOf(pane: Pane): Preset {
    const presets = pane.view?.presets ?? [];
    return presets[this.number] ?? presets[0];
  }

  private isInverted(pane: Pane): boolean {
    return Boolean(pane.view?.inverted) !== this.inverted;
  }
}

const direction = (pane: Pane): number => (pane.view?.inverted ? -1 : 1); // darker in one is darker in all
const middle = ({ lower, upper }: Range): number => (lower + upper) / 2;
const width = ({ lower, upper }: Range): number => upper - lower || 1;
