// The strip under the image: heatmap on and off, its class, strength, threshold, colours, and what it is.
import { gradient, type HeatLook } from "./heat";
import type { MapName } from "./colourmaps";
import type { HeatMap, Study } from "./study";
import { TEXT } from "./text";

const MAPS: MapName[] = ["inferno", "cividis", "grey"];

export class HeatStrip {
  readonly root = document.createElement("div");
  private readonly toggle = document.createElement("button");
  private readonly label = document.createElement("select");
  private readonly maps = document.createElement("select");
  private readonly opacity = slider(TEXT.opacityHint, 0.05);
  private readonly threshold = slider(TEXT.hideBelowHint, 0.01);
  private readonly bar = document.createElement("div");
  private readonly text = document.createElement("span");
  private readonly controls = document.createElement("div");

  constructor(change: (look: Partial<HeatLook>) => void) {
    this.root.className = "strip";
    this.toggle.type = "button";
    this.toggle.title = `${TEXT.heat} (H)`;
    this.toggle.setAttribute("aria-keyshortcuts", "H");
    this.toggle.dataset.action = "heat";
    this.toggle.textContent = TEXT.heat;
    this.toggle.onclick = () => change({ shown: this.toggle.getAttribute("aria-pressed") !== "true" });
    this.label.setAttribute("aria-label", TEXT.heatClass);
    this.label.onchange = () => (change({ label: this.label.value }), this.label.blur());
    this.maps.setAttribute("aria-label", TEXT.heatColours);
    this.maps.append(...MAPS.map((name) => new Option(name, name)));
    this.maps.onchange = () => (change({ map: this.maps.value as MapName }), this.maps.blur());
    this.opacity.oninput = () => change({ opacity: Number(this.opacity.value) });
    this.threshold.oninput = () => change({ threshold: Number(this.threshold.value) });
    this.bar.className = "bar";
    this.text.className = "text";
    this.controls.className = "controls";
    this.controls.append(this.label, named(TEXT.opacity, this.opacity), named(TEXT.hideBelow, this.threshold), this.maps, this.bar);
    this.root.append(this.toggle, this.controls, this.text);
  }

  show(look: HeatLook, study: Study, open: HeatMap | undefined, several: boolean): void {
    const labels = [...new Set(study.views.flatMap((v) => v.heats.map((h) => h.label)))];
    this.toggle.hidden = labels.length === 0;
    this.toggle.setAttribute("aria-pressed", String(look.shown));
    this.controls.hidden = !look.shown || labels.length === 0;
    this.label.replaceChildren(...labels.map((label) => new Option(label, label, false, label === look.label)));
    this.maps.value = look.map;
    this.opacity.value = String(look.opacity);
    this.threshold.value = String(look.threshold);
    const top = open ? (several ? open.joint : open.peak) : 0;
    this.bar.style.backgroundImage = gradient(look.map);
    this.bar.dataset.top = top >= 100 ? top.toFixed(0) : top.toPrecision(2);
    this.bar.style.setProperty("--from", `${100 * look.threshold}%`);
    this.bar.title = TEXT.barHint;
    let text = "";
    if (labels.length === 0) text = study.blind ? TEXT.blind : "";
    else if (look.shown && open) text = open.sentence + (several && open.peak > 0 ? TEXT.sameScale : "");
    this.text.textContent = text;
    this.text.title = text;
  }
}

function slider(name: string, step: number): HTMLInputElement {
  const input = document.createElement("input");
  Object.assign(input, { type: "range", min: "0", max: "1", step: String(step), title: name });
  input.setAttribute("aria-label", name);
  return input;
}

function named(text: string, input: HTMLInputElement): HTMLLabelElement {
  const label = document.createElement("label");
  label.append(text, input);
  return label;
}
