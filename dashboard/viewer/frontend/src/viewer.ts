// The viewer: state, and what every control does. No control asks the server.
import { eventTarget } from "@cornerstonejs/core";
import { Enums as ToolEnums } from "@cornerstonejs/tools";
import { caption, exposeMeasurements } from "./captions";
import { Engine, type ToolName } from "./engine";
import { hangs, type Layout } from "./hanging";
import { forgetHeat, type HeatLook } from "./heat";
import { HeatStrip } from "./heatstrip";
import { Help } from "./help";
import { actionOf, watchFocus, type Action } from "./keys";
import { ContextLoss } from "./contextloss";
import { Marks } from "./marks";
import { eraseAll, eraseNewest, forgetMeasurements, rememberOrder, setUnits } from "./measure";
import { announce, forgetImages, imageIdOf } from "./images";
import { saveSnapshot } from "./snapshot";
import { Stage } from "./stage";
import { TEXT } from "./text";
import { allViews, type Hanging, type Mark, type Study, type View } from "./study";
import { layoutOf, Toolbar, toolOf } from "./toolbar";
import { Windows } from "./windows";

const MEASURED = [ToolEnums.Events.ANNOTATION_COMPLETED, ToolEnums.Events.ANNOTATION_MODIFIED, ToolEnums.Events.ANNOTATION_RENDERED];

/** The reader's settings outlast leaving the page; the heatmap is off again. */
const remembered: { layout: Layout; linked: boolean; truth: boolean; look: HeatLook } = {
  layout: 1,
  linked: true,
  truth: false,
  look: { shown: false, label: null, opacity: 0.55, threshold: 0.1, map: "inferno" },
};

/** What the server is asked for: a view to open, the next or previous case, to store the reader's marks by view, the plain image. */
export type Requests = {
  open: (id: string) => void;
  step: (by: 1 | -1) => void;
  marks: (marks: Record<string, Mark[]>) => void;
  plain: () => void;
};

export class Viewer {
  private readonly engine = new Engine();
  private readonly stage = new Stage(this.engine);
  private windows = new Windows();
  private readonly toolbar = new Toolbar((action) => this.act(action), (n) => this.usePreset(n));
  private readonly strip = new HeatStrip((look) => this.setLook(look));
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
  private single: string | null = null; // id of the view of a row that is shown alone

  constructor(
    private readonly root: HTMLElement,
    private readonly requests: Requests,
  ) {
    this.marks = new Marks(requests.marks);
    this.contextLoss = new ContextLoss(requests.plain, () => this.stage.rehang(() => this.engine.renew(), () => this.hang()));
    this.stage.root.append(this.contextLoss.root);
    this.engine.onLost = () => this.contextLoss.wait();
    this.engine.onRestored = () => void this.contextLoss.end();
    root.replaceChildren(this.toolbar.root, this.stage.root, this.strip.root, this.help.root);
    this.stage.linked = remembered.linked;
    this.stage.onOpen = (view) => this.openAlone(view);
    this.stage.onWindow = (pane, range) => {
      this.windows.follow(pane, range, this.stage.linked ? this.stage.shown : [pane]);
      this.refresh();
    };
    document.addEventListener("keydown", this.onKey, true); // before the library, which swallows keys
    for (const name of MEASURED) eventTarget.addEventListener(name, this.onMeasured);
  }

  /** Show a study; the same study again changes nothing but what differs. */
  async show(study: Study): Promise<void> {
    if (study.key !== this.study?.key) {
      this.before = this.study ? allViews(this.study).map(imageIdOf) : [];
      this.look.shown = false; // another exam opens without its heatmap
      this.windows = new Windows();
      this.single = null;
    }
    if (!study.views.some((v) => v.id === this.single)) this.single = null;
    this.study = { ...study, open: this.single ?? study.open };
    announce(this, allViews(study), this.before);
    setUnits(allViews(study));
    const labels = study.views.flatMap((v) => v.heats.map((h) => h.label));
    if (!this.look.label || !labels.includes(this.look.label)) this.look.label = study.heatLabel;
    if (study.blind) this.look.shown = false;
    await this.hang();
  }

  destroy(): void {
    this.contextLoss.destroy();
    document.removeEventListener("keydown", this.onKey, true);
    for (const name of MEASURED) eventTarget.removeEventListener(name, this.onMeasured);
    this.unwatch();
    this.marks.destroy();
    this.stage.destroy();
    this.engine.destroy();
    forgetImages(this);
    forgetMeasurements();
    forgetHeat();
    this.root.replaceChildren();
  }

  private get hanging(): Hanging | null {
    if (this.study?.hanging === "row") return "row";
    return this.study && hangs(this.study) ? "exam" : null;
  }

  private get shownLayout(): Layout {
    if (this.hanging === "row") return this.single ? 1 : "row";
    return this.hanging ? this.layout : 1;
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
    if (this.layout === 5 && this.hanging === "exam" && !this.study.prior) this.layout = 4;
    await this.stage.hang(this.study, this.shownLayout, () => this.refresh(), ready);
    this.refresh();
    await this.drawHeat();
  }

  /** Alone, and where it is that already, back to the row. */
  private openAlone(view: View): void {
    if (!this.study || this.hanging === null) return;
    if (this.hanging === "row") {
      this.single = this.single ? null : view.id;
      this.study.open = view.id;
      return void this.hang();
    }
    if (this.layout === 1) return;
    this.layout = 1;
    if (view.id === this.study.open) void this.hang();
    else this.requests.open(view.id); // the score next to the image must be that image's
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
    this.refresh();
    void this.drawHeat();
  }

  /** Filters share one scale even where one stands alone: what is compared must not change its colours. */
  private get jointly(): boolean {
    return this.hanging === "row" || this.stage.shown.length > 1;
  }

  private async drawHeat(): Promise<void> {
    const { shown } = this.stage;
    const jointly = this.jointly;
    await Promise.all(
      shown.map((pane) => pane.heat.show(this.heatOf(pane.view), this.look, jointly).catch(() => pane.fail(TEXT.heatFailed))),
    );
    for (const pane of shown) pane.redraw();
    this.root.dataset.heat = this.look.shown && shown.some((pane) => this.heatOf(pane.view)) ? "1" : "0";
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
      presets: (this.openView?.presets ?? []).map((p) => p.name),
      preset: windows.preset,
    });
    Object.assign(remembered, { layout: this.layout, linked: stage.linked, truth: this.truth, look: { ...this.look, shown: false } });
    this.strip.show(this.look, study, this.heatOf(this.openView), this.jointly);
    Object.assign(this.root.dataset, { layout: String(this.shownLayout), tool: this.tool, truth: this.truth && hasTruth ? "1" : "0" });
  }

  private act(action: Action): void {
    const { stage, windows } = this;
    const tool = toolOf(action);
    const layout = action === "exam" ? (this.layout === 1 ? 4 : 1) : layoutOf(action);
    if (tool) this.engine.use((this.tool = tool));
    else if (this.hanging === "row" && (layout === 1 || action === "exam")) this.openAlone(this.openView as View);
    else if (layout && this.hanging === "exam" && (layout !== 5 || this.study?.prior)) {
      this.layout = layout;
      void this.hang();
    } else if (action === "invert") windows.invert(stage.shown);
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
    else if (action === "next" || action === "previous") this.requests.step(action === "next" ? 1 : -1);
    else if (action === "heat" && !this.study?.blind) this.setLook({ shown: !this.look.shown });
    else if (action === "save" && stage.shown.length) void saveSnapshot(stage.root, stage.shown);
    else if (action === "help") this.help.toggle();
    else if (action === "close") this.help.toggle(false);
    this.refresh();
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const action = actionOf(event);
    if (!action || !this.root.isConnected) return;
    event.preventDefault();
    event.stopPropagation();
    this.act(action);
  };

  private readonly onMeasured = (event?: Event): void => {
    if (event?.type === ToolEnums.Events.ANNOTATION_COMPLETED) rememberOrder(event);
    if (event?.type !== ToolEnums.Events.ANNOTATION_RENDERED) this.marks.changed(this.study?.views ?? []);
    exposeMeasurements(this.stage.shown);
  };
}
