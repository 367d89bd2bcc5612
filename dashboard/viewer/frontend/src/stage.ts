// The panes side by side: which hang, how they fit, and how one follows the other in zoom and place.
import type { Engine } from "./engine";
import { across, columns, homes, lineHeights, places, type Layout } from "./hanging";
import { Pane, type Position, type Range } from "./pane";
import { imageIdOf } from "./images";
import type { Study, View } from "./study";
import { Pinch } from "./touch";

const HOME: Position = { zoom: 1, x: 0, y: 0 };
const GAP = 2; // screen pixels between panes, as in style.css
const LINE = 30; // screen pixels a line, where a wheel counts lines
const STEP = 240; // most pixels of one turn of the wheel
const CLICK_TOLERANCE = 4; // screen pixels that a hand may move in a click

export class Stage {
  readonly root = document.createElement("div");
  linked = true;
  /** Called after a hand changed the window of a pane, when a view is clicked, and when it is to be opened alone. */
  onWindow: (pane: Pane, range: Range) => void = () => undefined;
  onClick: (view: View) => void = () => undefined;
  onOpen: (view: View) => void = () => undefined;
  /** Called when the stage has another size. */
  onResize: () => void = () => undefined;
  private readonly observer = new ResizeObserver(() => (this.refit(), this.onResize()));
  private panes: Pane[] = [];
  private built = "";
  private layout: Layout = 1;
  private turn = 0;

  constructor(private readonly engine: Engine) {
    this.root.className = "stage";
    new Pinch(this.root, (event) => this.paneOf(event), (pane, position) => this.follow(pane, position));
    this.root.addEventListener("wheel", this.onWheel, { passive: false, capture: true });
    this.observer.observe(this.root);
  }

  /** Panes with an image. */
  get shown(): Pane[] {
    return this.panes.filter((pane) => pane.view !== null);
  }

  /** Width over height. */
  get ratio(): number {
    const { width, height } = this.root.getBoundingClientRect();
    return height ? width / height : 1;
  }

  /** Hang the views of a layout; `refresh` is called when the panes stand, `ready` when their images do. What hangs already stays. */
  async hang(study: Study, layout: Layout, refresh: () => void, ready: () => void): Promise<void> {
    const hung = places(study, layout);
    const signature = JSON.stringify([layout === "row", hung.map((p) => [p.title, p.view && imageIdOf(p.view)])]);
    if (signature === this.built) {
      for (const [n, place] of hung.entries()) this.panes[n].place.view = place.view; // what is said of it may be new
      if (layout !== this.layout) this.rearrange(layout);
      return;
    }
    this.built = signature;
    performance.mark("viewer: hang"); // bench/viewer.py reads these marks
    const turn = ++this.turn;
    this.clear();
    this.layout = layout;
    this.root.dataset.layout = String(layout);
    this.panes = hung.map((place, n) => new Pane(place, this.engine, `${this.engine.id}-${turn}-${n}`, this.root));
    this.arrange();
    refresh();
    // All are fetched before any is put up: painting one takes longer than a line needs for the next.
    for (const step of ["fetch", "load"] as const) {
      await Promise.all(this.panes.map((pane) => pane[step]().catch((why: unknown) => pane.fail(`The pixels did not come: ${String(why)}`))));
      if (turn !== this.turn) return; // another layout was asked for meanwhile
    }
    for (const pane of this.panes) this.wire(pane);
    this.goHome();
    ready();
    performance.mark("viewer: images set");
  }

  /** Take all panes down, and hang the same again where it was, after what `between` does. */
  async rehang(between: () => void, hang: () => Promise<void>): Promise<void> {
    const positions = this.shown.map((pane) => pane.position());
    this.turn++; // images that are still coming belong to panes that go
    this.built = "";
    this.clear();
    between();
    await hang();
    this.shown.forEach((pane, n) => positions[n] && pane.setPosition(positions[n]));
  }

  goHome(): void {
    this.refit(HOME);
  }

  /** To one pixel of the image on one of the screen, the leading view's where they differ. */
  goNative(lead: string | undefined): void {
    const first = this.shown.find((pane) => pane.view?.id === lead) ?? this.shown[0];
    for (const pane of this.shown) pane.setPosition({ ...pane.position(), zoom: (this.linked ? first : pane).nativeZoom() });
  }

  destroy(): void {
    this.turn++;
    this.observer.disconnect();
    this.clear();
  }

  private clear(): void {
    for (const pane of this.panes) pane.destroy();
    this.panes = [];
  }

  private wire(pane: Pane): void {
    pane.onMove = (position) => this.follow(pane, position);
    pane.onWindow = (range) => this.onWindow(pane, range);
    pane.root.ondblclick = () => pane.view && this.onOpen(pane.view);
    let from: [number, number] = [Infinity, Infinity];
    pane.root.addEventListener("pointerdown", (event) => (from = event.button === 0 ? [event.clientX, event.clientY] : [Infinity, Infinity]), true);
    pane.root.addEventListener("pointerup", ({ clientX, clientY }) => {
      if (pane.view && Math.hypot(clientX - from[0], clientY - from[1]) < CLICK_TOLERANCE) this.onClick(pane.view);
    }, true);
  }

  /** Panes of whole pixels: an image is drawn on whole ones, and would be stretched beside what lies over it. */
  private arrange(): void {
    const { width, height } = this.root.getBoundingClientRect();
    const count = this.panes.length;
    const first = this.shown[0]?.view;
    const line = this.layout === "row" && first ? columns(count, first.rows / first.cols, width, height) : across(this.layout, count);
    const down = Math.ceil(count / line);
    const room = (size: number, parts: number) => size - GAP * (parts - 1);
    const shares = this.layout === "row" ? Array<number>(down).fill(1 / down) : lineHeights(this.panes.map((pane) => pane.place), line);
    const rows = shares.map((share) => `${Math.floor(room(height, down) * share)}px`).join(" ");
    this.root.style.gridTemplate = `${rows} / repeat(${line}, ${Math.floor(room(width, line) / line)}px)`;
  }

  /** After a change of size each image keeps its position; with `position` all take that. */
  private refit(position?: Position): void {
    const { shown } = this;
    if (!shown.length) return;
    const kept = shown.map((pane) => position ?? pane.position());
    this.arrange();
    if (!position) this.engine.rendering.resize(true, true);
    const rest = homes(
      shown.map((pane) => pane.view as View),
      shown.map((pane) => pane.size),
      this.layout !== "row" && shown.length > 1,
    );
    shown.forEach((pane, n) => {
      pane.setHome(rest[n]);
      pane.setPosition(kept[n]);
    });
  }

  /** The same images in another arrangement. */
  private rearrange(layout: Layout): void {
    this.layout = layout;
    this.root.dataset.layout = String(layout);
    this.arrange();
    this.engine.rendering.resize(true, true);
    this.goHome();
  }

  /** Linked panes go along; a breast of the other side hangs mirrored, and so do its ways. */
  private follow(source: Pane, position: Position): void {
    const mirrored = { ...position, x: -position.x };
    const opposite = (pane: Pane) => Boolean(pane.view?.side && source.view?.side && pane.view.side !== source.view.side);
    for (const pane of this.linked ? this.shown : [source]) pane.setPosition(opposite(pane) ? mirrored : position);
  }

  private paneOf(event: Event): Pane | undefined {
    return this.shown.find((pane) => event.composedPath().includes(pane.root));
  }

  private readonly onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    const pane = this.paneOf(event);
    if (!pane) return;
    const turned = event.deltaY * (event.deltaMode === 1 ? LINE : 1);
    const factor = Math.exp(-Math.max(-STEP, Math.min(STEP, turned)) * 0.0016);
    this.follow(pane, pane.zoomedTo(event.clientX, event.clientY, factor));
  };
}
