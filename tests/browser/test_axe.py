"""Nothing serious hinders readers who use a keyboard, a screen reader or little contrast (axe-core's rules)."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from dashboard.phrases import navigation, read

# The browser driver leaves sockets to the garbage collector when a page closes.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


DARK = "rgb(14, 16, 17)"  # of the dark theme


# Contrast of 7 : 1, for a projector; the viewer's controls are dark in every theme.
ENHANCED = {"runOnly": ["color-contrast-enhanced"], "rules": {"color-contrast-enhanced": {"enabled": True}}}
VIEWER = "stBidiComponent"


def serious(page):
    found = Axe().run(page).response["violations"]
    return [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found if v["impact"] in ("serious", "critical")]


def faint(page):
    """Words of the light theme with a contrast below 7 : 1."""
    (found,) = Axe().run(page, options=ENHANCED).response["violations"] or [{"nodes": []}]
    return [n["html"][:200] for n in found["nodes"] if VIEWER not in str(n["target"])]


@pytest.mark.parametrize("theme", ["Dark", "Light", "presenter"])
def test_axe_finds_nothing_serious(page, server, start, theme):
    """On every page, before and after a read, with the heatmap, and in every drawer."""
    page.add_init_script(f"localStorage.setItem('second-reader-theme', '{theme.title()}')")
    app = start(page, server)
    if theme == "presenter":
        page.locator(".st-key-more button").first.click()
        page.get_by_text(navigation.PRESENTER).click()
        app.settle()
        page.keyboard.press("Escape")
    page.wait_for_timeout(1000)
    light = page.get_by_test_id("stApp").evaluate("e => getComputedStyle(e).backgroundColor") != DARK
    assert light == (theme != "Dark")
    assert serious(page) == []
    app.sample()
    assert serious(page) == []
    page.keyboard.press("h")
    page.wait_for_timeout(1000)
    assert serious(page) == []
    for drawer in (read.DETAILS, read.ROBUSTNESS, read.REPORT):
        page.get_by_role("button", name=drawer, exact=True).click()
        app.settle()
        assert (drawer, serious(page)) == (drawer, [])
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="detached")
    for name in [p.title for p in navigation.PAGES.values()]:
        app.go(name)
        assert (name, serious(page)) == (name, [])
        if theme == "presenter":
            assert (name, faint(page)) == (name, [])
    assert app.errors == app.outside == []
