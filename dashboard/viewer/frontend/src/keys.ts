// The keyboard: one key an action, wherever the focus is, but nowhere while something is being typed.

export type Action =
  | "window" | "zoom" | "pan" | "magnify" | "ruler" | "ellipse"
  | "erase" | "clear" | "invert" | "native" | "reset" | "link"
  | "one" | "two" | "three" | "four" | "five" | "row" | "exam"
  | "nextExam" | "previousExam" | "nextView" | "previousView"
  | "heat" | "weak" | "asymmetry" | "divider" | "truth"
  | "category" | "density" | "record"
  | "save" | "help" | "close";

/** What a key asks for; `value` is the category or the density. */
export type Press = { action: Action; value?: number | string };

/** action → key as pressed, key as written, what it does. */
export const KEYS: Record<Action, [string, string, string]> = {
  nextExam: ["n", "N", "Next exam"],
  previousExam: ["p", "P", "Previous exam"],
  nextView: ["ArrowRight", "→", "Next view of the exam"],
  previousView: ["ArrowLeft", "←", "Previous view of the exam"],
  category: ["", "Shift+0…6", "BI-RADS category"],
  density: ["", "Shift+A…D", "BI-RADS density"],
  record: ["Enter", "Enter", "Record the read; once recorded: next exam"],
  heat: ["h", "H", "Heatmap"],
  weak: ["b", "B", "Show weak evidence: heatmaps of views below the threshold"],
  asymmetry: ["a", "A", "Asymmetry: each breast against the other"],
  divider: ["d", "D", "Before and after: drag the line, the heatmap is on its right"],
  truth: ["g", "G", "Ground truth (phantoms)"],
  one: ["1", "1", "This view alone"],
  two: ["2", "2", "Both sides of this view"],
  three: ["3", "3", "Both views of this side"],
  four: ["4", "4", "All views of the exam, two by two"],
  five: ["5", "5", "The exam above its prior, where one is open"],
  row: ["6", "6", "All views of the exam in a row"],
  exam: ["e", "E", "Switch between one view and all views"],
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
  link: ["k", "K", "Link zoom, position and window; left and right are mirrored"],
  save: ["s", "S", "Save the screen as a stamped PNG"],
  help: ["?", "?", "This list"],
  close: ["Escape", "Esc", "Close this list"],
};

/** Keys of the reader's form, which only an exam has. */
export const READER: Action[] = ["category", "density", "record"];

const TYPING = "input:not([type=range], [type=radio], [type=checkbox]), textarea, select, [contenteditable=true], [role=textbox], [role=combobox], [role=listbox]";
const PRESSED = "button, a, summary, label, [role=button], [role=radio], [role=tab], [role=slider], input";
const MOVED = "input[type=range], [role=slider], [role=radiogroup], [role=tablist], [role=toolbar], [role=menu], [role=grid]"; // these move by the arrow keys
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

/** What a key press asks for, or null: with Ctrl, Alt or Meta it belongs to the browser, in a field to the field, in a dialog to that. */
export function pressOf(event: KeyboardEvent): Press | null {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return null;
  const target = event.composedPath()[0];
  if (!(target instanceof Element) || target.closest(TYPING)) return null;
  if (document.querySelector("[data-testid=stDialog], [aria-modal=true]")) return null;
  // Space and Enter press what the Tab key was moved to; on a button that was only clicked they act as everywhere.
  if (tabbed && (event.key === " " || event.key === "Enter") && target.closest(PRESSED)) return null;
  if (event.key.startsWith("Arrow") && (event.shiftKey || target.closest(tabbed ? MOVED : "input[type=range], [role=slider]"))) return null;
  if (event.shiftKey) {
    const digit = /^Digit([0-6])$/.exec(event.code);
    if (digit) return { action: "category", value: Number(digit[1]) };
    if (/^[a-d]$/i.test(event.key)) return { action: "density", value: event.key.toLowerCase() };
  }
  const found = Object.entries(KEYS).find(([, [key]]) => key !== "" && event.key.toLowerCase() === key.toLowerCase());
  return found ? { action: found[0] as Action } : null;
}
