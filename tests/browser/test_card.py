"""The card with the AI result is short and needs no scrolling, and the form is near for who has no mouse."""

import pytest
from playwright.sync_api import expect

from dashboard.phrases import read

# The browser driver leaves sockets to the garbage collector when a page closes.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]
MAX_WORDS = 60
MAX_TAB_STOPS = 10


def test_the_card_of_a_read_exam_is_short_and_on_screen(app):
    app.sample()
    app.page.keyboard.press("Shift+Digit4")
    app.page.keyboard.press("Enter")
    app.headline()
    card = app.page.locator(".st-key-ai_result")
    expect(card).to_contain_text(read.AGREES)
    app.settle()
    assert len(card.inner_text().split()) <= MAX_WORDS
    box = card.bounding_box()
    assert box["y"] + box["height"] <= 900
    for part in ("[data-testid=stMain]", ".st-key-result_column"):
        assert app.page.locator(part).evaluate("e => e.scrollHeight - e.clientHeight") <= 0


def test_the_form_is_near_without_a_mouse(app):
    app.sample()
    app.sample()  # with a second exam, the steps to the neighbours can be reached, too
    page = app.page
    page.reload()
    app.settle()
    app.panes()
    for _ in range(MAX_TAB_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.st-key-my_read') !== null"):
            return
        if page.evaluate("document.activeElement.hash === '#stMain'"):  # skip to main content
            page.keyboard.press("Enter")
    raise AssertionError(f"more than {MAX_TAB_STOPS} Tab stops")
