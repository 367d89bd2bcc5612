"""What a reader marks and records, in a real browser: it survives a refresh, and is saved as an image; an exam is hung with its prior."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from dashboard.phrases import read, session

# The browser driver leaves sockets to the garbage collector when a page closes.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "one.dcm"
    path.write_bytes(dicom_bytes(draw(plan_exam(6, 4), "L", "MLO", "small")))
    return path


def ellipse(app, dx, dy, reach=40):
    box = app.page.locator(".pane").first.bounding_box()
    x, y = box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2 + dy
    app.page.keyboard.press("o")
    app.page.mouse.move(x, y)
    app.page.mouse.down()
    app.page.mouse.move(x + reach / 2, y + reach / 2, steps=3)
    app.page.mouse.move(x + reach, y + reach, steps=3)
    app.page.mouse.up()
    app.page.wait_for_timeout(900)  # reported once the pointer rests
    app.settle()


def read_all_independently(app):
    """Every AI result waits for a read."""
    app.show_after("always")
    expect(app.page.locator(".st-key-ai_result").get_by_text(read.HIDDEN)).to_be_visible()


def test_marks_and_a_draft_read_survive_a_refresh(app, file):
    app.upload(file)
    app.panes(1)
    read_all_independently(app)
    app.panes(1)
    ellipse(app, -60, -40)
    marked = app.page.locator(".st-key-my_read").get_by_text("L MLO, ", exact=False)
    expect(marked).to_be_visible()
    words = marked.inner_text()
    app.page.get_by_role("radio", name="4", exact=True).click()
    app.page.get_by_role("textbox", name=read.NOTE, exact=True).fill("upper outer")
    app.page.get_by_role("textbox", name=read.NOTE, exact=True).press("Enter")
    app.settle()
    app.page.reload()
    app.settle()
    app.panes(1)
    expect(app.page.locator(".st-key-ai_result").get_by_text(read.HIDDEN)).to_be_visible()
    expect(marked).to_have_text(words)
    expect(app.page.get_by_role("radio", name="4", exact=True)).to_be_checked()
    expect(app.page.get_by_role("textbox", name=read.NOTE, exact=True)).to_have_value("upper outer")
    expect(app.page.locator(".pane svg.svg-layer ellipse").first).to_be_visible()  # drawn again
    app.page.get_by_role("button", name=read.RECORD, exact=True).click()
    app.settle()
    recorded = app.page.locator(".st-key-my_read")
    expect(recorded).to_contain_text("BI-RADS 4 · 1 finding")
    expect(recorded).to_contain_text("upper outer")
    app.page.reload()
    app.settle()
    expect(recorded).to_contain_text("BI-RADS 4 · 1 finding")
    recorded.get_by_test_id("stTooltipHoverTarget").first.hover()
    expect(app.page.get_by_test_id("stTooltipContent")).to_contain_text(words)


def test_another_browser_sees_none_of_it(app, file, browser, server, start):
    app.upload(file)
    app.panes(1)
    read_all_independently(app)
    app.page.get_by_role("radio", name="5", exact=True).click()
    app.settle()
    expect(app.page.get_by_role("radio", name="5", exact=True)).to_be_checked()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    other = start(context.new_page(), server)
    expect(other.page.locator("button.row")).to_have_count(0)
    other.upload(file)
    other.panes(1)
    read_all_independently(other)
    expect(other.page.get_by_role("radio", name="5", exact=True)).not_to_be_checked()
    context.close()


def test_the_last_mark_goes_with_backspace_and_all_with_delete(app, file):
    app.upload(file)
    app.panes(1)
    for dx, dy in ((-80, -160), (-80, 0), (-80, 160)):
        ellipse(app, dx, dy)
    ellipses = app.page.locator(".pane svg.svg-layer ellipse")
    drawn = ellipses.count()
    assert drawn >= 3
    app.page.keyboard.press("Backspace")
    app.page.wait_for_timeout(900)
    app.settle()
    left = ellipses.count()
    assert left == drawn * 2 // 3
    app.go("Filters")
    app.go("Read")
    app.panes(1)
    app.page.wait_for_timeout(600)
    assert ellipses.count() == left  # another page in between loses nothing
    app.page.keyboard.press("Delete")
    app.page.wait_for_timeout(900)
    app.settle()
    assert ellipses.count() == 0


def test_the_prior_hangs_below(app):
    app.page.get_by_role("button", name=session.SAMPLE_PRIOR).click()
    app.page.wait_for_timeout(500)
    app.settle()
    expect(app.page.locator(".pane")).to_have_count(8, timeout=20_000)
    panes = app.panes(8)
    assert [p["view"] for p in panes] == ["R CC", "L CC", "R MLO", "L MLO"] * 2
    assert len({p["zoom"] for p in panes}) == 1
    assert app.page.locator(".pane").get_by_text("14 months earlier").count() == 4
    frames = [[float(v) for v in p["frame"].split(",")] for p in panes]
    np.testing.assert_allclose([f[3] for f in frames[:4]], [f[3] for f in frames[4:]], rtol=1e-3)  # one millimetre scale
    app.page.keyboard.press("n")  # the prior, which has none of its own
    expect(app.page.locator(".pane")).to_have_count(4, timeout=60_000)
    app.settle()
    assert len(app.panes()) == 4
    expect(app.page.locator("[data-action=five]")).to_be_hidden()


def test_what_is_shown_is_saved_with_its_stamp(app, file):
    app.upload(file)
    app.panes(1)
    with app.page.expect_download() as download:
        app.page.keyboard.press("s")
    assert download.value.suggested_filename.startswith("second-reader-")
    saved = np.asarray(Image.open(io.BytesIO(download.value.path().read_bytes())).convert("RGB")).astype(int)
    box = app.page.locator(".stage").bounding_box()
    assert abs(saved.shape[1] - box["width"]) <= 1
    stamp = saved[-20:]
    assert ((stamp[..., 0] > 200) & (stamp[..., 2] < 160)).sum() > 300  # yellow letters under the mammogram
    shown = np.asarray(Image.open(io.BytesIO(app.mammogram())).convert("RGB")).astype(int)
    rows, cols = min(shown.shape[0], saved.shape[0] - 24), min(shown.shape[1], saved.shape[1])
    left, _, width, _ = (float(v) for v in app.panes(1)[0]["frame"].split(","))
    middle = np.s_[rows // 4 : 3 * rows // 4, max(cols // 4, round(left) + 1) : min(3 * cols // 4, round(left + width) - 1)]
    assert np.abs(saved[middle] - shown[middle]).mean() < 3
    app.page.keyboard.press("i")  # inverted as on the screen
    app.page.wait_for_timeout(500)
    with app.page.expect_download() as download:
        app.page.keyboard.press("s")
    turned = np.asarray(Image.open(io.BytesIO(download.value.path().read_bytes())).convert("RGB")).astype(int)
    assert np.abs(turned[middle] + saved[middle] - 255).mean() < 6
