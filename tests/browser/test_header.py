"""The right end of the header: dark or light, presenter mode, reset for the next visitor."""

import pytest
from playwright.sync_api import expect

from dashboard.phrases import first_screen, navigation, read, session

# The browser driver leaves sockets to the garbage collector when a page closes.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]
DARK, LIGHT = "rgb(14, 16, 17)", "rgb(255, 255, 255)"


def ground(app):
    return expect(app.page.get_by_test_id("stApp"))


def present(app):
    """Switch presenter mode on or off."""
    app.page.locator(".st-key-more button").first.click()
    app.page.get_by_text(navigation.PRESENTER).click()
    app.settle()
    app.page.keyboard.press("Escape")


def test_the_theme_is_changed_and_outlives_a_refresh_and_another_page(app):
    ground(app).to_have_css("background-color", DARK)
    app.page.get_by_role("button", name=navigation.LIGHT).click()
    ground(app).to_have_css("background-color", LIGHT)
    app.page.reload()
    app.settle()
    ground(app).to_have_css("background-color", LIGHT)
    app.go("About")
    ground(app).to_have_css("background-color", LIGHT)
    app.page.get_by_role("button", name=navigation.DARK).click()
    ground(app).to_have_css("background-color", DARK)


def test_presenter_mode_is_light_and_large_and_compares_before_and_after(app):
    app.sample()
    size = "() => getComputedStyle(document.documentElement).fontSize"
    assert app.page.evaluate(size) == "15px"
    present(app)
    ground(app).to_have_css("background-color", LIGHT)
    assert app.page.evaluate(size) == "19px"
    app.page.keyboard.press("h")
    app.page.keyboard.press("d")
    expect(app.page.locator(".divider")).to_have_count(4)
    divider = app.page.locator(".divider").first
    clipped = app.page.locator(".pane .evidence").first
    before = clipped.evaluate("c => getComputedStyle(c).clipPath")
    box = divider.bounding_box()
    app.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    app.page.mouse.down()
    app.page.mouse.move(box["x"] - 150, box["y"] + box["height"] / 2, steps=4)
    app.page.mouse.up()
    assert divider.bounding_box()["x"] < box["x"] - 100
    assert clipped.evaluate("c => getComputedStyle(c).clipPath") != before
    present(app)
    ground(app).to_have_css("background-color", DARK)
    expect(app.page.locator(".divider")).to_have_count(0)


def test_reset_leaves_nothing_for_the_next_visitor_but_the_presenters_mode(app):
    app.sample()
    page = app.page
    page.keyboard.press("Shift+Digit4")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=read.AMEND)).to_be_visible(timeout=30_000)
    present(app)
    page.get_by_role("button", name=navigation.RESET).click()
    app.settle()
    expect(page.get_by_text(first_screen.SENTENCE)).to_be_visible()
    assert "exam=" not in page.url
    ground(app).to_have_css("background-color", LIGHT)
    page.reload()
    app.settle()
    expect(page.get_by_text(first_screen.SENTENCE)).to_be_visible()
    app.sample()
    expect(page.get_by_test_id("stSidebar").get_by_text(session.STATES["unread"])).to_be_visible()
    expect(page.get_by_role("button", name=read.RECORD)).to_be_visible()
