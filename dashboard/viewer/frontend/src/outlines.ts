// Outlines of what is known to be there: only phantoms know it.
import type { Outline } from "./study";

const SVG = "http://www.w3.org/2000/svg";

export class OutlineLayer {
  readonly svg = document.createElementNS(SVG, "svg");
  private readonly group = document.createElementNS(SVG, "g");

  constructor() {
    this.svg.setAttribute("class", "outlines");
    this.svg.append(this.group);
    this.svg.style.display = "none";
  }

  set(outlines: Outline[]): void {
    this.group.replaceChildren(
      ...outlines.map((outline) => {
        const shape = document.createElementNS(SVG, "polygon");
        shape.setAttribute("points", outline.points.join(" "));
        const title = document.createElementNS(SVG, "title");
        title.textContent = outline.name;
        shape.append(title);
        return shape;
      }),
    );
  }

  show(shown: boolean): void {
    this.svg.style.display = shown ? "" : "none";
  }

  place([x, y]: [number, number], across: number, down: number): void {
    this.group.setAttribute("transform", `translate(${x} ${y}) scale(${across} ${down})`);
  }
}
