// What stands over the image while the browser has taken the graphics memory away: never a black pane without a reason.
import { hasWebGL } from "./engine";
import { TEXT } from "./text";

const PATIENCE = 5000; // milliseconds until other graphics memory is requested

export class ContextLoss {
  readonly root = document.createElement("div");
  private readonly text = document.createElement("p");
  private timer = 0;

  /** `plain` is called when the reader does not want to wait, `rebuild` when there is graphics memory again. */
  constructor(
    plain: () => void,
    private readonly rebuild: () => Promise<void>,
  ) {
    this.root.className = "lost";
    this.root.hidden = true;
    this.root.setAttribute("role", "alert");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = TEXT.showPlain;
    button.onclick = plain;
    this.root.append(this.text, button);
  }

  /** The memory was taken. Most browsers give it back; if not, other memory is requested. */
  wait(): void {
    this.text.textContent = TEXT.contextLost;
    this.root.hidden = false;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (hasWebGL()) void this.end();
      else this.text.textContent = TEXT.contextGone;
    }, PATIENCE);
  }

  /** It is back. */
  async end(): Promise<void> {
    clearTimeout(this.timer);
    await this.rebuild();
    this.root.hidden = true;
  }

  destroy(): void {
    clearTimeout(this.timer);
  }
}
