// Pixels by address: once fetched they stay in memory while their exam, or the one before it, is open.
import { cache, imageLoader, metaData, utilities } from "@cornerstonejs/core";
import { spacingOf, type View } from "./study";

const SCHEME = "reader:";
const KEPT = 640 * 1024 * 1024; // bytes of pixels; four full-field views are about 110 MB
const known = new Map<string, View>();
const wanted = new Map<object, string[]>(); // viewer → names of the images it may show; for a moment a page has two viewers

/** cornerstone's name of a view's image. */
export const imageIdOf = (view: View): string => SCHEME + view.url;

/** Register with cornerstone how our images are described and fetched; once a page. */
export function registerImages(): void {
  cache.setMaxCacheSize(KEPT);
  metaData.addProvider((type: string, imageId: string) => describe(type, imageId), 10_000);
  imageLoader.registerImageLoader("reader", ((imageId: string) => ({ promise: load(imageId) })) as never);
}

/** Announce the views that a viewer has open; pixels that no viewer has open go, but for the `keep` last ones. */
export function announce(viewer: object, views: View[], keep: string[]): void {
  for (const view of views) known.set(imageIdOf(view), view);
  wanted.set(viewer, [...views.map(imageIdOf), ...keep]);
  forgetUnwanted();
}

/** Whether a viewer has this image open. */
export const isKnown = (imageId: string): boolean => known.has(imageId);

/** A viewer closes. */
export function forgetImages(viewer: object): void {
  wanted.delete(viewer);
  forgetUnwanted();
}

function forgetUnwanted(): void {
  const alive = new Set([...wanted.values()].flat());
  for (const id of [...known.keys()]) {
    if (alive.has(id)) continue;
    known.delete(id);
    if (cache.getImageLoadObject(id)) cache.removeImageLoadObject(id, { force: true });
  }
}

/** Bytes at an address of this server; throws with the status where it refuses. */
export async function fetchBytes(url: string): Promise<ArrayBuffer> {
  const answer = await fetch(new URL(url, document.baseURI), { credentials: "same-origin", cache: "no-store" });
  if (!answer.ok) throw new Error(`pixels refused (${answer.status})`);
  return answer.arrayBuffer();
}

/** Fetch a view's image, so that it is at hand when a pane asks for it. */
export async function fetchImage(view: View): Promise<void> {
  await imageLoader.loadAndCacheImage(imageIdOf(view));
}

async function load(imageId: string): Promise<unknown> {
  const view = known.get(imageId);
  if (!view) throw new Error("this image is closed");
  const bytes = await fetchBytes(view.url);
  performance.mark("viewer: bytes");
  const values = view.kind === "uint16" ? new Uint16Array(bytes) : new Float32Array(bytes);
  if (values.length !== view.rows * view.cols) throw new Error("pixels came incomplete");
  const [low, high] = ends(values);
  const [dy, dx] = spacingOf(view);
  const first = view.presets[0];
  return {
    imageId,
    minPixelValue: low,
    maxPixelValue: high,
    slope: 1,
    intercept: 0,
    windowCenter: (first.lower + first.upper + 1) / 2,
    windowWidth: first.upper - first.lower + 1,
    voiLUTFunction: "LINEAR",
    getPixelData: () => values,
    getCanvas: () => null as never,
    rows: view.rows,
    columns: view.cols,
    height: view.rows,
    width: view.cols,
    color: false,
    rgba: false,
    numberOfComponents: 1,
    rowPixelSpacing: dy,
    columnPixelSpacing: dx,
    invert: false,
    photometricInterpretation: "MONOCHROME2",
    sizeInBytes: values.byteLength,
    dataType: view.kind === "uint16" ? "Uint16Array" : "Float32Array",
    voxelManager: utilities.VoxelManager.createImageVoxelManager({
      width: view.cols,
      height: view.rows,
      numberOfComponents: 1,
      scalarData: values as never,
    }),
  };
}

/** Smallest and largest of millions of values; by index, since an iterator takes several times as long. */
function ends(values: Uint16Array | Float32Array): [number, number] {
  let low = values[0];
  let high = low;
  for (let n = 1; n < values.length; n++) {
    const v = values[n];
    if (v < low) low = v;
    else if (v > high) high = v;
  }
  return [low, high];
}

function describe(type: string, imageId: string): unknown {
  const view = known.get(imageId);
  if (!view) return undefined;
  const [dy, dx] = spacingOf(view);
  const size = { rows: view.rows, columns: view.cols };
  if (type === "imagePixelModule") {
    const stored = view.kind === "uint16" ? 16 : 32;
    const depth = { bitsAllocated: stored, bitsStored: stored, highBit: stored - 1 };
    return { ...size, ...depth, pixelRepresentation: 0, samplesPerPixel: 1, photometricInterpretation: "MONOCHROME2" };
  }
  if (type === "imagePlaneModule") {
    return {
      ...size,
      frameOfReferenceUID: imageId, // a measurement belongs to one image
      imageOrientationPatient: [1, 0, 0, 0, 1, 0],
      rowCosines: [1, 0, 0],
      columnCosines: [0, 1, 0],
      imagePositionPatient: [0, 0, 0],
      rowPixelSpacing: dy,
      columnPixelSpacing: dx,
      pixelSpacing: [dy, dx],
    };
  }
  if (type === "generalSeriesModule") return { modality: "MG" };
  return undefined;
}
