// The list of exams: a row each. Tab reaches the open exam's row, Up and Down the others, Enter opens.
export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector("ul");
  const focused = list.getRootNode().activeElement?.dataset?.key;
  list.setAttribute("aria-label", data.label);
  list.replaceChildren(...data.rows.map((row) => rowOf(row, data, setTriggerValue)));
  const open = list.querySelector("[aria-current]") ?? list.querySelector(".row");
  for (const button of open?.parentElement.querySelectorAll("button") ?? []) button.tabIndex = 0;
  open?.scrollIntoView({ block: "nearest" });
  if (focused) list.querySelector(`[data-key="${focused}"]`)?.focus({ preventScroll: true });
  const onKey = (event) => {
    const focus = event.composedPath()[0];
    const by = { ArrowDown: 1, ArrowUp: -1, Enter: 0, " ": 0 }[event.key];
    if (by === undefined || !list.contains(focus)) return;
    event.stopPropagation(); // of the viewer's keys: Enter presses the row, and records nothing
    if (!by) return;
    const rows = [...list.querySelectorAll(".row")];
    rows[rows.indexOf(focus) + by]?.focus();
    event.preventDefault();
  };
  if (list.onKey) window.removeEventListener("keydown", list.onKey, true);
  list.onKey = onKey;
  window.addEventListener("keydown", onKey, true); // before the viewer, which listens at the document
  return () => window.removeEventListener("keydown", onKey, true);
}

function rowOf(row, data, trigger) {
  const open = element("button", "row");
  open.dataset.key = row.key;
  if (row.open) open.setAttribute("aria-current", "true");
  const strip = element("span", "strip");
  strip.append(...row.images.map((source) => Object.assign(new Image(), { src: new URL(source, document.baseURI).href, alt: "" })));
  const words = element("span", "words");
  const below = element("span", "below");
  below.append(element("span", `state ${row.state}`, row.stateText), element("span", row.positive ? "score positive" : "score", row.score));
  words.append(element("b", "", row.name), below);
  open.append(strip, words);
  open.title = `${row.name}. ${row.help}`;
  open.onclick = () => trigger("open", row.key);
  const menu = element("button", "menu", "⋯");
  menu.setAttribute("aria-label", `${data.menu}: ${row.name}`);
  menu.onclick = () => trigger("menu", row.key);
  for (const button of [open, menu]) button.tabIndex = -1;
  const item = document.createElement("li");
  item.append(open, menu);
  return item;
}

function element(tag, className, text = "") {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}
