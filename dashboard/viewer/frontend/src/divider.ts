// Before and after: a line over each pane, heat on its right only. Dragged in one pane it moves in all.
import { TEXT } from "./text";

const MIDDLE = 50; // per cent of a pane's width

export class Divider {
  constructor(private readonly stage: HTMLElement) {
    stage.style.setProperty("--cut", `${MIDDLE}%`);
  }

  get shown(): boolean {
    return this.stage.dataset.divided === "1";
  }

  /** Draw it on the panes that stand now, or nowhere. */
  show(shown: boolean): void {
    this.stage.dataset.divided = shown ? "1" : "0";
    for (const old of this.stage.querySelectorAll(".divider")) old.remove();
    if (!shown) return;
    for (const pane of this.stage.querySelectorAll<HTMLElement>(".pane:not(.empty)")) pane.append(this.line(pane));
  }

  private line(pane: HTMLElement): HTMLElement {
    const line = document.createElement("div");
    line.className = "divider";
    line.title = TEXT.divider;
    line.onpointerdown = (event) => line.setPointerCapture(event.pointerId);
    line.onpointermove = (event) => {
      if (!line.hasPointerCapture(event.pointerId)) return;
      const { left, width } = pane.getBoundingClientRect();
      const share = Math.max(0, Math.min(1, (event.clientX - left) / width));
      this.stage.style.setProperty("--cut", `${(100 * share).toFixed(2)}%`);
    };
    for (const name of ["pointerdown", "pointerup", "mousedown", "touchstart", "dblclick"]) line.addEventListener(name, (event) => event.stopPropagation());
    return line;
  }
}
