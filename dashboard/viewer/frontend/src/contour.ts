// The line at half the peak of a heatmap, with the view's score at it.

const SVG = "http://www.w3.org/2000/svg";
const SHARE = 0.5; // of the peak

export type Contour = { path: string; x: number; y: number };

/** The line round what reaches `SHARE` of the largest value, in cells of the grid from its corner; (x, y) is its point above the peak. */
export function contourOf(values: Uint16Array, rows: number, cols: number): Contour | null {
  let peak = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[peak]) peak = i;
  const level = SHARE * values[peak];
  if (!(level > 0)) return null;
  const at = (row: number, col: number) => (row < 0 || col < 0 || row >= rows || col >= cols ? 0 : values[row * cols + col]);
  const lines: string[] = [];
  for (let row = -1; row < rows; row++) {
    for (let col = -1; col < cols; col++) {
      const [a, b, c, d] = [at(row, col), at(row, col + 1), at(row + 1, col + 1), at(row + 1, col)];
      const kind = Number(a >= level) | (Number(b >= level) << 1) | (Number(c >= level) << 2) | (Number(d >= level) << 3);
      if (kind === 0 || kind === 15) continue;
      const between = (from: number, to: number) => (level - from) / (to - from);
      const edges: [number, number][] = [
        [col + between(a, b), row], // top
        [col + 1, row + between(b, c)], // right
        [col + between(d, c), row + 1], // bottom
        [col, row + between(a, d)], // left
      ];
      for (const [from, to] of CROSSED[kind]) lines.push(`M${point(edges[from])}L${point(edges[to])}`);
    }
  }
  const x = peak % cols;
  let y = Math.floor(peak / cols);
  while (y > 0 && at(y - 1, x) >= level) y--;
  return { path: lines.join(""), x: x + 0.5, y };
}

/** Which edges of a cell (0 top, 1 right, 2 bottom, 3 left) a line joins, by which corners are inside (1 top left, then clockwise). */
const CROSSED: [number, number][][] = [
  [], [[3, 0]], [[0, 1]], [[3, 1]], [[1, 2]], [[3, 0], [1, 2]], [[0, 2]], [[3, 2]],
  [[2, 3]], [[2, 0]], [[0, 1], [2, 3]], [[2, 1]], [[1, 3]], [[1, 0]], [[0, 3]], [],
];

const point = ([x, y]: [number, number]): string => `${(x + 0.5).toFixed(2)} ${(y + 0.5).toFixed(2)}`; // values are at the cells' centres

export class ContourLayer {
  readonly svg = document.createElementNS(SVG, "svg");
  private readonly line = document.createElementNS(SVG, "path");
  private readonly text = document.createElementNS(SVG, "text");
  private contour: Contour | null = null;

  constructor() {
    this.svg.setAttribute("class", "contour");
    this.svg.append(this.line, this.text);
  }

  set(contour: Contour | null, score: string | null): void {
    this.contour = contour;
    this.svg.style.display = contour ? "" : "none";
    this.line.setAttribute("d", contour?.path ?? "");
    this.text.textContent = score ?? "";
  }

  /** Lay it over an image whose corner is at (x, y), with cells of the grid of (across, down) screen pixels. */
  place([x, y]: [number, number], across: number, down: number): void {
    if (!this.contour) return;
    this.line.setAttribute("transform", `translate(${x} ${y}) scale(${across} ${down})`);
    this.text.setAttribute("x", String(x + this.contour.x * across));
    this.text.setAttribute("y", String(Math.max(14, y + this.contour.y * down - 6)));
  }
}
