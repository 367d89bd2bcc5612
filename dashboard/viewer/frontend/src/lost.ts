// What stands over the film while the browser has taken the graphics memory away: never a black pane without words.

const WAITS = "The browser has taken the graphics memory away. The pictures come back as soon as it gives it again.";
const GONE = "The browser gives no graphics memory any more. The plain picture needs none; loading the page again may help too.";

export class Lost {
  readonly root = document.createElement("div");
  private readonly words = document.createElement("p");

  /** `plain` is called when the reader does not want to wait. */
  constructor(plain: () => void) {
    this.root.className = "lost";
    this.root.hidden = true;
    this.root.setAttribute("role", "alert");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Show the plain picture";
    button.onclick = plain;
    this.root.append(this.words, button);
  }

  show(forGood: boolean): void {
    this.words.textContent = forGood ? GONE : WAITS;
    this.root.hidden = false;
  }

  hide(): void {
    this.root.hidden = true;
  }
}
