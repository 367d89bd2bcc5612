"""The images of the README, taken from the running dashboard: phantoms only.

python docs/screenshots.py
"""

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).with_name("images")
VIEWPORT = {"width": 1440, "height": 900}
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
WAIT_MS = 120_000
REPORT = "phantom-triage"


def main() -> None:
    """Open the sample exam, and save Read with its heatmap, Filters, and a report."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        sys.exit("Chromium is missing: install the package 'chromium', or set CHROMIUM to its path.")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{s.getsockname()[1]}"
    with tempfile.TemporaryDirectory() as home, sync_playwright() as driver:
        command = [sys.executable, "-m", "core", "app", "--port", address.rsplit(":", 1)[1]]
        environment = os.environ | {"SECOND_READER_HOME": home, "SECOND_READER_DATA": ""}
        with subprocess.Popen(command, cwd=FOLDER.parents[1], env=environment, stdout=subprocess.DEVNULL) as server:
            try:
                wait_for(address)
                browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
                take(browser.new_page(viewport=VIEWPORT), address)
                browser.close()
            finally:
                server.terminate()


def wait_for(address: str) -> None:
    """Return when the server answers."""
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2)
            return
        except OSError:
            time.sleep(0.2)
    sys.exit("The dashboard did not start.")


def take(page: Page, address: str) -> None:
    """Walk through the pages."""
    page.set_default_timeout(WAIT_MS)
    page.goto(address)
    settle(page)
    page.locator(".st-key-sample button").first.click()
    ready(page, 4)
    for key in ("Shift+Digit4", "Shift+KeyC", "Enter", "h"):
        page.keyboard.press(key)
    page.locator(".st-key-exam_score").wait_for()
    page.mouse.move(0, 0)  # no tooltip in the image
    save(page, "read")
    page.get_by_role("link", name="Filters", exact=True).click()
    ready(page, 5)
    page.keyboard.press("h")
    page.mouse.move(0, 0)
    save(page, "filters")
    page.set_viewport_size(VIEWPORT | {"height": 1200})
    page.goto(f"{address}/models?model={REPORT}")
    save(page, "report")


def settle(page: Page) -> None:
    """Wait until the script has run, and the viewer has drawn."""
    for _ in range(3):
        page.wait_for_timeout(1000)
        page.wait_for_selector(IDLE)


def ready(page: Page, panes: int) -> None:
    """Wait until the viewer shows so many images."""
    settle(page)
    page.locator(".pane[data-ready='1']").nth(panes - 1).wait_for()


def save(page: Page, name: str) -> None:
    """Write the visible part of the page as WebP."""
    settle(page)
    FOLDER.mkdir(exist_ok=True)
    Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(FOLDER / f"{name}.webp", quality=80, method=6)


if __name__ == "__main__":
    main()
