// Small maps by address, fetched once: heatmaps and asymmetries.
import { fetchBytes } from "./images";

const MAX_GRIDS = 24; // of at most 0.8 MB
const grids = new Map<string, Promise<ArrayBuffer>>();

export function fetchGrid(url: string): Promise<ArrayBuffer> {
  const there = grids.get(url);
  if (there) return there;
  const coming = fetchBytes(url);
  coming.catch(() => grids.delete(url));
  grids.set(url, coming);
  while (grids.size > MAX_GRIDS) grids.delete(grids.keys().next().value as string);
  return coming;
}

export function forgetGrids(): void {
  grids.clear();
}
