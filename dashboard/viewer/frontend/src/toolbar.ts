// The row of controls above the image. It shows a state and reports presses; it decides nothing.
import { icon } from "./icons";
import { KEYS, type Action } from "./keys";
import type { Layout } from "./hanging";
import type { Hanging } from "./study";
import { TEXT } from "./text";
import type { ToolName } from "./engine";

export type Shown = {
  tool: ToolName;
  layout: Layout;
  /** Null where there is one view only. */
  hanging: Hanging | null;
  prior: boolean;
  inverted: boolean;
  linked: boolean;
  truth: boolean;
  hasTruth: boolean;
  heat: boolean;
  weak: boolean;
  hasHeat: boolean;
  asymmetry: boolean;
  hasAsymmetry: boolean;
  divider: boolean;
  presenter: boolean;
  presets: string[];
  preset: number | null;
};

const TOOL_OF: Partial<Record<Action, ToolName>> = {
  window: "WindowLevel",
  zoom: "Zoom",
  pan: "Pan",
  magnify: "Magnify",
  ruler: "Length",
  ellipse: "EllipticalROI",
};
const LAYOUT_OF: Partial<Record<Action, Layout>> = { one: 1, two: 2, three: 3, four: 4, five: 5, row: 6 };

const GROUPS: Action[][] = [
  ["window", "zoom", "pan", "magnify", "ruler", "ellipse", "erase"],
  ["invert", "native", "reset"],
  ["one", "two", "three", "four", "row", "five", "link"],
  ["heat", "weak", "asymmetry", "divider", "truth"],
  ["save", "help"],
];

const SWITCHES: Action[] = ["invert", "link", "truth", "heat", "weak", "asymmetry", "divider"];

export class Toolbar {
  readonly root = document.createElement("div");
  private readonly buttons = new Map<Action, HTMLButtonElement>();
  private readonly groups: HTMLDivElement[] = [];
  private readonly presets = document.createElement("select");

  constructor(press: (action: Action) => void, choose: (preset: number) => void) {
    this.root.className = "toolbar";
    this.root.setAttribute("role", "toolbar");
    this.root.setAttribute("aria-label", TEXT.viewer);
    for (const actions of GROUPS) {
      const group = document.createElement("div");
      group.className = "group";
      for (const action of actions) group.append(this.button(action, press));
      this.groups.push(group);
      this.root.append(group);
    }
    this.presets.setAttribute("aria-label", TEXT.windows);
    this.presets.title = TEXT.windowsHint;
    this.presets.onchange = () => {
      choose(Number(this.presets.value));
      this.presets.blur(); // so that the keys work again
    };
    this.groups[1].prepend(this.presets);
    this.root.addEventListener("keydown", (event) => this.step(event));
    this.root.addEventListener("focusin", (event) => this.hold(event.target as HTMLElement));
  }

  /** One stop of the Tab key; Left and Right go through what is shown (ARIA authoring practices, toolbar). */
  private hold(item: HTMLElement | undefined): void {
    for (const other of this.controls()) other.tabIndex = other === item ? 0 : -1;
  }

  private step(event: KeyboardEvent): void {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const shown = this.controls().filter((item) => !item.closest("[hidden]"));
    if (!by || !shown.length) return;
    shown[(shown.indexOf(event.target as HTMLElement) + by + shown.length) % shown.length].focus();
    event.preventDefault();
  }

  private controls(): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>("button, select")];
  }

  private button(action: Action, press: (action: Action) => void): HTMLButtonElement {
    const [, key, text] = KEYS[action];
    const button = document.createElement("button");
    button.type = "button";
    button.title = `${text} (${key})`;
    button.setAttribute("aria-label", text);
    button.setAttribute("aria-keyshortcuts", key);
    button.dataset.action = action;
    button.append(icon(action));
    button.onclick = () => press(action);
    this.buttons.set(action, button);
    return button;
  }

  private hide(action: Action, hidden: boolean): void {
    const button = this.buttons.get(action);
    if (button) button.hidden = hidden;
  }

  show(state: Shown): void {
    for (const [action, button] of this.buttons) {
      const on =
        TOOL_OF[action] === state.tool ||
        (LAYOUT_OF[action] !== undefined && LAYOUT_OF[action] === state.layout) ||
        (action === "invert" && state.inverted) ||
        (action === "link" && state.linked) ||
        (action === "truth" && state.truth && state.hasTruth) ||
        (action === "heat" && state.heat) ||
        (action === "weak" && state.weak) ||
        (action === "asymmetry" && state.asymmetry) ||
        (action === "divider" && state.divider);
      if (TOOL_OF[action] || LAYOUT_OF[action] || SWITCHES.includes(action)) button.setAttribute("aria-pressed", String(on));
    }
    this.groups[2].hidden = state.hanging === null;
    for (const action of ["two", "three", "four", "row"] as const) this.hide(action, state.hanging === "row");
    this.hide("heat", !state.hasHeat);
    this.hide("weak", !state.hasHeat);
    this.hide("asymmetry", !state.hasAsymmetry);
    this.hide("divider", !state.presenter || !state.hasHeat);
    this.hide("five", !state.prior);
    this.hide("truth", !state.hasTruth);
    const shown = this.controls().filter((item) => !item.closest("[hidden]"));
    if (!shown.some((item) => item.tabIndex === 0) || this.controls().every((item) => item.tabIndex === 0)) this.hold(shown[0]);
    this.presets.replaceChildren(
      ...(state.preset === null ? [new Option(TEXT.custom, "-1", true, true)] : []),
      ...state.presets.map((name, n) => new Option(name, String(n), false, n === state.preset)),
    );
  }
}

export const toolOf = (action: Action): ToolName | undefined => TOOL_OF[action];
export const layoutOf = (action: Action): Layout | undefined => LAYOUT_OF[action];
