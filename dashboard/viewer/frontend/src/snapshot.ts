// What is shown, as a PNG: images as windowed, heatmaps, outlines and measurements, with the stamp in its pixels. No name and no date.
import type { Pane } from "./pane";
import type { View } from "./study";

const STAMP = "RESEARCH USE ONLY · NOT A MEDICAL DEVICE";
const BAR = 24; // screen pixels under the images

/** Draw the panes as they stand in `root`, and hand the image to the browser as a download. */
export async function saveSnapshot(root: HTMLElement, panes: Pane[]): Promise<void> {
  const box = root.getBoundingClientRect();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(box.width * devicePixelRatio);
  canvas.height = Math.round((box.height + BAR) * devicePixelRatio);
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.scale(devicePixelRatio, devicePixelRatio);
  pen.fillRect(0, 0, box.width, box.height + BAR);
  for (const pane of panes) await paint(pen, pane, box);
  const synthetic = panes.some((p) => p.view?.synthetic) ? " · SYNTHETIC, NO PATIENT" : "";
  pen.font = "600 13px system-ui, sans-serif";
  pen.fillStyle = "#ffd479";
  pen.fillText(STAMP + synthetic, 8, box.height + 16, box.width - 16);
  const image = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!image) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(image);
  link.download = `second-reader-${(panes[0].view as View).short}-view.png`;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function paint(pen: CanvasRenderingContext2D, pane: Pane, stage: DOMRect): Promise<void> {
  const place = pane.root.getBoundingClientRect();
  const [left, top] = [place.left - stage.left, place.top - stage.top];
  pen.save();
  pen.beginPath();
  pen.rect(left, top, place.width, place.height);
  pen.clip();
  for (const layer of pane.root.querySelectorAll<HTMLCanvasElement | SVGSVGElement>("canvas, svg")) {
    const at = layer.getBoundingClientRect();
    if (!at.width || !at.height) continue; // hidden
    const image = layer instanceof HTMLCanvasElement ? layer : await asImage(layer, at);
    pen.save();
    const cut = layer.closest(".evidence") ? cutOf(pane.root) : 0;
    pen.beginPath();
    pen.rect(left + cut * place.width, top, (1 - cut) * place.width, place.height);
    pen.clip();
    pen.globalAlpha = Number(getComputedStyle(layer).opacity);
    pen.drawImage(image, at.left - stage.left, at.top - stage.top, at.width, at.height);
    pen.restore();
  }
  pen.globalAlpha = 1;
  for (const text of pane.root.querySelectorAll<HTMLElement>(".caption div, .scale")) {
    const style = getComputedStyle(text);
    const at = text.getBoundingClientRect();
    if (style.visibility === "hidden" || !at.width) continue;
    pen.font = `${style.fontWeight} ${style.fontSize} system-ui, sans-serif`;
    pen.fillStyle = style.color;
    pen.fillText(text.textContent ?? "", at.left - stage.left + 6, at.top - stage.top + 14);
    const bar = text.querySelector("i")?.getBoundingClientRect();
    if (bar) pen.fillRect(bar.left - stage.left, bar.bottom - stage.top - 2, bar.width, 2);
  }
  pen.restore();
}

/** The share of a pane that the divider keeps free of heat. */
function cutOf(pane: HTMLElement): number {
  const stage = pane.closest<HTMLElement>(".stage");
  return stage?.dataset.divided === "1" ? parseFloat(stage.style.getPropertyValue("--cut")) / 100 : 0;
}

/** An SVG as an image, with the styles that it has on the page. */
async function asImage(layer: SVGSVGElement, { width, height }: DOMRect): Promise<HTMLImageElement> {
  const copy = layer.cloneNode(true) as SVGSVGElement;
  const [from, to] = [layer.querySelectorAll("*"), copy.querySelectorAll("*")];
  from.forEach((node, n) => {
    const style = getComputedStyle(node);
    for (const name of ["fill", "stroke", "stroke-width", "stroke-dasharray", "vector-effect", "font", "text-anchor", "paint-order", "visibility"])
      (to[n] as SVGElement).style.setProperty(name, style.getPropertyValue(name));
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  return image;
}
