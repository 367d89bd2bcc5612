"""In a real Chromium: spawn → first page beside `streamlit hello`, and a control's rerun on a loaded case.

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

ROOT = Path(__file__).resolve().parents[1]
STREAMLIT = str(Path(sys.executable).with_name("streamlit"))
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
TURNS = 3
RERUN_LIMIT = 0.3  # seconds; a script with one slider settles too fast for its state to be seen, so the limit is absolute


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


WATCH = """() => {
    const app = document.querySelector('[data-testid=stApp]'); window.settled = 0;
    new MutationObserver(() => {
        if (app.dataset.testScriptState === 'notRunning') window.settled = performance.now();
    }).observe(app, {attributes: true});
}"""


def reruns(page: Page, slider: str) -> float:
    """Median seconds from a key press on a slider until the script has run, by the page's own clock."""
    page.evaluate(WATCH)
    page.locator(slider).get_by_role("slider").focus()
    times = []
    for n in range(TURNS * 2):
        start = page.evaluate("performance.now()")
        page.keyboard.press("ArrowRight" if n % 2 else "ArrowLeft")
        page.wait_for_timeout(1500)
        times.append((page.evaluate("window.settled") - start) / 1000)
    return median(times)


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
        with Server("run", app) as server:
            time.sleep(3)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(server.address)
            page.get_by_role("button", name="Open a sample exam").first.click()
            page.get_by_text("Calibrated score").wait_for(timeout=120_000)
            page.wait_for_selector(IDLE)
            page.get_by_role("button", name="Show heatmap").click()
            page.wait_for_timeout(3000)
            loaded = reruns(page, ".st-key-opacity")
        print(f"slider rerun on a loaded case / limit of {RERUN_LIMIT} s: {loaded / RERUN_LIMIT:.2f} ({1000 * loaded:.0f} ms)")
        browser.close()
    return int(start > 1.5 or not 0 < loaded <= RERUN_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
