// A bar of a round length, so that the eye can measure.
import type { View } from "./study";

const ROUND = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000];
const LONGEST = 120; // screen pixels

export class ScaleBar {
  private readonly line = document.createElement("i");
  private readonly text = document.createElement("span");

  constructor(private readonly root: HTMLElement) {
    root.append(this.line, this.text);
  }

  /** `pixels` on the screen a world unit (millimetre, or pixel of the image). */
  show(view: View, pixels: number): void {
    const length = ROUND.filter((n) => n * pixels <= LONGEST).at(-1) ?? 1;
    const text = view.spacing ? (length >= 10 ? `${length / 10} cm (est.)` : `${length} mm (est.)`) : `${length} px`;
    this.line.style.width = `${length * pixels}px`;
    this.text.textContent = text;
    this.root.dataset.length = String(length);
    this.root.style.visibility = "visible";
  }
}
