// Ellipses as a reader's marks: sent to the server when one is drawn, moved or erased, and drawn again from what it saved.
import { annotation as annotations, EllipticalROITool, type Types as ToolTypes } from "@cornerstonejs/tools";
import { imageIdOf } from "./images";
import { spacingOf, type Mark, type View } from "./study";

const SETTLE = 350; // ms without a further change: a drag is sent once, at its end

type Drawn = ToolTypes.Annotation & { data: { handles: { points: [number, number, number][] } } };

const ellipsesOn = (view: View): Drawn[] =>
  (annotations.state.getAllAnnotations() as Drawn[]).filter(
    (one) => one.metadata?.FrameOfReferenceUID === imageIdOf(view) && one.metadata?.toolName === "EllipticalROI",
  );

/** The ellipses on a view: centre and axes in pixels of the image, counted from its corner. */
export function marksOn(view: View): Mark[] {
  const [dy, dx] = spacingOf(view);
  return ellipsesOn(view).map(({ data }) => {
    const x = data.handles.points.map((p) => p[0] / dx + 0.5); // world counts from pixel centres
    const y = data.handles.points.map((p) => p[1] / dy + 0.5);
    const [left, right, top, bottom] = [Math.min(...x), Math.max(...x), Math.min(...y), Math.max(...y)];
    return [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top].map((v) => Math.round(v * 10) / 10) as Mark;
  });
}

function draw(view: View, viewportId: string, [x, y, width, height]: Mark): void {
  const [dy, dx] = spacingOf(view);
  const at = (px: number, py: number): [number, number, number] => [(px - 0.5) * dx, (py - 0.5) * dy, 0];
  const points = [at(x, y + height / 2), at(x, y - height / 2), at(x - width / 2, y), at(x + width / 2, y)];
  EllipticalROITool.hydrate(viewportId, points);
}

export class Marks {
  private readonly drawn = new Set<string>();
  private sent = "";
  private timer = 0;

  constructor(private readonly send: (marks: Record<string, Mark[]>) => void) {}

  /** Draw a view's marks once; from then on they are the reader's to move. */
  restore(view: View, viewportId: string): void {
    if (!view.marks || this.drawn.has(view.id)) return;
    this.drawn.add(view.id);
    if (!ellipsesOn(view).length) for (const mark of view.marks) draw(view, viewportId, mark);
  }

  /** Something was drawn, moved or erased: send it once the mouse rests. */
  changed(views: View[]): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      const marked = views.filter((v) => v.marks && this.drawn.has(v.id));
      const now = Object.fromEntries(marked.map((v) => [v.id, marksOn(v)]));
      const text = JSON.stringify(now);
      const known = JSON.stringify(Object.fromEntries(marked.map((v) => [v.id, v.marks])));
      if (text !== this.sent && text !== known) this.send(now);
      this.sent = text;
    }, SETTLE);
  }

  destroy(): void {
    window.clearTimeout(this.timer);
  }
}
