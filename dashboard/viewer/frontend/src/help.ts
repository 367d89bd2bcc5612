// The list of keys, over the image.
import { KEYS } from "./keys";
import { TEXT } from "./text";

export class Help {
  readonly root = document.createElement("div");

  constructor() {
    this.root.className = "help";
    this.root.hidden = true;
    this.root.setAttribute("role", "dialog");
    this.root.setAttribute("aria-label", TEXT.help);
    const list = document.createElement("dl");
    for (const [, key, text] of Object.values(KEYS)) {
      const term = document.createElement("dt");
      const says = document.createElement("dd");
      term.textContent = key;
      says.textContent = text;
      list.append(term, says);
    }
    const steps = document.createElement("p");
    steps.textContent = TEXT.doubleClick;
    this.root.append(list, steps);
    this.root.onclick = () => this.toggle(false);
  }

  toggle(shown = this.root.hidden): void {
    this.root.hidden = !shown;
  }
}
