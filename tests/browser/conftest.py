"""The real app in a real Chromium, started from a folder that is not the project's."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect

from dashboard.phrases import read
from dashboard.phrases.navigation import PAGES

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
expect.set_options(timeout=60_000)  # milliseconds: as patient as the page itself, on a machine that does something else, too


@pytest.fixture(scope="session")
def browser_type_launch_args():
    """Chromium of the system; nothing is downloaded."""
    if not CHROMIUM:
        pytest.skip("CHROMIUM IS MISSING: apt-get install chromium, or set CHROMIUM to its path")
    return {"executable_path": CHROMIUM, "args": ["--disable-dev-shm-usage", "--no-sandbox"]}


@pytest.fixture(scope="session")
def browser_context_args():
    """A small reading station."""
    return {"viewport": {"width": 1440, "height": 900}}


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """Address of the running app."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    command = [str(Path(sys.executable).with_name("streamlit")), "run", str(ROOT / "dashboard" / "app.py"), "--server.port", str(port)]
    environment = os.environ | {"SECOND_READER_RUNS": str(elsewhere / "runs"), "SECOND_READER_CACHE": str(elsewhere / "grids")}
    with (
        open(elsewhere / "log", "w") as log,
        subprocess.Popen(command, cwd=elsewhere, env=environment, stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(address, process)
            yield address
        finally:
            process.terminate()
    assert "Traceback" not in (elsewhere / "log").read_text()


def _wait(address, process):
    for _ in range(300):
        assert process.poll() is None, "the server stopped"
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2)
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(address)


class App:
    """The page, and what went wrong on it."""

    def __init__(self, page, address):
        self.page, self.errors, self.outside = page, [], []
        page.set_default_timeout(60_000)
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: self.errors.append(str(e)))
        page.on("request", self._note)
        page.goto(address)
        self.settle()

    def _note(self, request):
        if not request.url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")):
            self.outside.append(request.url)

    def settle(self):
        """Wait until the script has run and stays so."""
        for _ in range(2):
            self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
            self.page.wait_for_timeout(400)

    def more(self):
        """Show the drop zone and the samples: on the first screen they are there, else behind the list's plus."""
        plus = self.page.locator("[class*=st-key-add_exams] button")
        if plus.count():
            plus.first.click()
            self.page.locator(".st-key-upload").wait_for()

    def upload(self, *paths):
        self.more()
        self.page.set_input_files(".st-key-upload input[type=file]", [str(p) for p in paths])
        self.page.wait_for_timeout(300)
        self.settle()

    def go(self, name):
        """Open a page by its title, through the section of the navigation that holds it."""
        section = next(p.section for p in PAGES.values() if p.title == name)
        if section:
            self.page.get_by_test_id("stTopNavSection").filter(has_text=section).click()
        self.page.get_by_role("menuitem" if section else "link", name=name, exact=True).click()
        self.settle()

    def sample(self):
        """Open the next sample exam."""
        self.more()
        self.page.get_by_role("button", name="Sample exam").first.click()
        self.page.wait_for_timeout(500)
        self.settle()
        expect(self.page.locator(".pane").first).to_have_attribute("data-ready", "1", timeout=60_000)
        self.panes()

    def headline(self):
        """The line with the AI result of the open exam, once it is there: a server that has just started imports torch first."""
        line = self.page.locator(".st-key-exam_score")
        expect(line).to_be_visible(timeout=240_000)
        return line

    def menu(self, action):
        """Choose an action of the open exam's menu; returns the dialog that it opens."""
        self.page.locator(".st-key-exam_menu button").first.click()
        self.page.get_by_role("menuitem", name=action).click()
        self.settle()
        return self.page.get_by_role("dialog")

    def show_after(self, mode):
        """Set for which exams the AI result waits for a read, in the settings."""
        self.page.locator(".st-key-settings button").first.click()
        self.page.get_by_role("combobox", name=read.INDEPENDENT_READ).click()
        self.page.get_by_role("option", name=read.INDEPENDENT_READ_MODES[mode]).click()
        self.settle()
        self.page.keyboard.press("Escape")
        expect(self.page.get_by_role("combobox", name=read.INDEPENDENT_READ)).to_have_count(0)
        self.settle()

    def panes(self, count=None):
        """What the viewer's panes tell of themselves (their data- attributes), once all images are up."""
        panes = self.page.locator(".pane")
        if count is not None:
            expect(panes).to_have_count(count, timeout=60_000)  # as patient as the page itself
        for n in range(panes.count()):
            expect(panes.nth(n)).to_have_attribute("data-ready", "1", timeout=60_000)
        self.page.wait_for_timeout(300)  # a drag or a wheel is drawn with the next frame
        return panes.evaluate_all("all => all.map((pane) => ({...pane.dataset}))")

    def mammogram(self):
        """Image of the mammogram's part of the page, without the controls, as PNG bytes."""
        self.page.wait_for_timeout(500)
        self.panes()
        return self.page.locator(".st-key-image_box .stage").screenshot()


@pytest.fixture
def start():
    """The App class, for tests that prepare the page before it is opened."""
    return App


@pytest.fixture
def app(page, server):
    """A fresh session; afterwards nothing may have left the machine and no script may have failed."""
    app = App(page, server)
    yield app
    assert app.outside == []
    assert app.errors == []
