"""The browser may take the graphics memory away at any time: the viewer says so, and goes on when it comes back."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

# The browser driver leaves sockets to the garbage collector when a page closes.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]
WATCH = """
const get = HTMLCanvasElement.prototype.getContext;
window.takers = new Map();
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  const webgl = /webgl/.test(kind);
  const found = webgl && window.gone ? null : get.call(this, kind, ...rest);
  if (webgl && found && !takers.has(found)) takers.set(found, found.getExtension("WEBGL_lose_context"));
  return found;
};
window.take = () => [...takers].filter(([context]) => !context.isContextLost()).map(([, taker]) => (taker.loseContext(), taker));
"""


@pytest.fixture
def opened(page, server, start):
    """The app with a sample exam hung, in a browser whose graphics memory can be taken."""
    page.add_init_script(WATCH)
    app = start(page, server)
    app.sample()
    page.keyboard.press("4")
    app.panes(4)
    return app


def test_lost_memory_is_said_and_the_exam_comes_back_as_it_was(opened):
    page = opened.page
    page.keyboard.press("h")
    page.locator(".pane").first.hover()
    page.mouse.wheel(0, -240)
    page.mouse.down()
    page.mouse.move(*(page.locator(".pane").first.bounding_box()[k] + 150 for k in ("x", "y")), steps=4)
    page.mouse.up()
    before, shown = opened.panes(4), np.asarray(Image.open(io.BytesIO(opened.mammogram())).convert("L")).astype(int)
    page.evaluate("window.taken = take()")
    notice = page.locator(".lost p")
    expect(notice).to_be_visible()
    page.evaluate("taken.forEach((taker) => taker.restoreContext())")
    expect(notice).to_be_hidden(timeout=60_000)
    after = opened.panes(4)
    for what in ("view", "voi", "zoom", "pan"):
        assert [p[what] for p in after] == [p[what] for p in before]
    again = np.asarray(Image.open(io.BytesIO(opened.mammogram())).convert("L")).astype(int)
    assert shown.max() > 100
    assert np.abs(again - shown).mean() < 0.5


def test_memory_that_stays_away_leaves_the_plain_image(opened):
    page = opened.page
    page.evaluate("window.gone = true; take()")
    expect(page.get_by_text("does not return the graphics memory", exact=False)).to_be_visible(timeout=30_000)
    page.locator(".lost button").click()
    expect(page.get_by_text("This browser took the graphics memory away", exact=False)).to_be_visible()
    expect(page.locator(".st-key-image_box .js-plotly-plot")).to_be_visible()
