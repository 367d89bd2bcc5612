// The viewer: state, panes, and what every control does. No control asks the server.
import { eventTarget } from "@cornerstonejs/core";
import { Enums as ToolEnums } from "@cornerstonejs/tools";
import { Engine, type ToolName } from "./engine";
import { hangs, homes, places, type Layout } from "./hanging";
import { forgetHeat, type HeatLook } from "./heat";
import { HeatStrip } from "./heatstrip";
import { Help } from "./help";
import { actionOf, watchFocus, type Action } from "./keys";
import { clearMeasurements, setUnits, words } from "./measure";
import { Pane, type Position, type Range } from "./pane";
import { announce, imageIdOf } from "./pictures";
import type { Study, View } from "./study";
import { layoutOf, Toolbar, toolOf } from "./toolbar";

const HOME: Position = { zoom: 1, x: 0, y: 0 };
const MEASURED = [ToolEnums.Events.ANNOTATION_COMPLETED, ToolEnums.Events.ANNOTATION_MODIFIED, ToolEnums.Events.ANNOTATION_RENDERED];

export class Viewer {
  private readonly engine = new Engine();
  private readonly toolbar: Toolbar;
  private readonly strip: HeatStrip;
  private readonly help = new Help();
  private readonly stage = document.createElement("div");
  private readonly observer: ResizeObserver;
  private readonly unwatch = watchFocus();
  private panes: Pane[] = [];
  private study: Study | null = null;
  private before: string[] = [];
  private built = "";
  private turn = 0;
  private tool: ToolName = "WindowLevel";
  private layout: Layout = 1;
  private inverted = false;
  private linked = true;
  private truth = false;
  private preset: number | null = 0;
  private look: HeatLook = { shown: false, label: null, opacity: 0.55, threshold: 0.1, map: "inferno" };

  constructor(
    private readonly root: HTMLElement,
    private readonly open: (id: string) => void,
  ) {
    this.toolbar = new Toolbar((action) => this.act(action), (n) => this.usePreset(n));
    this.strip = new HeatStrip((look) => this.setLook(look));
    this.stage.className = "stage";
    root.replaceChildren(this.toolbar.root, this.stage, this.strip.root, this.help.root);
    this.stage.addEventListener("wheel", this.onWheel, { passive: false, capture: true });
    this.observer = new ResizeObserver(() => this.refit());
    this.observer.observe(this.stage);
    document.addEventListener("keydown", this.onKey, true); // before the library, which swallows keys
    for (const name of MEASURED) eventTarget.addEventListener(name, this.onMeasured);
  }

  /** Show a study; the same study again changes nothing but what differs. */
  async show(study: Study): Promise<void> {
    const other = study.key !== this.study?.key || study.open !== this.study?.open;
    if (study.key !== this.study?.key) this.before = (this.study?.views ?? []).map(imageIdOf);
    this.study = study;
    announce(study.views, this.before);
    setUnits(study.views);
    const labels = study.views.flatMap((v) => v.heats.map((h) => h.label));
    if (!this.look.label || !labels.includes(this.look.label)) this.look.label = study.heatLabel;
    if (!labels.length) this.look.shown = false; // a heatmap of the next case waits until it is asked for
    if (other) this.preset = 0;
    await this.build();
  }

  destroy(): void {
    this.turn++;
    this.observer.disconnect();
    this.unwatch();
    document.removeEventListener("keydown", this.onKey, true);
    for (const name of MEASURED) eventTarget.removeEventListener(name, this.onMeasured);
    this.clear();
    this.engine.destroy();
    forgetHeat();
    this.root.replaceChildren();
  }

  private clear(): void {
    for (const pane of this.panes) pane.destroy();
    this.panes = [];
  }

  /** Hang the panes of the layout; those that hang already stay. */
  private async build(): Promise<void> {
    const study = this.study;
    if (!study) return;
    const layout = hangs(study) ? this.layout : 1;
    const hung = places(study, layout);
    const signature = JSON.stringify([layout, hung.map((p) => [p.title, p.view && imageIdOf(p.view)])]);
    if (signature !== this.built) {
      this.built = signature;
      const turn = ++this.turn;
      this.clear();
      this.stage.dataset.layout = String(layout);
      this.panes = hung.map((place, n) => new Pane(place, this.engine, `${this.engine.id}-${turn}-${n}`, this.stage));
      this.dress();
      const loads = this.panes.map((pane) => pane.load().catch((why: unknown) => pane.fail(`The pixels did not come: ${String(why)}`)));
      await Promise.all(loads);
      if (turn !== this.turn) return;
      for (const pane of this.panes) this.wire(pane);
      this.refit(HOME);
      this.usePreset(this.preset ?? 0);
    } else {
      for (const [n, place] of hung.entries()) this.panes[n].place.view = place.view; // addresses of heatmaps may be new
    }
    this.dress();
    await this.drawHeat();
  }

  private wire(pane: Pane): void {
    pane.onMove = (position) => this.movedBy(pane, position);
    pane.onWindow = (range) => this.windowedBy(pane, range);
    pane.root.ondblclick = () => pane.view && this.panes.length > 1 && this.openAlone(pane.view);
  }

  private openAlone(view: View): void {
    this.layout = 1;
    if (view.id === this.study?.open) void this.build();
    else this.open(view.id); // score and details stand beside the film and must belong to it
  }

  private get shown(): Pane[] {
    return this.panes.filter((pane) => pane.view !== null);
  }

  private get openView(): View | undefined {
    return this.study?.views.find((v) => v.id === this.study?.open);
  }

  private heatOf(view: View | null) {
    return view?.heats.find((h) => h.label === this.look.label);
  }

  /** After a change of size, or back home where `position` says so. */
  private refit(position?: Position): void {
    if (!this.panes.length) return;
    const kept = this.shown.map((pane) => position ?? pane.position());
    if (!position) this.engine.rendering.resize(true, true);
    const views = this.shown.map((pane) => pane.view as View);
    const rest = homes(views, this.shown.map((pane) => pane.size));
    this.shown.forEach((pane, n) => {
      pane.setHome(rest[n]);
      pane.setPosition(kept[n]);
    });
  }

  private movedBy(source: Pane, position: Position): void {
    for (const pane of this.linked ? this.shown : [source]) pane.setPosition(position);
  }

  /** Other views follow in shares of their own window, so that unequal files stay comparable. */
  private windowedBy(source: Pane, range: Range): void {
    this.preset = null;
    const from = this.presetOf(source);
    const [centre, width] = [(range.lower + range.upper) / 2, range.upper - range.lower];
    const wide = from.upper - from.lower || 1;
    const shift = (centre - (from.lower + from.upper) / 2) / wide;
    for (const pane of this.linked ? this.shown : [source]) {
      const own = this.presetOf(pane);
      const sign = pane.view?.inverted === source.view?.inverted ? 1 : -1; // brighter in one is brighter in all
      const ownWide = own.upper - own.lower || 1;
      const middle = (own.lower + own.upper) / 2 + sign * shift * ownWide;
      const half = (ownWide * width) / wide / 2;
      const next = pane === source ? range : { lower: middle - half, upper: middle + half };
      pane.setWindow(next, own.curve, this.isInverted(pane));
    }
    this.dress();
  }

  private lastPreset = 0;

  private presetOf(pane: Pane) {
    const presets = (pane.view as View).presets;
    return presets[this.lastPreset] ?? presets[0];
  }

  private isInverted(pane: Pane): boolean {
    return Boolean(pane.view?.inverted) !== this.inverted;
  }

  private usePreset(n: number): void {
    if (n < 0) return;
    this.preset = this.lastPreset = n;
    for (const pane of this.shown) {
      const preset = this.presetOf(pane);
      pane.setWindow(preset, preset.curve, this.isInverted(pane));
    }
    this.dress();
  }

  private setLook(change: Partial<HeatLook>): void {
    this.look = { ...this.look, ...change };
    this.dress();
    void this.drawHeat();
  }

  private async drawHeat(): Promise<void> {
    const several = this.shown.length > 1;
    const draw = (pane: Pane) => pane.heat.show(this.heatOf(pane.view), this.look, several).catch(() => pane.fail("The heatmap did not come."));
    await Promise.all(this.shown.map(draw));
    for (const pane of this.shown) pane.redraw();
    this.root.dataset.heat = this.look.shown ? "1" : "0";
  }

  /** Words, buttons and outlines, as the state has them. */
  private dress(): void {
    const study = this.study;
    if (!study) return;
    for (const pane of this.shown) {
      const view = pane.view as View;
      pane.root.classList.toggle("open", this.shown.length > 1 && view.id === study.open);
      pane.setCaption("name", view.label + (view.synthetic ? " · synthetic" : ""));
      pane.setCaption("number", `${view.short}${view.score ? ` · score ${view.score}` : ""}`);
      pane.outlines.set(view.truth);
      pane.outlines.show(this.truth);
    }
    const hasTruth = study.views.some((v) => v.truth.length > 0);
    this.toolbar.show({
      tool: this.tool,
      layout: hangs(study) ? this.layout : 1,
      exam: hangs(study),
      inverted: this.inverted,
      linked: this.linked,
      truth: this.truth,
      hasTruth,
      presets: (this.openView?.presets ?? []).map((p) => p.name),
      preset: this.preset,
    });
    const several = this.shown.length > 1;
    this.strip.show(this.look, study, this.heatOf(this.openView ?? null), several, several);
    Object.assign(this.root.dataset, { layout: String(this.layout), tool: this.tool, truth: this.truth && hasTruth ? "1" : "0" });
  }

  private act(action: Action): void {
    const tool = toolOf(action);
    const layout = layoutOf(action);
    const hung = this.study !== null && hangs(this.study);
    if (tool) {
      this.tool = tool;
      this.engine.use(tool);
    } else if (layout && hung) {
      this.layout = layout;
      void this.build();
    } else if (action === "exam" && hung) {
      this.layout = this.layout === 1 ? 4 : 1;
      void this.build();
    } else if (action === "invert") {
      this.inverted = !this.inverted;
      for (const pane of this.shown) pane.setInverted(this.isInverted(pane), this.presetOf(pane).curve);
    } else if (action === "native") this.goNative();
    else if (action === "reset") {
      this.inverted = false;
      this.refit(HOME);
      this.usePreset(0);
    } else if (action === "erase") {
      clearMeasurements();
      for (const pane of this.shown) pane.redraw();
      this.onMeasured();
    } else if (action === "link") this.linked = !this.linked;
    else if (action === "truth") this.truth = !this.truth;
    else if (action === "heat" && this.study?.views.some((v) => v.heats.length)) this.setLook({ shown: !this.look.shown });
    else if (action === "help") this.help.toggle();
    else if (action === "close") this.help.toggle(false);
    this.dress();
  }

  /** To 1:1 where the panes look; the same zoom for all, after the open view. */
  private goNative(): void {
    const lead = this.shown.find((pane) => pane.view?.id === this.study?.open) ?? this.shown[0];
    const zoom = lead?.nativeZoom() ?? 1;
    for (const pane of this.shown) pane.setPosition({ ...pane.position(), zoom: this.linked ? zoom : pane.nativeZoom() });
  }

  private readonly onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    const pane = this.shown.find((p) => event.composedPath().includes(p.root));
    if (!pane) return;
    const step = event.deltaMode === 1 ? 30 : 1; // lines or pixels
    const factor = Math.exp(-Math.max(-240, Math.min(240, event.deltaY * step)) * 0.0016);
    this.movedBy(pane, pane.zoomedTo(event.clientX, event.clientY, factor));
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    const action = actionOf(event);
    if (!action || !this.root.isConnected) return;
    event.preventDefault();
    event.stopPropagation();
    this.act(action);
  };

  private readonly onMeasured = (): void => {
    for (const pane of this.shown) {
      const found = words(pane.view as View);
      pane.root.dataset.ruler = found.ruler ?? "";
      pane.root.dataset.ellipse = found.ellipse ?? "";
    }
  };
}
