// What stands over the image while the browser has taken the graphics memory away: never a black pane without words.
import { hasWebGL } from "./engine";

const WAITS = "The browser has taken the graphics memory away. The images come back as soon as it gives it again.";
const GONE = "The browser gives no graphics memory any more. The plain image needs none; loading the page again may help too.";
const PATIENCE = 5000; // milliseconds until other graphics memory is asked for

export class Lost {
  readonly root = document.createElement("div");
  private readonly words = document.createElement("p");
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
    button.textContent = "Show the plain image";
    button.onclick = plain;
    this.root.append(this.words, button);
  }

  /** It was taken. The browser mostly gives it back; if not, other memory is asked for. */
  wait(): void {
    this.words.textContent = WAITS;
    this.root.hidden = false;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (hasWebGL()) void this.end();
      else this.words.textContent = GONE;
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
