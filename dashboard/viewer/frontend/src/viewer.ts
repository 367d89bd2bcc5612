// The viewer: state, and what every control does. No control asks the server.
import { eventTarget } from "@cornerstonejs/core";
import { Enums as ToolEnums } from "@cornerstonejs/tools";
import { caption, exposeMeasurements } from "./captions";
import { Divider } from "./divider";
import { Engine, type ToolName } from "./engine";
import { forgetGrids } from "./grids";
import { automatic, hangs, type Layout } from "./hanging";
import { isDrawn, type HeatLook } from "./heat";
import { HeatStrip } from "./heatstrip";
import { Help } from "./help";
import { pressOf, READER, watchFocus, type Press } from "./keys";
import { ContextLoss } from "./contextloss";
import { Marks } from "./marks";
import { eraseAll, eraseNewest, forgetMeasurements, rememberOrder, setUnits } from "./measure";
import { announce, fetchImage, forgetImages, imageIdOf } from "./images";
import { saveSnapshot } from "./snapshot";
import { Stage } from "./stage";
import { TEXT } from "./text";
import type { Request } from "./requests";
import { allViews, type Hanging, type Study, type View } from "./study";
import { layoutOf, Toolbar, toolOf } from "./toolbar";
import { Windows } from "./windows";

const MEASURED = [ToolEnums.Events.ANNOTATION_COMPLETED, ToolEnums.Events.ANNOTATION_MODIFIED, ToolEnums.Events.ANNOTATION_RENDERED];

const WAIT = 4000; // ms in which a view that the reader selected counts before the server has followed

/** The reader's settings outlast leaving the page; heatmap and asymmetry are off again. Without a layout of the reader's it is automatic. */
const remembered: { layout: Layout | null; linked: boolean; truth: boolean; look: HeatLook } = {
  layout: null,
  linked: true,
  truth: false,
  look: { shown: false, weak: false, label: null, opacity: 0.55, threshold: 0.1, map: "inferno" },
};

export class Viewer {
  private readonly engine = new Engine();
  private readonly stage = new Stage(this.engine);
  private windows = new Windows();
  private readonly toolbar = new Toolbar((action) => this.act({ action }), (n) => this.usePreset(n));
  private readonly strip = new HeatStrip((look) => this.setLook(look));
  private readonly divider = new Divider(this.stage.root);
  private readonly help = new Help();
  private readonly contextLoss: ContextLoss;
  private readonly unwatch = watchFocus();
  private readonly marks: Marks;
  private study: Study | null = null;
  private before: string[] = [];
  private tool: ToolName = "WindowLevel";
  private layout = remembered.layout;
  private truth = remembered.truth;
  private look: HeatLook = { ...remembered.look };
  private asymmetry = false;
  private said = ""; // of the asymmetry that is shown
  private selected = { id: "", until: 0 }; // by the reader, and not followed by the server yet
  private single: string | null = null; // id of the view of a row that is shown alone

  constructor(
    private readonly root: HTMLElement,
    private readonly request: (request: Request) => void,
    plain: () => void,
  ) {
    this.marks = new Marks((marks) => request(["marks", marks]));
    this.contextLoss = new ContextLoss(plain, () => this.stage.rehang(() => this.engine.renew(), () => this.hang()));
    this.stage.root.append(this.contextLoss.root);
    this.engine.onLost = () => this.contextLoss.wait();
    this.engine.onRestored = () => void this.contextLoss.end();
    root.replaceChildren(this.toolbar.root, this.stage.root, this.strip.root, this.help.root);
    this.stage.linked = remembered.linked;
    this.stage.onOpen = (view) => this.openAlone(view);
    this.stage.onClick = (view) => this.tool === "Length" || this.tool === "EllipticalROI" || this.select(view.id);
    this.stage.onResize = () => this.layout === null && String(this.shownLayout) !== this.stage.root.dataset.layout && void this.hang();
    this.stage.onWindow = (pane, range) => {
      this.windows.follow(pane, range, this.stage.linked ? this.stage.shown : [pane]);
      this.refresh();
    };
    document.addEventListener("keydown", this.onKey, true); // before the library, which swallows keys
    for (const name of MEASURED) eventTarget.addEventListener(name, this.onMeasured);
  }

  /** Show a study; the same study again changes nothing but what differs. */
  async show(study: Study): Promise<void> {
    if (study.key !== this.study?.key) this.begin();
    if (!study.views.some((v) => v.id === this.single)) this.single = null;
    const early = study.key === this.study?.key && this.selected.id !== study.open && Date.now() < this.selected.until;
    const open = early && study.views.some((v) => v.id === this.selected.id) ? this.selected.id : study.open;
    this.study = { ...study, open: this.single ?? open };
    announce(this, allViews(study), this.before);
    setUnits(allViews(study));
    const labels = study.views.flatMap((v) => v.heats.map((h) => h.label));
    if (!this.look.label || !labels.includes(this.look.label)) this.look.label = study.heatLabel;
    if (study.blind) this.look.shown = false;
    await this.hang();
    await this.fetchRest();
  }

  /** Another exam opens in the window tool, without heatmap, weak evidence and asymmetry. */
  private begin(): void {
    this.before = this.study ? allViews(this.study).map(imageIdOf) : [];
    this.look.shown = this.look.weak = this.asymmetry = false;
    this.windows = new Windows();
    this.single = null;
    this.engine.use((this.tool = "WindowLevel"));
  }

  /** The exam's other images come while the reader looks at these. */
  private async fetchRest(): Promise<void> {
    const { study } = this;
    for (const view of study?.views ?? []) {
      if (this.study?.key !== study?.key || this.hanging === "row") return;
      await fetchImage(view).catch(() => undefined); // its pane will say so
    }
  }

  destroy(): void {
    this.study = null; // what still comes is of no exam
    this.contextLoss.destroy();
    document.removeEventListener("keydown", this.onKey, true);
    for (const name of MEASURED) eventTarget.removeEventListener(name, this.onMeasured);
    this.unwatch();
    this.marks.destroy();
    this.stage.destroy();
    this.engine.destroy();
    forgetImages(this);
    forgetMeasurements();
    forgetGrids();
    this.root.replaceChildren();
  }

  private get hanging(): Hanging | null {
    if (this.study?.hanging === "row") return "row";
    return this.study && hangs(this.study) ? "exam" : null;
  }

  private get shownLayout(): Layout {
    if (this.hanging === "row") return this.single ? 1 : "row";
    if (!this.study || !this.hanging) return 1;
    const chosen = this.layout === 5 && !this.study.prior ? null : this.layout;
    return chosen ?? automatic(this.study, this.stage.ratio);
  }

  private get openView(): View | undefined {
    return this.study?.views.find((v) => v.id === this.study?.open);
  }

  private async hang(): Promise<void> {
    if (!this.study) return;
    const ready = () => {
      this.windows.apply(this.stage.shown);
      for (const pane of this.stage.shown) this.marks.restore(pane.view as View, pane.id);
    };
    await this.stage.hang(this.study, this.shownLayout, () => this.refresh(), ready);
    this.divider.show(this.divider.shown && Boolean(this.study.presenter));
    this.refresh();
    await this.drawLayers();
  }

  /** Make a view the one that the page speaks of; what hangs stays. */
  private select(id: string): void {
    if (!this.study || this.hanging === "row" || id === this.study.open) return;
    this.selected = { id, until: Date.now() + WAIT };
    this.request(["open", id]);
    if (!this.study.views.some((v) => v.id === id)) return; // it hangs among others of its kind, which the server sends
    this.study.open = id;
    void this.hang();
  }

  private stepView(by: 1 | -1): void {
    const { steps, open } = this.study ?? { steps: [] as string[], open: "" };
    if (steps.length > 1) this.select(steps[(steps.indexOf(open) + by + steps.length) % steps.length]);
  }

  /** Alone, and where it is that already, back among the others. */
  private openAlone(view: View): void {
    if (!this.study || this.hanging === null) return;
    if (this.hanging === "row") {
      this.single = this.single ? null : view.id;
      this.study.open = view.id;
    } else {
      this.layout = this.shownLayout === 1 ? null : 1;
      this.select(view.id);
    }
    void this.hang();
  }

  private useLayout(layout: Layout): void {
    if (this.hanging === "row" && layout === 1) return this.openAlone(this.openView as View);
    if (this.hanging !== "exam" || (layout === 5 && !this.study?.prior)) return;
    this.layout = layout;
    void this.hang();
  }

  private usePreset(n: number): void {
    if (n >= 0) this.windows.usePreset(n, this.stage.shown);
    this.refresh();
  }

  private heatOf(view: View | null | undefined) {
    return view?.heats.find((h) => h.label === this.look.label);
  }

  private setLook(change: Partial<HeatLook>): void {
    this.look = { ...this.look, ...change };
    if (this.look.shown) this.asymmetry = false; // one colouring at a time
    this.refresh();
    void this.drawLayers();
  }

  private showAsymmetry(shown: boolean): void {
    this.asymmetry = shown;
    this.setLook(shown ? { shown: false } : {});
  }

  private async drawLayers(): Promise<void> {
    const { shown } = this.stage;
    const drawn = shown.map(async (pane) => {
      const { view } = pane;
      await pane.heat.show(this.heatOf(view), this.look, view?.score ?? null).catch(() => pane.fail(TEXT.heatFailed));
      const said = await pane.asymmetry.show(view?.asymmetry, this.asymmetry).catch(() => TEXT.asymmetryFailed);
      pane.redraw();
      return { id: view?.id, said };
    });
    const all = await Promise.all(drawn);
    this.said = all.find(({ id }) => id === this.study?.open)?.said || all.find(({ said }) => said)?.said || "";
    this.root.dataset.heat = shown.some((pane) => isDrawn(this.heatOf(pane.view), this.look)) ? "1" : "0";
    this.root.dataset.asymmetry = this.said ? "1" : "0";
    this.refresh();
  }

  /** Text, buttons and outlines, as the state has them. */
  private refresh(): void {
    const { study, stage, windows } = this;
    if (!study) return;
    caption(stage.shown, study, this.truth);
    const hasTruth = study.views.some((v) => v.truth.length > 0);
    this.toolbar.show({
      tool: this.tool,
      layout: this.shownLayout,
      hanging: this.hanging,
      prior: Boolean(study.prior),
      inverted: windows.inverted,
      linked: stage.linked,
      truth: this.truth,
      hasTruth,
      heat: this.look.shown,
      weak: this.look.weak,
      hasHeat: study.views.some((v) => v.heats.length > 0),
      asymmetry: this.asymmetry,
      hasAsymmetry: study.views.some((v) => v.asymmetry),
      divider: this.divider.shown,
      presenter: study.presenter,
      presets: (this.openView?.presets ?? []).map((p) => p.name),
      preset: windows.preset,
    });
    const look = { ...this.look, shown: false, weak: false };
    Object.assign(remembered, { layout: this.layout, linked: stage.linked, truth: this.truth, look });
    this.strip.show(this.look, study, this.heatOf(this.openView), this.asymmetry ? this.said : "");
    const { open } = study;
    Object.assign(this.root.dataset, { open, layout: String(this.shownLayout), tool: this.tool, truth: this.truth && hasTruth ? "1" : "0" });
  }

  private act({ action, value }: Press): void {
    const { stage, windows } = this;
    const tool = toolOf(action);
    const layout = layoutOf(action);
    if (tool) this.engine.use((this.tool = tool));
    else if (layout) this.useLayout(layout);
    else if (action === "exam" && this.openView) this.openAlone(this.openView);
    else if (action === "invert") windows.invert(stage.shown);
    else if (action === "native") stage.goNative(this.study?.open);
    else if (action === "reset") {
      windows.inverted = false;
      stage.goHome();
      this.usePreset(0);
    } else if (action === "erase" || action === "clear") {
      if (action === "erase") eraseNewest();
      else eraseAll();
      for (const pane of stage.shown) pane.redraw();
      this.onMeasured();
    } else if (action === "link") stage.linked = !stage.linked;
    else if (action === "truth") this.truth = !this.truth;
    else if (action === "heat" && !this.study?.blind) this.setLook({ shown: !this.look.shown });
    else if (action === "weak" && !this.study?.blind) this.setLook({ weak: !this.look.weak });
    else if (action === "asymmetry") this.showAsymmetry(!this.asymmetry);
    else if (action === "divider" && this.study?.presenter) this.divider.show(!this.divider.shown);
    else if (action === "save" && stage.shown.length) void saveSnapshot(stage.root, stage.shown);
    else if (action === "help") this.help.toggle();
    else if (action === "close") this.help.toggle(false);
    else this.ask(action, value);
    this.refresh();
  }

  /** What only the server can do. */
  private ask(action: Press["action"], value: Press["value"]): void {
    if (action === "nextExam" || action === "previousExam") this.request(["exam", action === "nextExam" ? 1 : -1]);
    else if (action === "nextView" || action === "previousView") this.stepView(action === "nextView" ? 1 : -1);
    else if (action === "category") this.request(["category", value as number]);
    else if (action === "density") this.request(["density", value as string]);
    else if (action === "record") this.request(["record", true]);
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const press = pressOf(event);
    if (!press || !this.root.isConnected || (this.hanging === "row" && READER.includes(press.action))) return;
    event.preventDefault();
    event.stopPropagation();
    this.act(press);
  };

  private readonly onMeasured = (event?: Event): void => {
    if (event?.type === ToolEnums.Events.ANNOTATION_COMPLETED) rememberOrder(event);
    if (event?.type !== ToolEnums.Events.ANNOTATION_RENDERED) this.marks.changed(this.study?.views ?? []);
    exposeMeasurements(this.stage.shown);
  };
}
