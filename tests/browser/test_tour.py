"""The tour for somebody who only presses Next: it shows what it speaks of, and Next stays where it is."""

import time

import pytest
from playwright.sync_api import expect

from dashboard.learn import tour
from dashboard.phrases.navigation import PAGES

WAIT = 60_000  # milliseconds; the first model of a cold server takes its time
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


def test_the_tour_acts_and_next_stays_in_place(app):
    page = app.page
    following = page.locator(".st-key-tour_next button")
    page.locator(".st-key-tour_start button").first.click()
    expect(following).to_be_visible(timeout=WAIT)
    place, start, seconds = following.bounding_box(), time.monotonic(), []
    for step in tour.STEPS:
        expect(page.locator(".st-key-tour")).to_contain_text(step.words.title, timeout=WAIT)
        address = PAGES[step.page].address if step.page != "read" else ""
        page.wait_for_url(f"**/{address}*")
        for press in step.presses:
            if press in ("heat", "truth"):
                expect(page.locator(f"[data-{press}='1']").first).to_be_attached(timeout=WAIT)
        box = following.bounding_box()
        assert (box["x"], box["y"]) == pytest.approx((place["x"], place["y"]), abs=1), step.words.title
        seconds.append(round(time.monotonic() - start, 1))
        following.click()
    expect(following).to_have_count(0, timeout=WAIT)
    print("seconds at which each step was shown:", seconds)
    app.settle()
