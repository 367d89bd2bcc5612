// What the server sends of the open exam: numbers, text and addresses. Pixels follow by address. Types as in viewer/study.py.

export type Side = "R" | "L";

/** A preset. Between `lower` and `upper` brightness rises evenly, or along `curve` (0 to 1, evenly spaced) where there is one. */
export type Preset = { name: string; lower: number; upper: number; curve: number[] | null };

/** A map for one class. The grid at `url` is uint16, 65535 = `peak`; `joint` is the largest peak of the views hung together. */
export type HeatMap = { label: string; url: string; rows: number; cols: number; peak: number; joint: number; sentence: string };

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
  prior?: Prior | null;
};

/** All views that may be shown. */
export const allViews = (study: Study): View[] => [...study.views, ...(study.prior?.views ?? [])];

/** World units of the image: millimetres where the spacing is known, else pixels. */
export const spacingOf = (view: View): [number, number] => view.spacing ?? [1, 1];

export const unitOf = (view: View): string => (view.spacing ? "mm (est.)" : "px");
