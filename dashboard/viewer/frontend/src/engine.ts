// The library's start and end, and the tools a pane answers to.
import { Enums, eventTarget, init as initCore, RenderingEngine } from "@cornerstonejs/core";
import * as cst from "@cornerstonejs/tools";
import { rulerLines, ellipseLines } from "./measure";
import { registerImages } from "./images";

export type ToolName = "WindowLevel" | "Zoom" | "Pan" | "Magnify" | "Length" | "EllipticalROI";

const TOOLS = [cst.WindowLevelTool, cst.ZoomTool, cst.PanTool, cst.MagnifyTool, cst.LengthTool, cst.EllipticalROITool];
const { MouseBindings, KeyboardBindings } = cst.Enums;
let ready = false;
let count = 0;

/** Whether this browser can hold 16-bit images on its graphics side. */
export function hasWebGL(): boolean {
  try {
    const context = document.createElement("canvas").getContext("webgl2");
    release(context);
    return context !== null;
  } catch {
    return false;
  }
}

/** Give a context back at once: browsers allow sixteen, and one that waits for the garbage collector still holds its images. */
function release(context: WebGL2RenderingContext | null | undefined): void {
  context?.getExtension("WEBGL_lose_context")?.loseContext();
}

export class Engine {
  readonly id = `reader-${++count}`;
  rendering: RenderingEngine;
  /** Called when the browser has taken the graphics memory away, and when it gives it back. */
  onLost: () => void = () => undefined;
  onRestored: () => void = () => undefined;
  private readonly group: cst.Types.IToolGroup;

  constructor() {
    start();
    this.rendering = new RenderingEngine(this.id);
    eventTarget.addEventListener(Enums.Events.WEBGL_CONTEXT_LOST, this.onContext);
    eventTarget.addEventListener(Enums.Events.WEBGL_CONTEXT_RESTORED, this.onContext);
    const group = cst.ToolGroupManager.createToolGroup(this.id);
    if (!group) throw new Error("no tools");
    this.group = group;
    group.addTool("WindowLevel");
    group.addTool("Zoom", { zoomToCenter: false, invert: true });
    group.addTool("Pan");
    group.addTool("Magnify", { magnifySize: 3, magnifyWidth: 280, magnifyHeight: 280 });
    group.addTool("Length", { getTextLines: rulerLines, actions: {} });
    group.addTool("EllipticalROI", { getTextLines: ellipseLines });
    this.use("WindowLevel");
  }

  /** Give the left button and one finger to a tool; the right button zooms, the middle one or Shift pans, two fingers are not the library's. */
  use(name: ToolName): void {
    for (const tool of TOOLS) {
      const measures = tool.toolName === "Length" || tool.toolName === "EllipticalROI";
      if (measures) this.group.setToolPassive(tool.toolName, { removeAllBindings: true });
      else this.group.setToolDisabled(tool.toolName);
    }
    const own: Record<string, object[]> = {
      Zoom: [{ mouseButton: MouseBindings.Secondary }],
      Pan: [{ mouseButton: MouseBindings.Auxiliary }, { mouseButton: MouseBindings.Primary, modifierKey: KeyboardBindings.Shift }],
    };
    own[name] = [{ mouseButton: MouseBindings.Primary }, { numTouchPoints: 1 }, ...(own[name] ?? [])];
    for (const [tool, bindings] of Object.entries(own)) this.group.setToolActive(tool, { bindings } as never);
  }

  attach(viewportId: string): void {
    this.group.addViewport(viewportId, this.rendering.id);
  }

  detach(viewportId: string): void {
    this.group.removeViewports(this.rendering.id, viewportId);
  }

  /** Begin anew on other graphics memory; no pane may be attached. */
  renew(): void {
    this.giveBack();
    this.rendering = new RenderingEngine(`${this.id}-${++count}`);
  }

  /** Give back the graphics memory. */
  destroy(): void {
    for (const name of [Enums.Events.WEBGL_CONTEXT_LOST, Enums.Events.WEBGL_CONTEXT_RESTORED]) eventTarget.removeEventListener(name, this.onContext);
    cst.ToolGroupManager.destroyToolGroup(this.id);
    this.giveBack();
  }

  private readonly onContext = (event: Event): void => {
    if ((event as CustomEvent<{ renderingEngineId: string }>).detail.renderingEngineId !== this.rendering.id) return;
    if (event.type === Enums.Events.WEBGL_CONTEXT_LOST) this.onLost();
    else this.onRestored();
  };

  private giveBack(): void {
    const contexts = contextsOf(this.rendering);
    this.rendering.destroy();
    contexts.forEach(release);
  }
}

type RenderWindow = { getOpenGLRenderWindow(): { get3DContext(): WebGL2RenderingContext | null } };

/** The library forgets its pool of contexts without giving them back, and offers no way to it but this. */
function contextsOf(rendering: RenderingEngine): (WebGL2RenderingContext | null)[] {
  const inside = rendering as unknown as { _implementation?: { contextPool?: { getAllContexts(): RenderWindow[] } } };
  const windows = inside._implementation?.contextPool?.getAllContexts() ?? [];
  return windows.map((window) => window.getOpenGLRenderWindow().get3DContext());
}

function start(): void {
  if (ready) return;
  ready = true;
  initCore({ rendering: { webGlContextCount: 1 } } as never); // all panes draw on one: textures are the same, shaders are built once
  cst.init();
  for (const tool of TOOLS) cst.addTool(tool);
  registerImages();
  const yellow = { color: "#ffd479", colorHighlighted: "#ffe9b8", colorSelected: "#ffe9b8" };
  const text = { textBoxColor: "#ffd479", textBoxColorHighlighted: "#ffe9b8", textBoxColorSelected: "#ffe9b8", textBoxFontSize: "13px" };
  const styles = cst.annotation.config.style;
  const now = styles.getDefaultToolStyles();
  styles.setDefaultToolStyles({ ...now, global: { ...now?.global, ...yellow, ...text, textBoxFontFamily: "system-ui, sans-serif" } } as never);
}
