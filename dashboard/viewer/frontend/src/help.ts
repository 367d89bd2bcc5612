// The list of keys, over the image.
import { KEYS } from "./keys";

export class Help {
  readonly root = document.createElement("div");

  constructor() {
    this.root.className = "help";
    this.root.hidden = true;
    this.root.setAttribute("role", "dialog");
    this.root.setAttribute("aria-label", "Keys of the viewer");
    const list = document.createElement("dl");
    for (const [, key, words] of Object.values(KEYS)) {
      const term = document.createElement("dt");
      const says = document.createElement("dd");
      term.textContent = key;
      says.textContent = words;
      list.append(term, says);
    }
    const steps = document.createElement("p");
    steps.textContent = "Double click shows one view, or one filter, alone.";
    this.root.append(list, steps);
    this.root.onclick = () => this.toggle(false);
  }

  toggle(shown = this.root.hidden): void {
    this.root.hidden = !shown;
  }
}
