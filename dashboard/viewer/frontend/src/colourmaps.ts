// Colour maps that are perceptually even and readable without colour vision. Never jet: it invents edges.

export type MapName = "inferno" | "cividis" | "grey";

// 33 evenly spaced colours each, as rrggbb; matplotlib's tables (CC0) as OpenCV holds them.
const POINTS: Record<Exclude<MapName, "grey">, string> = {
  inferno:
    "0000040403120b0724150b37210c4a2f0a5b3d09654a0c6b57106e64156e71196e7d1e6d8a226a972766a32c61b0315b" +
    "bc3754c63d4dd04545da4e3ce35933eb6429f1711ff67e14f98c0afb9b06fcaa0ffbba1ff9c932f5d949f2e865f3f586" +
    "fcffa4",
  cividis:
    "00224e00285b002e6a0533711a386f273e6e32436d3b496c434e6c4b546c535a6d5a5f6e61656f686a716f7073767676" +
    "7d7c788381798b8778928d789a9376a29975aaa073b3a670bbad6dc3b369ccba64d4c15fddc858e6d051efd748f8df3c" +
    "fee838",
};

/** 256 colours of a map as RGB bytes, 768 of them. */
export function table(name: MapName): Uint8Array {
  const out = new Uint8Array(768);
  for (let i = 0; i < 256; i++) {
    if (name === "grey") {
      out.fill(i, 3 * i, 3 * i + 3);
      continue;
    }
    const at = (i / 255) * 32;
    const low = Math.min(31, Math.floor(at));
    for (let c = 0; c < 3; c++) {
      const a = byte(POINTS[name], low, c);
      const b = byte(POINTS[name], low + 1, c);
      out[3 * i + c] = Math.round(a + (at - low) * (b - a));
    }
  }
  return out;
}

/** The map from left to right, as a CSS background. */
export function gradient(name: MapName): string {
  const colours = table(name);
  const stops = Array.from({ length: 17 }, (_, n) => {
    const i = 3 * Math.round((n / 16) * 255);
    return `rgb(${colours[i]},${colours[i + 1]},${colours[i + 2]})`;
  });
  return `linear-gradient(to right,${stops.join(",")})`;
}

const byte = (points: string, point: number, channel: number): number =>
  parseInt(points.slice(6 * point + 2 * channel, 6 * point + 2 * channel + 2), 16);
