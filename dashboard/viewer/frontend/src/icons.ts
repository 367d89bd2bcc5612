// Line drawings on a 20 × 20 field, our own.

const PATHS: Record<string, string> = {
  window: "M10 2.5a7.5 7.5 0 1 0 0 15z M10 2.5a7.5 7.5 0 0 1 0 15",
  zoom: "M8.5 3a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11z M12.6 12.6 17 17 M8.5 6v5 M6 8.5h5",
  pan: "M10 2.5v15 M2.5 10h15 M7.8 4.7 10 2.5l2.2 2.2 M7.8 15.3l2.2 2.2 2.2-2.2 M4.7 7.8 2.5 10l2.2 2.2 M15.3 7.8l2.2 2.2-2.2 2.2",
  magnify: "M8.5 3a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11z M12.6 12.6 17 17",
  ruler: "M2.5 13.5 13.5 2.5l4 4-11 11z M5.6 10.4l1.8 1.8 M8.3 7.7l1.2 1.2 M11 5l1.8 1.8",
  ellipse: "M10 4.5c4.4 0 7.5 2.4 7.5 5.5s-3.1 5.5-7.5 5.5S2.5 13.1 2.5 10 5.6 4.5 10 4.5z",
  erase: "M7.5 16.5h9 M3.4 11.6 11.6 3.4l5 5-8.1 8.1H7z M7.2 7.8l5 5",
  invert: "M3 3h14v14H3z M3 17 17 3",
  native: "M4 6.5 6 5v10 M16 15V5l-2 1.5 M10 8v.2 M10 12v.2",
  reset: "M4 10a6 6 0 1 0 2-4.5 M4 3v4h4",
  link: "M8.5 11.5a3 3 0 0 0 4.3 0l2.7-2.7a3 3 0 0 0-4.3-4.3l-1 1 M11.5 8.5a3 3 0 0 0-4.3 0l-2.7 2.7a3 3 0 0 0 4.3 4.3l1-1",
  one: "M4 3h12v14H4z",
  two: "M2.5 4h7v12h-7z M10.5 4h7v12h-7z",
  three: "M3 3h14v6.5H3z M3 10.5h14V17H3z",
  four: "M2.5 2.5h7v7h-7z M10.5 2.5h7v7h-7z M2.5 10.5h7v7h-7z M10.5 10.5h7v7h-7z",
  five: "M1.500 3h3.500v6H1.500z M6 3h3.500v6H6z M10.500 3H14v6h-3.500z M15 3h3.500v6H15z M1.500 11h3.500v6H1.500z M6 11h3.500v6H6z M10.500 11H14v6h-3.500z M15 11h3.500v6H15z",
  row: "M1.500 5h3.500v10H1.500z M6 5h3.500v10H6z M10.500 5H14v10h-3.500z M15 5h3.500v10H15z",
  weak: "M3 10h2 M7 10h2 M11 10h2 M15 10h2 M10 3v2 M10 15v2",
  asymmetry: "M10 2.500v15 M8 4C4.500 4 2.500 6.500 2.500 10s2 6 5.500 6 M12 4c3.500 0 5.500 2.500 5.500 6s-2 6-5.500 6 M13.500 9.500a1.500 1.500 0 1 0 0 2.800a1.500 1.500 0 1 0 0-2.800z",
  divider: "M10 2.500v15 M3 5.500h4.500v9H3z M12.500 8.500 17 6 M12.500 11.500 17 9 M12.500 14.500 17 12",
  heat: "M10 2.5c.5 3 4.5 4.5 4.5 8.7a4.5 4.5 0 0 1-9 0c0-2 1-3 2-4 .2 1.3.8 2 1.5 2.3C8.700 7 9 4.500 10 2.500z",
  truth: "M10 6.500a3.500 3.500 0 1 0 0 7a3.500 3.500 0 1 0 0-7z M10 2v3 M10 15v3 M2 10h3 M15 10h3",
  save: "M10 3v9 M6 8.500 10 12.500l4-4 M3.500 13v3.500h13V13",
  help: "M7.200 7.500a2.800 2.800 0 1 1 4 2.500c-.8.4-1.200 1-1.200 1.900 M10 15v.3",
};

export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name] ?? "");
  svg.append(path);
  return svg;
}
