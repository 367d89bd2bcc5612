// The library's start and end, and the tools a pane answers to.
import { init as initCore, RenderingEngine } from "@cornerstonejs/core";
import * as cst from "@cornerstonejs/tools";
import { rulerLines, ellipseLines } from "./measure";
import { registerPictures } from "./pictures";

export type ToolName = "WindowLevel" | "Zoom" | "Pan" | "Magnify" | "Length" | "EllipticalROI";

const TOOLS = [cst.WindowLevelTool, cst.ZoomTool, cst.PanTool, cst.MagnifyTool, cst.LengthTool, cst.EllipticalROITool];
const { MouseBindings, KeyboardBindings } = cst.Enums;
let ready = false;
let count = 0;

/** Whether this browser can hold 16-bit pictures on its graphics side. */
export function hasWebGL(): boolean {
  try {
    const context = document.createElement("canvas").getContext("webgl2");
    release(context);
    return context !== null;
  } catch {
    return false;
  }
}

/** Give a context back at once: browsers allow sixteen, and one that waits for the garbage collector still holds its pictures. */
function release(context: WebGL2RenderingContext | null | undefined): void {
  context?.getExtension("WEBGL_lose_context")?.loseContext();
}

export class Engine {
  readonly id = `reader-${++count}`;
  readonly rendering: RenderingEngine;
  private readonly group: cst.Types.IToolGroup;

  constructor() {
    start();
    this.rendering = new RenderingEngine(this.id);
    const group = cst.ToolGroupManager.createToolGroup(this.id);
    if (!group) throw new Error("no tools");
    this.group = group;
    group.addTool("WindowLevel");
    group.addTool("Zoom", { zoomToCenter: false, invert: true, pinchToZoom: true, pan: true });
    group.addTool("Pan");
    group.addTool("Magnify", { magnifySize: 3, magnifyWidth: 280, magnifyHeight: 280 });
    group.addTool("Length", { getTextLines: rulerLines, actions: {} });
    group.addTool("EllipticalROI", { getTextLines: ellipseLines });
    this.use("WindowLevel");
  }

  /** Give the left button and one finger to a tool; right button and two fingers zoom, the middle one or Shift pans. */
  use(name: ToolName): void {
    for (const tool of TOOLS) {
      const measures = tool.toolName === "Length" || tool.toolName === "EllipticalROI";
      if (measures) this.group.setToolPassive(tool.toolName, { removeAllBindings: true });
      else this.group.setToolDisabled(tool.toolName);
    }
    const own: Record<string, object[]> = {
      Zoom: [{ mouseButton: MouseBindings.Secondary }, { numTouchPoints: 2 }],
      Pan: [{ mouseButton: MouseBindings.Auxiliary }, { mouseButton: MouseBindings.Primary, modifierKey: KeyboardBindings.Shift }],
    };
    own[name] = [{ mouseButton: MouseBindings.Primary }, { numTouchPoints: 1 }, ...(own[name] ?? [])];
    for (const [tool, bindings] of Object.entries(own)) this.group.setToolActive(tool, { bindings } as never);
  }

  attach(viewportId: string): void {
    this.group.addViewport(viewportId, this.id);
  }

  detach(viewportId: string): void {
    this.group.removeViewports(this.id, viewportId);
  }

  /** Give back the graphics memory. */
  destroy(): void {
    cst.ToolGroupManager.destroyToolGroup(this.id);
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
  registerPictures();
  const yellow = { color: "#ffd479", colorHighlighted: "#ffe9b8", colorSelected: "#ffe9b8" };
  const words = { textBoxColor: "#ffd479", textBoxColorHighlighted: "#ffe9b8", textBoxColorSelected: "#ffe9b8", textBoxFontSize: "13px" };
  const styles = cst.annotation.config.style;
  const now = styles.getDefaultToolStyles();
  styles.setDefaultToolStyles({ ...now, global: { ...now?.global, ...yellow, ...words, textBoxFontFamily: "system-ui, sans-serif" } } as never);
}
