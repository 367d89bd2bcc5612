"""In a real Chromium: spawn → first page beside `streamlit hello`, and the change to another view of a loaded exam.

python bench/page_speed.py
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ROOT = Path(__file__).resolve().parents[1]
STREAMLIT = str(Path(sys.executable).with_name("streamlit"))
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
TURNS = 3
RERUN = 0.3  # seconds


class Server:
    """`streamlit ARGUMENTS` on a free port."""

    def __init__(self, *arguments: str) -> None:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        options = ["--server.port", str(port), "--server.headless", "true", "--browser.gatherUsageStats", "false"]
        self.address = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [STREAMLIT, *arguments, *options], cwd=tempfile.gettempdir(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()


def first_page(browser: Browser, *arguments: str) -> float:
    """Seconds from spawning the server to its first page, settled."""
    start = time.monotonic()
    with Server(*arguments) as server:
        page = browser.new_page()
        while True:
            try:
                page.goto(server.address)
                break
            except Exception:  # not up yet
                time.sleep(0.02)
        page.wait_for_selector("[data-testid=stMain] [data-testid=stMarkdown], [data-testid=stMain] [data-testid=stHeading]")
        seconds = time.monotonic() - start
        page.close()
    return seconds


class Finished:
    """When the server last said that a script run had ended, by the messages on the page's websocket."""

    def __init__(self, page: Page) -> None:
        self.at = 0.0
        page.on("websocket", lambda socket: socket.on("framereceived", self._received))

    def _received(self, payload: bytes | str) -> None:
        message = ForwardMsg()
        message.ParseFromString(payload if isinstance(payload, bytes) else payload.encode())
        if message.WhichOneof("type") == "script_finished":
            self.at = time.monotonic()


def reruns(page: Page, finished: Finished, keys: tuple[str, ...]) -> float:
    """Median seconds from a key press until the script has run."""
    times = []
    for n in range(1 + TURNS * 2):
        start = time.monotonic()
        page.keyboard.press(keys[n % len(keys)])
        while finished.at < start and time.monotonic() < start + 10:
            page.wait_for_timeout(5)
        page.wait_for_timeout(400)
        times.append(finished.at - start)
    return median(times[1:])


def main() -> int:
    """Print both ratios; exit 1 above a limit."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        print("Chromium is missing: apt-get install chromium")
        return 0
    app = str(ROOT / "dashboard" / "app.py")
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, args=["--disable-dev-shm-usage", "--no-sandbox"])
        first_page(browser, "hello")  # warms the disk cache
        pairs = [(first_page(browser, "run", app), first_page(browser, "hello")) for _ in range(TURNS)]
        start = median(a / b for a, b in pairs)
        print(f"spawn → first page, app / streamlit hello: {start:.2f} (limit 1.5; {median(a for a, _ in pairs):.2f} s)")
        with Server("hello") as server:
            time.sleep(3)
            page = browser.new_page()
            finished = Finished(page)
            page.goto(server.address)
            page.wait_for_timeout(3000)
            hello = reruns(page, finished, ("r",))
        with Server("run", app) as server:
            time.sleep(3)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            finished = Finished(page)
            page.goto(server.address)
            page.get_by_role("button", name="Open a sample exam").first.click()
            page.get_by_text("Calibrated score").wait_for(timeout=120_000)
            page.wait_for_selector(IDLE)
            page.wait_for_timeout(3000)
            loaded = reruns(page, finished, ("ArrowRight", "ArrowLeft"))  # the viewer's own controls ask the server for nothing
        beside = f"{loaded / hello:.2f} × a rerun of streamlit hello"
        print(f"another view of a loaded exam: {1000 * loaded:.0f} ms (limit {1000 * RERUN:.0f}), {beside}")
        browser.close()
    return int(start > 1.5 or not 0 < loaded <= RERUN)


if __name__ == "__main__":
    sys.exit(main())
