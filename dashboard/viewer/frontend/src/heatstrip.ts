// The strip under the image: the heatmap's class, strength, threshold and colours, and what is shown over the image.
import { gradient, isDrawn, type HeatLook } from "./heat";
import type { MapName } from "./colourmaps";
import type { HeatMap, Study } from "./study";
import { TEXT } from "./text";

const MAPS: MapName[] = ["inferno", "cividis", "grey"];

export class HeatStrip {
  readonly root = document.createElement("div");
  private readonly label = document.createElement("select");
  private readonly maps = document.createElement("select");
  private readonly opacity = slider(TEXT.opacityHint, 0.05);
  private readonly threshold = slider(TEXT.hideBelowHint, 0.01);
  private readonly bar = document.createElement("div");
  private readonly text = document.createElement("span");
  private readonly controls = document.createElement("div");

  constructor(change: (look: Partial<HeatLook>) => void) {
    this.root.className = "strip";
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
    this.root.append(this.controls, this.text);
  }

  /** `open` is the map of the open view; `said` is what is to be read instead of it. */
  show(look: HeatLook, study: Study, open: HeatMap | undefined, said: string): void {
    const labels = [...new Set(study.views.flatMap((v) => v.heats.map((h) => h.label)))];
    this.controls.hidden = !look.shown || labels.length === 0;
    this.label.replaceChildren(...labels.map((label) => new Option(label, label, false, label === look.label)));
    this.maps.value = look.map;
    this.opacity.value = String(look.opacity);
    this.threshold.value = String(look.threshold);
    const top = open?.full ?? 0;
    this.bar.style.backgroundImage = gradient(look.map);
    this.bar.dataset.top = top >= 100 ? top.toFixed(0) : top.toPrecision(2);
    this.bar.style.setProperty("--from", `${100 * look.threshold}%`);
    this.bar.title = TEXT.barHint;
    this.text.textContent = said || this.words(look, study, open);
    this.text.title = this.text.textContent;
  }

  private words(look: HeatLook, study: Study, open: HeatMap | undefined): string {
    if (study.blind) return TEXT.blind;
    if (!look.shown || !open) return "";
    if (open.peak > 0 && !isDrawn(open, look)) return TEXT.below;
    return open.sentence + (open.weak && open.peak > 0 ? TEXT.weakShown : "");
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
