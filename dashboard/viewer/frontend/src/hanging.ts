// Which views stand where, and how an image sits in its pane: chest walls in, one millimetre scale, fitted to the breast.
import { spacingOf, type Study, type View } from "./study";

/**
 * 1 one view alone, 2 both sides, 3 both views of a side, 4 the exam (CC above MLO), 5 the exam above the one before it, 6 the exam in a row;
 * or all in a row, whatever they are.
 */
export type Layout = 1 | 2 | 3 | 4 | 5 | 6 | "row";

const PLACES: [string, string][] = [
  ["R", "CC"],
  ["L", "CC"],
  ["R", "MLO"],
  ["L", "MLO"],
];
const WIDE = 2.2; // width over height of a stage on which four views stand better in a row

/** A place in the grid; `view` is null where nothing of that kind is open. */
export type Place = { title: string; view: View | null };

const openOf = (study: Study): View => study.views.find((v) => v.id === study.open) ?? study.views[0];

/** The places of a layout, row by row. */
export function places(study: Study, layout: Layout): Place[] {
  if (layout === "row") return study.views.map((view) => ({ title: view.label, view }));
  const open = openOf(study);
  const find = ([side, kind]: [string, string]): Place => {
    const here = open.side === side && open.view === kind ? open : study.views.find((v) => v.side === side && v.view === kind);
    return { title: `${side} ${kind}`, view: here ?? null };
  };
  const hung = PLACES.some(([side, kind]) => side === open.side && kind === open.view);
  if (layout === 1 || !hung) return [{ title: open.label, view: open }];
  if (layout === 2) return PLACES.filter(([, kind]) => kind === open.view).map(find);
  if (layout === 3) return PLACES.filter(([side]) => side === open.side).map(find);
  if (layout === 5 && study.prior) {
    const { interval, views } = study.prior;
    const there = PLACES.filter(([side, kind]) => [...study.views, ...views].some((v) => v.side === side && v.view === kind));
    const before = there.map(([side, kind]) => ({
      title: `${side} ${kind}, ${interval}`,
      view: views.find((v) => v.side === side && v.view === kind) ?? null,
    }));
    return [...there.map(find), ...before];
  }
  return PLACES.map(find);
}

/** The layout in which an exam opens on a stage `ratio` times as wide as high. */
export function automatic(study: Study, ratio: number): Layout {
  if (study.prior) return 5;
  const open = openOf(study);
  const there = PLACES.filter(([side, kind]) => study.views.some((v) => v.side === side && v.view === kind));
  if (there.length <= 2 && there.every(([, kind]) => kind === open.view)) return 2;
  if (there.length <= 2 && there.every(([side]) => side === open.side)) return 3;
  return ratio >= WIDE ? 6 : 4;
}

/** Panes a line of a layout. */
export function across(layout: Layout, count: number): number {
  if (layout === 5) return Math.ceil(count / 2);
  return layout === 6 ? 4 : Math.min(count, 2);
}

/** Panes a line, of one line or two, with which images `ratio` times as high as wide become largest in a stage of this size. */
export function columns(count: number, ratio: number, width: number, height: number): number {
  const perLine = (lines: number) => Math.ceil(count / lines);
  const size = (lines: number) => Math.min(width / perLine(lines), height / lines / ratio);
  return perLine(size(2) > size(1) ? 2 : 1);
}

/** Whether the open view has a partner to hang with. */
export const hangs = (study: Study): boolean =>
  study.hanging === "exam" &&
  (study.views.length > 1 || Boolean(study.prior)) &&
  PLACES.some(([side, kind]) => openOf(study).side === side && openOf(study).view === kind);

/** Centre of the pane in world units, half the pane's height in them, and what counts as 1 in a position: the same in all panes of one scale. */
export type Home = { x: number; y: number; half: number; unit: number };

/**
 * Where each image rests, fitted to the breast. `sizes` are the panes' (width, height); in millimetres all share one scale, the largest
 * breast just fits. With `wallsIn` the chest walls of both sides meet.
 */
export function homes(views: View[], sizes: [number, number][], wallsIn: boolean): Home[] {
  const scales = views.map((view, n) => fit(view, sizes[n]));
  const shared = oneScale(views) ? Math.max(...scales) : null;
  const tallest = Math.max(...sizes.map(([, height]) => height));
  return views.map((view, n) => {
    const scale = shared ?? scales[n];
    const half = (scale * sizes[n][1]) / 2;
    const [dy, dx] = spacingOf(view);
    const [left, top, right, bottom] = view.breast.map((v, side) => (v - 0.5) * (side % 2 ? dy : dx)); // world counts from pixel centres
    const reach = (half * sizes[n][0]) / sizes[n][1]; // half the pane's width
    let x = (left + right) / 2;
    if (wallsIn && view.side === "R") x = right - reach;
    if (wallsIn && view.side === "L") x = left + reach;
    return { x, y: (top + bottom) / 2, half, unit: (scale * tallest) / 2 };
  });
}

/** Heights of the lines of an exam, `per` panes each, as shares of the stage: a line of low breasts leaves its room to one of high ones. */
export function lineHeights(hung: Place[], per: number): number[] {
  const lines = Array.from({ length: Math.ceil(hung.length / per) }, (_, n) => hung.slice(n * per, (n + 1) * per).flatMap((p) => p.view ?? []));
  if (!oneScale(lines.flat()) || lines.some((line) => !line.length)) return lines.map(() => 1 / lines.length);
  const high = lines.map((line) => Math.max(...line.map((view) => (view.breast[3] - view.breast[1]) * spacingOf(view)[0])));
  const total = high.reduce((sum, h) => sum + h, 0);
  return high.map((h) => h / total);
}

const oneScale = (views: View[]): boolean => views.every((v) => v.spacing);

/** World units a screen pixel at which the breast just fits a pane. */
function fit(view: View, [width, height]: [number, number]): number {
  const [dy, dx] = spacingOf(view);
  const [left, top, right, bottom] = view.breast;
  return Math.max(((bottom - top) * dy) / height, ((right - left) * dx) / width);
}
