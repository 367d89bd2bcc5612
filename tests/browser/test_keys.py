"""An exam is read by keys alone, as fast as they can be pressed."""

import pytest
from playwright.sync_api import expect

from dashboard.phrases import read

# The browser driver leaves sockets to the garbage collector when a page closes.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


def test_no_key_is_lost_however_fast_they_follow(app):
    """Also where the page is being drawn while they come, and the browser still sends the form's old values."""
    form = app.page.locator(".st-key-my_read")
    for category in (4, 2, 5):
        app.sample()
        for key in (f"Shift+Digit{category}", "Shift+KeyC", "Enter"):
            app.page.keyboard.press(key)
        expect(form.get_by_text(f"BI-RADS {category} · density c")).to_be_visible(timeout=30_000)
        expect(form.get_by_role("button", name=read.AMEND)).to_be_visible()
