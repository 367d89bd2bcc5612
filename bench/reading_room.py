"""Five exams read in a real Chromium: waiting, keys, words, room for the image, Tab stops, layout shift, reruns.

python bench/reading_room.py [--app CHECKOUT] [--exams FOLDER] [--look SECONDS]

The exams are drawn phantoms of full size, each of four views, read independently: the AI result waits for the reader's record.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from page_speed import IDLE, ROOT, Server
from playwright.sync_api import Page, sync_playwright
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from dashboard.phrases import read as text
from dashboard.phrases import session

EXAMS = 5
VIEWS = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))
SCREENS = ((1440, 900), (1920, 1080))
STEADY = 0.4  # seconds without change after which the page counts as settled; not part of the waiting

# Where things are on the page. An action is ("press", key) or ("click", selector).
Action = tuple[str, str]
SAMPLE: Action = ("click", f"role=button[name='{session.SAMPLE}']")
HEAT: Action = ("press", "h")
HEAT_SHOWN = "[data-heat='1']"
UPLOAD = ".st-key-upload input[type=file]"
NEXT: Action = ("press", "n")
FILL: Sequence[Action] = (("press", "Shift+Digit2"), ("press", "Shift+B"))
RECORD: Action = ("press", "Enter")
FORM, PANEL, EXAM_SCORE, FILM = ".st-key-my_read", ".st-key-result_column", ".st-key-exam_score", ".stage"

# Chromium's own measure: the worst burst of shifts, a second or more apart from others and five seconds long at most.
SHIFTS = """
window.bursts = [];
new PerformanceObserver((list) => {
  for (const e of list.getEntries()) {
    if (e.hadRecentInput) continue;
    const last = bursts.at(-1);
    if (last && e.startTime - last.end < 1000 && e.startTime - last.start < 5000) { last.sum += e.value; last.end = e.startTime; }
    else bursts.push({ start: e.startTime, end: e.startTime, sum: e.value });
  }
}).observe({ type: "layout-shift", buffered: true });
"""
# Of each mammogram on screen: a small copy of it (which exam is it?), and how many screen pixels show tissue.
COPY = """(all) => all.map((c) => {
  const small = new OffscreenCanvas(16, 16), pen = small.getContext("2d");
  pen.drawImage(c, 0, 0, 16, 16);
  return [...pen.getImageData(0, 0, 16, 16).data].filter((_, n) => n % 4 === 0).join(",");
}).join(";")"""
TISSUE = """(all) => all.reduce((sum, c) => {
  const box = c.getBoundingClientRect(), data = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
  let bright = 0;
  for (let n = 0; n < data.length; n += 4) bright += data[n] > 24;
  return sum + (bright / (c.width * c.height)) * box.width * box.height;
}, 0)"""


class Reruns:
    """Counts the script runs, by the messages on the page's websocket."""

    def __init__(self, page: Page) -> None:
        self.count = 0
        page.on("websocket", lambda socket: socket.on("framereceived", self._received))

    def _received(self, payload: bytes | str) -> None:
        message = ForwardMsg()
        message.ParseFromString(payload if isinstance(payload, bytes) else payload.encode())
        self.count += message.WhichOneof("type") == "script_finished"


@dataclass
class Reader:
    """Hands and eyes on one page: acts, counts what it did, and waits until the page has answered.

    Attributes
    ----------
    acts : int
        Keys and clicks so far.
    """

    page: Page
    acts: int = 0

    def do(self, *actions: Action) -> None:
        """Press and click, as fast as the page takes it."""
        for kind, what in actions:
            self.acts += 1
            if kind == "press":
                self.page.keyboard.press(what)
                self.page.wait_for_timeout(60)
            else:
                self.page.locator(what).first.click()

    def wait(self, ready: Callable[[], bool], start: float, steady: float = STEADY, limit: float = 120) -> float:
        """Seconds from `start` until `ready` held, and went on to hold."""
        since = None
        while since is None or time.monotonic() - since < steady:
            if time.monotonic() - start > limit:
                raise TimeoutError(f"the page was not ready within {limit:.0f} s")
            self.page.wait_for_timeout(25)
            now = time.monotonic()
            since = (since or now) if ready() else None
        return max(0.0, since - start)

    @property
    def idle(self) -> bool:
        """Whether no script runs."""
        return self.page.locator(IDLE).count() == 1

    def hung(self, count: int) -> bool:
        """Whether `count` mammograms are drawn and nothing runs."""
        return self.idle and self.page.locator(".pane[data-ready='1']").count() == self.page.locator(".pane").count() == count

    @property
    def mammograms(self) -> str:
        """What the panes show, small."""
        return self.page.locator(".pane canvas.cornerstone-canvas").evaluate_all(COPY)


def draw_exams(folder: Path) -> list[list[Path]]:
    """Paths of five exams of four full-size views; drawn where the folder lacks them."""
    folder.mkdir(parents=True, exist_ok=True)
    exams = []
    for number in range(EXAMS):
        exams.append([folder / f"{number}_{side}_{view}.dcm" for side, view in VIEWS])
        for path, (side, view) in zip(exams[-1], VIEWS, strict=True):
            if not path.exists():
                path.write_bytes(dicom_bytes(draw(plan_exam(6, number), side, view, "full")))
    return exams


def cold(reader: Reader, address: str) -> tuple[float, int]:
    """Seconds and acts from the first click on a fresh server to a heatmap."""
    page = reader.page
    page.goto(address)
    page.locator(SAMPLE[1]).first.wait_for()
    start = time.monotonic()
    reader.do(SAMPLE)
    page.locator(".pane[data-ready='1']").first.wait_for()
    if not page.locator(HEAT_SHOWN).count():
        reader.do(HEAT)
    seconds = reader.wait(lambda: page.locator(HEAT_SHOWN).count() > 0, start)
    return seconds, reader.acts


def open_exams(reader: Reader, address: str, exams: Sequence[Sequence[Path]]) -> float:
    """Let every exam be read independently, and open all at once; seconds until the first hangs."""
    page = reader.page
    page.goto(address)
    reader.wait(lambda: reader.idle, time.monotonic())
    page.set_input_files(UPLOAD, str(exams[0][0]))  # the settings come with the list
    page.locator(".st-key-settings button").first.click()
    page.get_by_role("combobox", name=text.INDEPENDENT_READ).click()
    page.get_by_role("option", name=text.INDEPENDENT_READ_MODES["always"]).click()
    reader.wait(lambda: reader.idle, time.monotonic())
    page.keyboard.press("Escape")
    page.locator("[class*=st-key-add_exams] button").first.click()
    start = time.monotonic()
    page.set_input_files(UPLOAD, [str(path) for exam in exams for path in exam])
    seconds = reader.wait(lambda: reader.hung(len(VIEWS)), start)
    page.keyboard.press("Escape")
    return seconds


def room(page: Page) -> str:
    """Share of the screen that the viewer's images and their tissue take, at each size."""
    lines = []
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(1500)
        box = page.locator(FILM).first.bounding_box()
        seen = max(0.0, min(box["y"] + box["height"], height) - max(box["y"], 0))
        tissue = page.locator(".pane canvas.cornerstone-canvas").evaluate_all(TISSUE)
        share = f"{box['width'] / width:.0%} of the width, {box['width'] * seen / (width * height):.0%} of the area"
        lines.append(f"{width} × {height}: viewer {share}; tissue {tissue / (width * height):.1%}")
    return "\n".join(lines)


def column(page: Page) -> str:
    """Words and pixels of the result's column, and where the exam's score stands, at each size."""
    lines = []
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(1500)
        panel, score = page.locator(PANEL).first, page.locator(EXAM_SCORE).first
        words = len(panel.inner_text().split())
        tall = panel.evaluate("(e) => Math.max(e.scrollHeight, e.getBoundingClientRect().height)")
        at = score.bounding_box()
        below = at["y"] + at["height"] - height
        where = f"{below:.0f} px below the fold" if below > 0 else "on screen"
        lines.append(f"{width} × {height}: result column {words} words, {tall:.0f} px; exam score {where}")
    return "\n".join(lines)


def tab_stops(page: Page, limit: int = 150) -> str:
    """How often Tab is pressed from the top of the page to the form."""
    page.evaluate("() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex'); }")
    for n in range(1, limit + 1):
        page.keyboard.press("Tab")
        if page.locator(FORM).first.evaluate("(e) => e.contains(document.activeElement)"):
            return str(n)
    return f"more than {limit}"


def read(reader: Reader, look: float, reruns: Reruns) -> None:
    """Read the exams one after another and print what it took."""
    page = reader.page
    page.evaluate("window.bursts = []")
    opened: list[float] = []
    results: list[float] = []
    acts: list[int] = []
    start, count, aside = time.monotonic(), reruns.count, 0.0
    for number in range(EXAMS):
        before, reader.acts, at = reader.mammograms, 0, time.monotonic()
        if number:
            reader.do(NEXT)
            opened.append(reader.wait(lambda b=before: reader.hung(len(VIEWS)) and reader.mammograms != b, at))
        page.wait_for_timeout(1000 * look)
        if number == EXAMS - 1:
            count, aside = count - reruns.count, time.monotonic()
            print(room(page), f"Tab stops to the form: {tab_stops(page)}", sep="\n")
            page.set_viewport_size({"width": SCREENS[0][0], "height": SCREENS[0][1]})
            count, aside = count + reruns.count, time.monotonic() - aside
        reader.do(*FILL)
        at = time.monotonic()
        reader.do(RECORD)
        results.append(reader.wait(lambda: page.locator(EXAM_SCORE).count() > 0, at))
        acts.append(reader.acts)
    rate = (reruns.count - count) / (time.monotonic() - start - aside) * 60
    print(column(page))
    print(
        f"waiting an exam: {mean(opened) + mean(results):.1f} s: {mean(opened):.1f} to the next, {mean(results):.1f} from Record to score"
    )
    print(f"each: opened {', '.join(f'{s:.1f}' for s in opened)}; Record {', '.join(f'{s:.1f}' for s in results)}")
    print(f"keys and clicks an exam: {mean(acts[1:]):.1f}")
    shift = page.evaluate("Math.max(0, ...bursts.map((b) => b.sum))")
    print(f"layout shift (CLS): {shift:.3f}; reruns a minute: {rate:.1f}")


def _up(server: Server) -> None:
    """Wait until the server answers."""
    while True:
        try:
            urllib.request.urlopen(f"{server.address}/_stcore/health", timeout=2)
            return
        except OSError:
            time.sleep(0.1)


def main() -> int:
    """Print the figures of one checkout."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--app", type=Path, default=ROOT, help="checkout whose dashboard is read")
    parser.add_argument("--exams", type=Path, help="folder of the drawn exams, to use them again")
    parser.add_argument("--look", type=float, default=30.0, help="seconds of looking at each exam")
    options = parser.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        print("Chromium is missing: apt-get install chromium")
        return 0
    os.environ["PYTHONPATH"] = str(options.app.resolve())  # the server's core is that of the checkout
    arguments = ["--disable-dev-shm-usage", "--no-sandbox"]
    with tempfile.TemporaryDirectory() as folder:
        exams = draw_exams(options.exams or Path(folder))
        print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        os.environ["SECOND_READER_HOME"] = folder  # nothing of an earlier run
        with sync_playwright() as p, Server("run", str(options.app.resolve() / "dashboard" / "app.py")) as server:
            browser = p.chromium.launch(executable_path=chromium, args=arguments)
            page = browser.new_page(viewport={"width": SCREENS[0][0], "height": SCREENS[0][1]})
            page.set_default_timeout(120_000)
            page.add_init_script(SHIFTS)
            reader, reruns = Reader(page), Reruns(page)
            _up(server)
            seconds, acts = cold(reader, server.address)
            print(f"cold click → heatmap: {seconds:.1f} s, {acts} keys and clicks")
            page.context.clear_cookies()  # another reader, with nothing open
            print(f"{EXAMS} exams opened at once: the first hangs after {open_exams(reader, server.address, exams):.1f} s")
            read(reader, options.look, reruns)
            browser.close()
        print(f"load after: {os.getloadavg()[0]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
