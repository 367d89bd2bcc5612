"""Writing a kernel, and looking at what the network saw: a canvas and a size that AppTest cannot see."""

import pytest
from playwright.sync_api import expect

from dashboard.phrases import filters as text
from dashboard.phrases import read

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


def write(app, value):
    """Type into the middle entry of the identity's table."""
    table = app.page.locator(".st-key-kernel_identity canvas").first
    table.scroll_into_view_if_needed()
    app.page.wait_for_timeout(500)  # the images below it are up, and it no longer moves
    box = table.bounding_box()
    # A column of names, then three of numbers; a line of heads, then three of entries.
    app.page.mouse.dblclick(box["x"] + box["width"] * 0.62, box["y"] + box["height"] * 0.6)
    entry = app.page.locator("#portal input, #portal textarea").first
    entry.fill(value)
    entry.press("Enter")
    app.page.wait_for_timeout(500)
    app.settle()


def test_a_kernel_is_written_and_read_with(app):
    app.sample()
    app.go("Filters")
    app.page.get_by_text(text.OWN_KERNEL, exact=True).click()
    app.page.wait_for_timeout(500)
    app.settle()
    expect(app.page.get_by_text(text.SUM_ONE)).to_be_visible()
    expect(app.page.locator(".st-key-row_box").get_by_text(text.CUSTOM_TITLE)).to_be_visible()
    write(app, "2")
    expect(app.page.get_by_text(text.SUM_OTHER.format(total=2))).to_be_visible()
    write(app, "0")
    expect(app.page.get_by_text("All entries of the kernel are 0", exact=False)).to_be_visible()
    expect(app.page.locator(".st-key-row_box").get_by_text(text.CUSTOM_TITLE)).to_have_count(0)
    app.page.get_by_text(text.SWEEP).click()
    expect(app.page.get_by_text("With gamma from", exact=False)).to_be_visible(timeout=60_000)  # some forty images are scored
    app.settle()


def test_the_last_step_has_its_true_size(app):
    app.sample()
    app.page.get_by_role("button", name=read.DETAILS).click()
    app.page.get_by_role("tab", name=read.DETAIL_TABS[1]).click()
    image = app.page.get_by_alt_text("The tensor's first channel", exact=False)
    expect(image).to_be_visible()
    app.settle()
    shown, own = image.evaluate(
        "e => [[e.getBoundingClientRect().width, e.getBoundingClientRect().height], [e.naturalWidth, e.naturalHeight]]"
    )
    assert shown == own
    assert min(own) > 100
