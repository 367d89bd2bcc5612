"""A four-view exam of full-field size in a real Chromium: mount → textures ready, over the bare bytes on the same route.

python bench/viewer.py
"""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from page_speed import IDLE, ROOT, Server
from playwright.sync_api import Page, sync_playwright

from core.datasets.phantom import dicom_bytes, draw, plan_exam

LIMIT = 2.5
TURNS = 5
VIEWS = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))
# Painting: what the page waits for software GL, when what was drawn is copied from the graphics side to a pane.
WATCH = """
const copy = CanvasRenderingContext2D.prototype.drawImage;
window.painting = 0;
CanvasRenderingContext2D.prototype.drawImage = function (...what) {
  const start = performance.now();
  copy.apply(this, what);
  window.painting += performance.now() - start;
};
"""
# Milliseconds from the mark that the viewer sets when it begins to hang the exam until the last bytes came, the last image was set,
# and all four were drawn; and how much of the last was painting. Reading a pixel of each mammogram waits until drawing is done.
MOUNT = """async () => {
  window.painting = 0;
  const panes = () => [...document.querySelectorAll("*")].flatMap((e) => (e.shadowRoot ? [...e.shadowRoot.querySelectorAll(".pane")] : []));
  const drawn = () => panes().length === 4 && panes().every((pane) => pane.dataset.ready === "1");
  while (!drawn()) await new Promise(requestAnimationFrame);
  window.mammograms = () => panes().map((pane) => pane.querySelector("canvas.cornerstone-canvas"));
  window.flush = () => mammograms().forEach((mammogram) => mammogram.getContext("2d").getImageData(0, 0, 1, 1));
  const before = performance.now();
  flush();
  const end = performance.now();
  painting += end - before;
  const mark = (name) => performance.getEntriesByName(`viewer: ${name}`).at(-1).startTime;
  return [...[mark("bytes"), mark("images set"), end].map((at) => at - mark("hang")), painting];
}"""
BARE = """async (addresses) => {
  const start = performance.now();
  const all = await Promise.all(addresses.map(async (a) => (await fetch(a, { cache: "no-store" })).arrayBuffer()));
  return [performance.now() - start, all.reduce((sum, bytes) => sum + bytes.byteLength, 0)];
}"""


def exam(folder: Path) -> list[str]:
    """Paths of four full-field phantom views of one exam."""
    paths = []
    for side, kind in VIEWS:
        path = folder / f"{side}_{kind}.dcm"
        path.write_bytes(dicom_bytes(draw(plan_exam(6, 3), side, kind, "full"), bits=16))
        paths.append(str(path))
    return paths


def settle(page: Page) -> None:
    """Wait until the script has run and stays so."""
    for _ in range(2):
        page.wait_for_selector(IDLE)
        page.wait_for_timeout(500)


def turn(page: Page) -> tuple[float, ...]:
    """One mount of the exam, beside a bare fetch: milliseconds (bytes, images set, drawn, of it painting, bare), and bytes in all."""
    page.get_by_role("link", name="Filters").click()
    settle(page)
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/pixels/" in r.url else None)
    page.get_by_role("link", name="Read").click()
    found = page.evaluate(MOUNT)
    settle(page)
    return *found, *page.evaluate(BARE, asked[-4:])


def main() -> int:
    """Print the ratio and its parts; exit 1 above the limit."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        print("Chromium is missing: apt-get install chromium")
        return 0
    arguments = ["--disable-dev-shm-usage", "--no-sandbox"]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as p, Server("run", str(ROOT / "dashboard" / "app.py")) as server:
        paths = exam(Path(folder))
        time.sleep(3)
        page = p.chromium.launch(executable_path=chromium, args=arguments).new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(120_000)
        page.add_init_script(WATCH)
        page.goto(server.address)
        settle(page)
        page.set_input_files(".st-key-upload input[type=file]", paths)
        page.locator(".pane[data-ready='1']").first.wait_for()
        settle(page)
        page.keyboard.press("4")
        page.locator(".pane[data-ready='1']").nth(3).wait_for()
        turns = [turn(page) for _ in range(1 + TURNS)][1:]
        page.context.browser.close()
    ratio = median((drawn - painting) / bare for _, _, drawn, painting, bare, _ in turns)
    came, put, drawn, painting, bare, size = (median(t[n] for t in turns) for n in range(6))
    print(f"four views of 3328 × 2560, {size / 1e6:.0f} MB: mount → textures ready / the bare bytes: {ratio:.2f} (limit {LIMIT})")
    print(f"bare {bare:.0f} ms; all bytes after {came:.0f}, images set after {put:.0f}, drawn after {drawn:.0f} ms", end="; ")
    print(f"of the last {painting:.0f} ms painting in software GL, which is not in the ratio")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
