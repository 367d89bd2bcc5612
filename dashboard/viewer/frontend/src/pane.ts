// One pane: image, heatmap, outlines and captions.
import { Enums, type Types } from "@cornerstonejs/core";
import { AsymmetryLayer } from "./asymmetry";
import type { Engine } from "./engine";
import type { Home, Place } from "./hanging";
import { HeatLayer } from "./heat";
import { OutlineLayer } from "./outlines";
import { TEXT } from "./text";
import { fetchImage, imageIdOf } from "./images";
import { ScaleBar } from "./scalebar";
import { spacingOf, type View } from "./study";

/** How far an image is from its home: `zoom` times larger, moved by (x, y) of the home's units. */
export type Position = { zoom: number; x: number; y: number };
export type Range = { lower: number; upper: number };

const MAGNIFIER = "magnify-viewport"; // the library's name of its glass

const el = (name: string, parent: HTMLElement): HTMLDivElement => {
  const node = document.createElement("div");
  node.className = name;
  parent.append(node);
  return node;
};

export class Pane {
  readonly root: HTMLDivElement;
  readonly heat = new HeatLayer();
  readonly asymmetry = new AsymmetryLayer();
  readonly outlines = new OutlineLayer();
  private readonly mammogram: HTMLDivElement;
  private readonly evidence = document.createElement("div"); // what a divider cuts
  private readonly bar: ScaleBar;
  private readonly notice: HTMLDivElement;
  private readonly caption: HTMLDivElement;
  private viewport: Types.IStackViewport | null = null;
  private home: Home = { x: 0, y: 0, half: 1, unit: 1 };
  private placed = false; // at a home of its own
  /** Called with the new position after a hand moved the image, and with the new window after a hand changed it. */
  onMove: (position: Position) => void = () => undefined;
  onWindow: (range: Range) => void = () => undefined;
  private quiet = false;
  private curve: number[] | null = null;
  private inverted = false;
  private readonly bent = new WeakSet<object>();

  constructor(
    readonly place: Place,
    private readonly engine: Engine,
    readonly id: string,
    parent: HTMLElement,
  ) {
    this.root = el("pane", parent);
    this.mammogram = el("mammogram", this.root);
    this.notice = el("notice", this.root);
    this.bar = new ScaleBar(el("scale", this.root));
    this.caption = el("caption", this.root);
    const view = place.view;
    this.root.dataset.view = view?.label ?? place.title;
    this.root.dataset.side = view?.side ?? "";
    this.root.tabIndex = 0;
    this.root.setAttribute("role", "img");
    this.root.setAttribute("aria-label", view ? `Mammogram ${view.label}${view.synthetic ? ", synthetic" : ""}` : `${place.title}, ${TEXT.notOpen}`);
    this.root.oncontextmenu = (event) => event.preventDefault();
    if (!view) {
      this.notice.textContent = `${place.title}: ${TEXT.notOpen}`;
      this.root.classList.add("empty");
    }
  }

  get view(): View | null {
    return this.place.view;
  }

  get size(): [number, number] {
    return [Math.max(1, this.mammogram.clientWidth), Math.max(1, this.mammogram.clientHeight)];
  }

  /** Fetch the image. */
  async fetch(): Promise<void> {
    if (!this.view) return;
    this.notice.textContent = TEXT.loading;
    await fetchImage(this.view);
  }

  /** Put it up. */
  async load(): Promise<void> {
    if (!this.view || this.root.dataset.failed) return;
    this.engine.rendering.enableElement({
      viewportId: this.id,
      type: Enums.ViewportType.STACK,
      element: this.mammogram,
      defaultOptions: { background: [0, 0, 0] },
    });
    this.viewport = this.engine.rendering.getViewport(this.id) as Types.IStackViewport;
    this.engine.attach(this.id);
    await this.viewport.setStack([imageIdOf(this.view)]);
    this.notice.textContent = "";
    const inside = this.mammogram.querySelector(".viewport-element") ?? this.mammogram;
    this.evidence.className = "evidence";
    this.evidence.append(this.heat.canvas, this.heat.contour.svg);
    inside.insertBefore(this.asymmetry.canvas, inside.querySelector("svg"));
    inside.insertBefore(this.evidence, inside.querySelector("svg"));
    inside.insertBefore(this.outlines.svg, inside.querySelector("svg.svg-layer"));
    this.mammogram.addEventListener(Enums.Events.IMAGE_RENDERED, () => this.placeLayers());
    this.mammogram.addEventListener(Enums.Events.IMAGE_RENDERED, (event) => this.matchMagnifier(event), true); // from inside: capture
    this.mammogram.addEventListener(Enums.Events.CAMERA_MODIFIED, () => this.quiet || this.onMove(this.position()));
    this.mammogram.addEventListener(Enums.Events.VOI_MODIFIED, (event) => {
      const range = (event as CustomEvent<{ range: Range }>).detail.range;
      this.root.dataset.voi = JSON.stringify(range);
      if (!this.quiet) this.onWindow(range);
    });
  }

  fail(text: string): void {
    this.notice.textContent = text;
    this.root.dataset.failed = "1";
  }

  setHome(home: Home): void {
    this.home = home;
    this.placed = true;
  }

  /** The window; `curve` bends it where the file brings a table. */
  setWindow(range: Range, curve: number[] | null, inverted: boolean): void {
    if (!this.viewport) return;
    const { lower, upper } = range;
    this.quietly((viewport) => viewport.setProperties({ voiRange: { lower, upper }, invert: inverted }));
    Object.assign(this, { curve, inverted });
    bend(this.viewport, range, curve ?? [0, 1], inverted); // also where it is even: an earlier bent one leaves nothing behind
    this.root.dataset.voi = JSON.stringify({ lower, upper });
    this.root.dataset.inverted = inverted ? "1" : "0";
    this.viewport.render();
  }

  setInverted(inverted: boolean, curve: number[] | null): void {
    const range = this.viewport?.getProperties().voiRange;
    if (range) this.setWindow(range, curve, inverted);
  }

  redraw(): void {
    this.viewport?.render();
  }

  /** The glass copies the window but not its curve. */
  private matchMagnifier(event: Event): void {
    if ((event as CustomEvent<{ viewportId: string }>).detail.viewportId !== MAGNIFIER || !this.curve) return;
    const glass = this.engine.rendering.getViewport(MAGNIFIER) as Types.IStackViewport;
    const range = this.viewport?.getProperties().voiRange;
    const levels = levelsOf(glass);
    if (!range || !levels || this.bent.has(levels)) return;
    this.bent.add(levels);
    bend(glass, range, this.curve, this.inverted);
    glass.render();
  }

  position(): Position {
    const camera = this.viewport?.getCamera();
    if (!camera?.focalPoint || !camera.parallelScale) return { zoom: 1, x: 0, y: 0 };
    const { x, y, half, unit } = this.home;
    return { zoom: half / camera.parallelScale, x: (camera.focalPoint[0] - x) / unit, y: (camera.focalPoint[1] - y) / unit };
  }

  setPosition({ zoom, x, y }: Position): void {
    if (!this.viewport) return;
    const focal: Types.Point3 = [this.home.x + x * this.home.unit, this.home.y + y * this.home.unit, 0];
    const away = this.viewport.getCamera().position?.[2] ?? -1;
    this.quietly((viewport) => viewport.setCamera({ focalPoint: focal, position: [focal[0], focal[1], away], parallelScale: this.home.half / zoom }));
    this.root.dataset.zoom = zoom.toFixed(4);
    this.root.dataset.pan = `${x.toFixed(4)},${y.toFixed(4)}`;
    this.viewport.render();
  }

  /** The position after zooming by `factor` with the point under the pointer held still, or moved with it by (right, down) screen pixels. */
  zoomedTo(clientX: number, clientY: number, factor: number, right = 0, down = 0): Position {
    const box = this.mammogram.getBoundingClientRect();
    const now = this.position();
    const zoom = Math.min(60, Math.max(0.2, now.zoom * factor));
    const per = (2 * this.home.half) / this.home.unit / box.height; // home's units a screen pixel, at zoom 1
    const gain = per * (1 / now.zoom - 1 / zoom);
    return {
      zoom,
      x: now.x + (clientX - box.left - box.width / 2) * gain - (right * per) / zoom,
      y: now.y + (clientY - box.top - box.height / 2) * gain - (down * per) / zoom,
    };
  }

  /** The zoom at which one pixel of the image is one pixel of the screen. */
  nativeZoom(): number {
    const [dy] = this.view ? spacingOf(this.view) : [1];
    return this.home.half / ((this.size[1] * devicePixelRatio * dy) / 2);
  }

  setCaption(line: string, text: string): void {
    const node = this.root.querySelector<HTMLDivElement>(`.${line}`) ?? el(line, this.caption);
    node.textContent = text;
  }

  destroy(): void {
    if (this.viewport) {
      for (const layer of [this.evidence, this.asymmetry.canvas, this.outlines.svg]) layer.remove(); // the library takes the first svg it finds for its own
      this.engine.detach(this.id);
      this.engine.rendering.disableElement(this.id);
    }
    this.viewport = null;
    this.root.remove();
  }

  private quietly(change: (viewport: Types.IStackViewport) => void): void {
    if (!this.viewport) return;
    const before = this.quiet;
    this.quiet = true;
    try {
      change(this.viewport);
    } finally {
      this.quiet = before;
    }
  }

  /** Lay heatmap, outlines and scale bar where the image now is. */
  private placeLayers(): void {
    if (!this.viewport || !this.view) return;
    const [dy, dx] = spacingOf(this.view);
    const corner = this.viewport.worldToCanvas([-dx / 2, -dy / 2, 0]); // world counts from pixel centres
    const far = this.viewport.worldToCanvas([(this.view.cols - 0.5) * dx, (this.view.rows - 0.5) * dy, 0]);
    const [width, height] = [far[0] - corner[0], far[1] - corner[1]];
    for (const { canvas } of [this.heat, this.asymmetry]) {
      canvas.style.transform = `translate(${corner[0]}px,${corner[1]}px) scale(${width / canvas.width},${height / canvas.height})`;
    }
    const { canvas } = this.heat;
    this.heat.contour.place(corner as [number, number], width / canvas.width, height / canvas.height);
    this.outlines.place(corner as [number, number], width / this.view.cols, height / this.view.rows);
    this.bar.show(this.view, width / (this.view.cols * dx));
    this.root.dataset.frame = [corner[0], corner[1], width, height].map((v) => v.toFixed(2)).join(",");
    if (this.placed) this.root.dataset.ready = "1";
  }
}

const levelsOf = (viewport: Types.IStackViewport) =>
  (viewport.getDefaultActor()?.actor as unknown as Types.ImageActor | undefined)?.getProperty().getRGBTransferFunction(0);

/** Let brightness follow `curve` between the ends of `range`. */
function bend(viewport: Types.IStackViewport, range: Range, curve: number[], inverted: boolean): void {
  const levels = levelsOf(viewport);
  if (!levels) return;
  levels.removeAllPoints();
  curve.forEach((level, n) => {
    const at = range.lower + (n / (curve.length - 1)) * (range.upper - range.lower);
    const shown = inverted ? 1 - level : level;
    levels.addRGBPoint(at, shown, shown, shown);
  });
}
