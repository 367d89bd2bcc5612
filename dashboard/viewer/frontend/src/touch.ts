// Two fingers on the glass: the image follows them, zoom and place at once. One finger is the library's, as the mouse is.
import type { Pane, Position } from "./pane";

type Grip = { pane: Pane; x: number; y: number; apart: number };

export class Pinch {
  private grip: Grip | null = null;
  private busy = false; // until all fingers are up: the last one to leave must not change the window

  /** `paneOf` finds the pane that an event is on; `moved` is called with the new position. */
  constructor(
    root: HTMLElement,
    private readonly paneOf: (event: Event) => Pane | undefined,
    private readonly moved: (pane: Pane, position: Position) => void,
  ) {
    for (const name of ["touchstart", "touchmove", "touchend", "touchcancel"] as const) {
      root.addEventListener(name, this.on, { passive: false, capture: true });
    }
  }

  private readonly on = (event: TouchEvent): void => {
    const { touches } = event;
    if (touches.length === 2 && event.type === "touchmove" && this.grip) this.follow(touches);
    else if (touches.length === 2) {
      const pane = this.paneOf(event);
      this.grip = pane ? { pane, ...span(touches) } : null;
      this.busy = true;
    } else this.grip = null;
    // The library hears of fingers that leave, so that it knows when a drag is over, but not of a second one, nor of its way.
    if (this.busy && (event.type === "touchstart" || event.type === "touchmove")) event.stopPropagation();
    if (this.busy && event.cancelable) event.preventDefault();
    if (touches.length === 0) this.busy = false;
  };

  private follow(touches: TouchList): void {
    const { pane, x, y, apart } = this.grip as Grip;
    const now = span(touches);
    this.moved(pane, pane.zoomedTo(x, y, now.apart / apart, now.x - x, now.y - y));
    this.grip = { pane, ...now };
  }
}

/** Middle of two fingers and how far they are apart, in screen pixels. */
function span([a, b]: TouchList | Touch[]): Omit<Grip, "pane"> {
  return {
    x: (a.clientX + b.clientX) / 2,
    y: (a.clientY + b.clientY) / 2,
    apart: Math.max(1, Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY)),
  };
}
