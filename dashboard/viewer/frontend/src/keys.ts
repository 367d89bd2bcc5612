// The keyboard: one letter an action, nowhere while something is being typed.

export type Action =
  | "window" | "zoom" | "pan" | "magnify" | "ruler" | "ellipse"
  | "erase" | "clear" | "invert" | "native" | "reset" | "link"
  | "one" | "two" | "three" | "four" | "five" | "exam"
  | "next" | "previous" | "heat" | "truth" | "save" | "help" | "close";

/** action → key as pressed, key as written, what it does. */
export const KEYS: Record<Action, [string, string, string]> = {
  window: ["w", "W", "Window: drag right for width, down for level"],
  zoom: ["z", "Z", "Zoom: drag up or down; the wheel zooms to the pointer"],
  pan: ["v", "V", "Move: drag; also Shift and drag, or the middle button"],
  magnify: ["l", "L", "Magnifying glass: hold the button"],
  ruler: ["m", "M", "Ruler"],
  ellipse: ["o", "O", "Ellipse: marks a finding; mean ± standard deviation of its pixel values"],
  erase: ["Backspace", "Backspace", "Erase the last measurement or mark"],
  clear: ["Delete", "Delete", "Erase all measurements and marks"],
  invert: ["i", "I", "Invert black and white"],
  native: ["0", "0", "1:1, one image pixel to one screen pixel"],
  reset: [" ", "Space", "Reset window, zoom and position"],
  link: ["k", "K", "Link zoom, position and window"],
  one: ["1", "1", "This view alone"],
  two: ["2", "2", "Both sides of this view"],
  three: ["3", "3", "Both views of this side"],
  four: ["4", "4", "All views of the exam"],
  five: ["5", "5", "The exam above its prior, where one is open"],
  exam: ["e", "E", "Switch between one view and all views"],
  next: ["n", "N", "Next view; also →"],
  previous: ["p", "P", "Previous view; also ←"],
  heat: ["h", "H", "Heatmap"],
  truth: ["g", "G", "Ground truth (phantoms)"],
  save: ["s", "S", "Save the screen as a stamped PNG"],
  help: ["?", "?", "This list"],
  close: ["Escape", "Esc", "Close this list"],
};

let tabbed = false; // whether the focus was moved by the keyboard

/** Watch how the focus moves; returns what ends the watch. */
export function watchFocus(): () => void {
  const byKey = (event: KeyboardEvent) => void (event.key === "Tab" && (tabbed = true));
  const byHand = () => void (tabbed = false);
  document.addEventListener("keydown", byKey, true);
  document.addEventListener("pointerdown", byHand, true);
  return () => {
    document.removeEventListener("keydown", byKey, true);
    document.removeEventListener("pointerdown", byHand, true);
  };
}

/** The action of a key press, or null: with Ctrl, Alt or Meta it belongs to the browser, in a field to the field. */
export function actionOf(event: KeyboardEvent): Action | null {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return null;
  const target = event.composedPath()[0];
  if (!(target instanceof Element)) return null;
  if (target.closest("input:not([type=range]), textarea, select, [contenteditable=true], [role=textbox], [role=combobox], [role=listbox]")) return null;
  const presses = target.closest("button, a, summary, label, [role=button], [role=radio], [role=slider], input");
  // The space bar presses what the Tab key was moved to; on a button that was only clicked it resets, as everywhere.
  if (presses && tabbed && event.key === " ") return null;
  for (const [action, [key]] of Object.entries(KEYS)) {
    if (event.key.toLowerCase() === key.toLowerCase()) return action as Action;
  }
  return null;
}
