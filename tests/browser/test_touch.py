"""Fingers on the viewer: one changes the window, two take the image along, and the page below stays where it is."""

import json

import pytest

# The browser driver leaves sockets to the garbage collector when a page closes.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]
PAGE = "[window.visualViewport.scale, window.scrollY, document.querySelector('[data-testid=stMain]').scrollTop]"


class Fingers:
    """A hand on the glass of a page, by the browser's own input."""

    def __init__(self, page):
        self.page, self.wire = page, page.context.new_cdp_session(page)

    def _send(self, kind, points):
        touches = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]
        self.wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
        self.page.wait_for_timeout(20)

    def drag(self, *ways, steps=6):
        """Each way is (start, end) of a finger; they land one after the other and leave together."""
        for n in range(len(ways)):
            self._send("touchStart", [start for start, _ in ways[: n + 1]])
        for step in range(1, steps + 1):
            self._send("touchMove", [tuple(a + (b - a) * step / steps for a, b in zip(*way, strict=True)) for way in ways])
        self._send("touchEnd", [])

    def tap(self, point):
        """A short touch."""
        self._send("touchStart", [point])
        self._send("touchEnd", [])


@pytest.fixture
def touched(browser, server, start):
    """The app with a sample exam, on a screen that is touched; (app, fingers)."""
    context = browser.new_context(viewport={"width": 1180, "height": 820}, has_touch=True)
    app = start(context.new_page(), server)
    app.sample()
    app.page.keyboard.press("4")
    app.panes(4)
    app.page.wait_for_timeout(500)
    yield app, Fingers(app.page)
    context.close()


def middle(app, n=0):
    box = app.page.locator(".pane").nth(n).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def under(app, n, x, y):
    """Which point of the mammogram of pane `n`, in shares of it, lies at a point of the page."""
    box = app.page.locator(".pane").nth(n).bounding_box()
    left, top, width, height = (float(v) for v in app.panes(4)[n]["frame"].split(","))
    return (x - box["x"] - left) / width, (y - box["y"] - top) / height


def test_one_finger_changes_the_window_of_all(touched):
    app, fingers = touched
    before, page = app.panes(4), app.page.evaluate(PAGE)
    x, y = middle(app)
    fingers.drag(((x, y), (x + 90, y + 40)))
    after = app.panes(4)
    assert len({p["voi"] for p in after}) == 1
    window, was = json.loads(after[0]["voi"]), json.loads(before[0]["voi"])
    assert window["upper"] - window["lower"] > was["upper"] - was["lower"] + 200
    assert [p["zoom"] for p in after] == [p["zoom"] for p in before]
    assert app.page.evaluate(PAGE) == page


def test_two_fingers_take_the_image_along_in_all_panes(touched):
    app, fingers = touched
    before, page = app.panes(4), app.page.evaluate(PAGE)
    x, y = middle(app)
    held = under(app, 0, x, y)
    # Twice as far apart, and 30 to the right with their middle.
    fingers.drag(((x - 50, y), (x - 70, y)), ((x + 50, y), (x + 130, y)))
    after = app.panes(4)
    assert len({p["zoom"] for p in after}) == 1
    assert float(after[0]["zoom"]) == pytest.approx(2, rel=0.02)
    assert under(app, 0, x + 30, y) == pytest.approx(held, abs=0.01)
    assert [p["voi"] for p in after] == [p["voi"] for p in before]
    assert app.page.evaluate(PAGE) == page
    fingers.drag(((x, y), (x + 60, y)))  # and one finger is for the window again
    assert app.panes(4)[0]["voi"] != before[0]["voi"]


def test_a_double_tap_opens_a_view_alone(touched):
    app, fingers = touched
    for _ in range(2):
        fingers.tap(middle(app, 3))
    app.page.wait_for_timeout(1000)
    app.settle()
    assert [p["view"] for p in app.panes(1)] == ["L MLO"]
    assert app.page.evaluate(PAGE)[0] == 1
