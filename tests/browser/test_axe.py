"""Nothing serious hinders readers who use a keyboard, a screen reader or little contrast (axe-core's rules)."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from dashboard.phrases.navigation import PAGES

# The browser driver leaves sockets to the garbage collector when a page closes.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


def serious(page):
    found = Axe().run(page).response["violations"]
    return [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found if v["impact"] in ("serious", "critical")]


def test_axe_finds_nothing_serious(app):
    assert serious(app.page) == []
    app.sample()
    assert serious(app.page) == []
    app.page.keyboard.press("h")
    app.page.wait_for_timeout(1000)
    assert serious(app.page) == []
    for name in [p.title for p in PAGES.values()]:
        app.go(name)
        assert (name, serious(app.page)) == (name, [])
