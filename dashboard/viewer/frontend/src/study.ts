// What the server sends of the open exam: numbers, text and addresses. Pixels follow by address. Types as in viewer/study.py.

export type Side = "R" | "L";

/** A preset. Between `lower` and `upper` brightness rises evenly, or along `curve` (0 to 1, evenly spaced) where there is one. */
export type Preset = { name: string; lower: number; upper: number; curve: number[] | null };

/** A map for one class. The grid at `url` is uint16, 65535 = `peak`; `full` is drawn in full colour, and a `weak` one only on request. */
export type HeatMap = { label: string; url: string; rows: number; cols: number; peak: number; full: number; weak: boolean; sentence: string };

/** What a breast has more or less of than the other one: uint16, 32768 = nothing, and behind the grid its sentence in UTF-8. */
export type Asymmetry = { url: string; rows: number; cols: number };

/** A closed outline in pixels of the image, x and y in turn. */
export type Outline = { name: string; points: number[] };

/** An ellipse that the reader drew: centre x and y, width and height, in pixels of the image. */
export type Mark = [number, number, number, number];

export type View = {
  id: string;
  short: string;
  label: string;
  side: Side | null;
  view: string | null;
  rows: number;
  cols: number;
  kind: "uint16" | "float32";
  bits: number;
  /** (row, column) millimetres a pixel in the breast plane, an estimate; null where unknown. */
  spacing: [number, number] | null;
  presets: Preset[];
  /** What a stored value of 1 stands for: 1 where stored values are meant as they are, 1/65535 where they are shares of white. */
  unit: number;
  inverted: boolean;
  synthetic: boolean;
  url: string;
  heats: HeatMap[];
  truth: Outline[];
  score: string | null;
  /** Left, top, right, bottom of the breast in pixels of the image. */
  breast: [number, number, number, number];
  /** That the image is turned for hanging, in a word; null where it is not. */
  turned: string | null;
  asymmetry?: Asymmetry | null;
  marks?: Mark[];
};

/** The exam before this one: how long before, and its views. */
export type Prior = { interval: string; views: View[] };

/** As an exam hangs, or all in a row: one view under several filters. */
export type Hanging = "exam" | "row";

export type Study = {
  key: string;
  open: string;
  views: View[];
  heatLabel: string | null;
  blind: boolean;
  hanging: Hanging;
  /** Ids of all views of the exam, in reading order. */
  steps: string[];
  /** Whether the before/after divider is offered. */
  presenter: boolean;
  prior?: Prior | null;
};

/** All views that may be shown. */
export const allViews = (study: Study): View[] => [...study.views, ...(study.prior?.views ?? [])];

/** World units of the image: millimetres where the spacing is known, else pixels. */
export const spacingOf = (view: View): [number, number] => view.spacing ?? [1, 1];

export const unitOf = (view: View): string => (view.spacing ? "mm (est.)" : "px");
