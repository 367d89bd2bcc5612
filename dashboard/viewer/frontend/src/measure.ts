// What ruler and ellipse say. The breast-plane spacing is an estimate, and the readout says so.
import { annotation as annotations, type Types as ToolTypes } from "@cornerstonejs/tools";
import { imageIdOf, isKnown } from "./images";
import { unitOf, type View } from "./study";

type Point = [number, number, number];
type Data = { handles: { points: Point[] }; cachedStats: Record<string, { mean?: number; stdDev?: number; area?: number }> };

const units = new Map<string, { unit: string; square: string; factor: number }>();

/** Remember the unit of each view, by the name under which measurements know it. */
export function setUnits(views: View[]): void {
  for (const view of views) {
    units.set(imageIdOf(view), { unit: unitOf(view), square: view.spacing ? "mm² (est.)" : "px", factor: view.unit });
  }
}

const unitFor = (target: string) => units.get(target.replace(/^imageId:/, "")) ?? { unit: "px", square: "px", factor: 1 };

const length = ([a, b]: Point[]): number => Math.hypot(a[0] - b[0], a[1] - b[1]);

export function rulerLines(data: Data, target: string): string[] {
  const far = length(data.handles.points);
  const { unit } = unitFor(target);
  return [`${far.toFixed(unit === "px" ? 0 : 1)} ${unit}`];
}

export function ellipseLines(data: Data, target: string): string[] {
  const found = data.cachedStats[target];
  if (!found || found.mean === undefined || found.stdDev === undefined) return [];
  const { factor, square } = unitFor(target);
  const [mean, spread] = [found.mean * factor, found.stdDev * factor];
  const digits = Math.abs(mean) < 10 ? 3 : 0;
  const lines = [`${mean.toFixed(digits)} ± ${spread.toFixed(digits)}`];
  if (found.area !== undefined) lines.push(`${found.area.toFixed(0)} ${square}`);
  return lines;
}

/** The readout of the newest measurement of each kind on a view, for screen readers and tests. */
export function readout(view: View): Record<string, string> {
  const target = `imageId:${imageIdOf(view)}`;
  const all = annotations.state.getAllAnnotations() as unknown as (ToolTypes.Annotation & { data: Data })[];
  const out: Record<string, string> = {};
  for (const one of all) {
    if (one.metadata?.FrameOfReferenceUID !== imageIdOf(view)) continue;
    if (one.metadata?.toolName === "Length") out.ruler = rulerLines(one.data, target).join(", ");
    if (one.metadata?.toolName === "EllipticalROI") out.ellipse = ellipseLines(one.data, target).join(", ");
  }
  return out;
}

const order: string[] = []; // of drawing, oldest first

export function rememberOrder(event: Event): void {
  const uid = (event as CustomEvent<{ annotation: ToolTypes.Annotation }>).detail.annotation.annotationUID;
  if (uid) order.push(uid);
}

/** Erase the measurement drawn last; of those that were there before the first was drawn, any. */
export function eraseNewest(): void {
  for (let uid = order.pop(); uid; uid = order.pop()) {
    if (annotations.state.getAnnotation(uid)) return annotations.state.removeAnnotation(uid);
  }
  const last = annotations.state.getAllAnnotations().at(-1);
  if (last?.annotationUID) annotations.state.removeAnnotation(last.annotationUID);
}

/** Forget what was measured on images that are closed. */
export function forgetMeasurements(): void {
  for (const one of [...annotations.state.getAllAnnotations()]) {
    if (one.annotationUID && !isKnown(one.metadata?.FrameOfReferenceUID ?? "")) annotations.state.removeAnnotation(one.annotationUID);
  }
}

export function eraseAll(): void {
  annotations.state.removeAllAnnotations();
  order.length = 0;
}
