"""Files become exams; an exam outlives a refresh, is named in the address, and belongs to its browser alone."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from core.datasets.phantom import draw, plan_exam
from dashboard.phrases import read, session

# The browser driver leaves sockets to the garbage collector when a page closes.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]
FOUR = [(side, view) for view in ("CC", "MLO") for side in "RL"]


@pytest.fixture
def files(tmp_path):
    """Four images that say in their names alone what they show, and a file that is none."""
    for n, (side, view) in enumerate(FOUR):
        pixels = draw(plan_exam(8, 1), side, view, "small").pixels[60:-60]
        name = f"2058690{n}_6c613a14b80a8591_MG_{side}_{'ML' if view == 'MLO' else view}_ANON.png"
        Image.fromarray((pixels / 16).astype(np.uint8)).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no image")
    return sorted(tmp_path.glob("*.*"))


@pytest.fixture
def grouped(app, files):
    """The app with the four as one exam."""
    app.upload(*files)
    expect(app.page.get_by_text(session.refused(1, 5, ["notes.txt"]))).to_be_visible()
    expect(app.page.locator("button.row")).to_have_count(4)
    app.page.get_by_role("button", name=session.GROUP, exact=True).click()
    expect(app.page.locator("button.row")).to_have_count(1)
    app.settle()
    app.panes()
    return app


def test_files_become_an_exam_that_a_refresh_brings_back(grouped):
    page = grouped.page
    page.locator(".st-key-dismiss button").first.click()
    expect(page.locator(".st-key-refused")).to_have_count(0)
    page.locator("button.menu").click()
    page.get_by_role("textbox", name=session.NAME, exact=True).fill("third of May")
    page.get_by_role("button", name=session.RENAME).click()
    expect(page.locator("button.row b")).to_have_text("third of May")
    page.get_by_role("radio", name="4", exact=True).first.click()
    grouped.settle()
    address = page.url
    assert "exam=" in address
    page.reload()
    grouped.settle()
    grouped.panes()
    assert page.url == address
    expect(page.locator("button.row b")).to_have_text("third of May")
    expect(page.get_by_role("radio", name="4", exact=True).first).to_be_checked()


def test_another_browser_finds_nothing_at_the_address(grouped, browser, start):
    address = grouped.page.url
    with browser.new_context() as context:
        other = start(context.new_page(), address)
        expect(other.page.get_by_text(session.UNKNOWN_EXAM)).to_be_visible()
        expect(other.page.locator("button.row")).to_have_count(0)


def test_a_second_tab_says_that_the_exam_has_changed(grouped, start):
    first = grouped.page
    second = start(first.context.new_page(), first.url)
    second.panes()
    first.get_by_role("radio", name="2", exact=True).first.click()
    first.get_by_role("button", name=read.RECORD).click()
    grouped.settle()
    second.page.get_by_role("radio", name="5", exact=True).first.click()
    expect(second.page.get_by_text(session.CHANGED_ELSEWHERE)).to_be_visible()
    second.settle()
    expect(second.page.get_by_text("BI-RADS 2", exact=False).first).to_be_visible()
    expect(second.page.locator("button.row .state")).to_have_text(session.STATES["read"])


def test_the_open_row_is_in_view_and_keys_reach_the_others(app, tmp_path):
    for n in range(24):
        Image.fromarray(np.full((120 + n, 90), n, np.uint8)).save(tmp_path / f"{n}.png")
    app.upload(*sorted(tmp_path.glob("*.png")))
    page = app.page
    rows = page.locator("button.row")
    expect(rows).to_have_count(24)
    assert rows.first.evaluate("row => row.parentElement.offsetHeight") == 40
    rows.last.click()
    app.settle()
    expect(rows.last).to_have_attribute("aria-current", "true")
    page.reload()
    app.settle()
    expect(rows.last).to_be_in_viewport()
    assert page.locator("li button[tabindex='0']").count() == 2  # one row is a stop of the tab key, with its menu
    rows.last.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    app.settle()
    expect(rows.nth(22)).to_have_attribute("aria-current", "true")
