// Which views stand where, and how an image sits in its pane: chest walls in, one millimetre scale.
import { spacingOf, type Study, type View } from "./study";

/** 1 one view alone, 2 both sides, 3 both views of a side, 4 the exam (CC above MLO), 5 the exam above the one before it; or all in a row. */
export type Layout = 1 | 2 | 3 | 4 | 5 | "row";

const PLACES: [string, string][] = [
  ["R", "CC"],
  ["L", "CC"],
  ["R", "MLO"],
  ["L", "MLO"],
];

/** A place in the grid; `view` is null where nothing of that kind is open. */
export type Place = { title: string; view: View | null };

/** The places of a layout, row by row. */
export function places(study: Study, layout: Layout): Place[] {
  if (layout === "row") return study.views.map((view) => ({ title: view.label, view }));
  const open = study.views.find((v) => v.id === study.open) ?? study.views[0];
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
    const before = PLACES.map(([side, kind]) => ({
      title: `${side} ${kind}, ${interval}`,
      view: views.find((v) => v.side === side && v.view === kind) ?? null,
    }));
    return [...PLACES.map(find), ...before];
  }
  return PLACES.map(find);
}

/** Panes a line, of one line or two, with which images `ratio` times as high as wide become largest in a stage of this size. */
export function columns(count: number, ratio: number, width: number, height: number): number {
  const across = (lines: number) => Math.ceil(count / lines);
  const size = (lines: number) => Math.min(width / across(lines), height / lines / ratio);
  return across(size(2) > size(1) ? 2 : 1);
}

/** Whether the open view has a partner to hang with. */
export const hangs = (study: Study): boolean =>
  study.hanging === "exam" &&
  study.views.length > 1 && study.views.some((v) => v.id === study.open && v.side !== null && (v.view === "CC" || v.view === "MLO"));

/** Centre of the pane in world units, and half the pane's height in them. */
export type Home = { x: number; y: number; half: number };

/**
 * Where each image rests. `sizes` are the panes' (width, height); in millimetres all share one scale, the largest image just fits.
 * With `wallsIn` the chest walls of both sides meet.
 */
export function homes(views: View[], sizes: [number, number][], wallsIn: boolean): Home[] {
  const halves = views.map((view, n) => fit(view, sizes[n]));
  const shared = views.every((v) => v.spacing) ? Math.max(...halves) : null;
  return views.map((view, n) => {
    const half = shared ?? halves[n];
    const [dy, dx] = spacingOf(view);
    const width = view.cols * dx;
    const reach = (half * sizes[n][0]) / sizes[n][1]; // half the pane's width
    const left = -dx / 2; // world counts from pixel centres
    let x = left + width / 2;
    if (wallsIn && view.side === "R") x = left + width - reach;
    if (wallsIn && view.side === "L") x = left + reach;
    return { x, y: ((view.rows - 1) * dy) / 2, half };
  });
}

function fit(view: View, [width, height]: [number, number]): number {
  const [dy, dx] = spacingOf(view);
  return Math.max((view.rows * dy) / 2, (view.cols * dx * height) / width / 2);
}
