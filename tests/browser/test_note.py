"""Report text on the open exam, typed in a real browser: letters that are shortcuts elsewhere are letters here."""

import pytest
from playwright.sync_api import expect

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from dashboard.phrases import read

# The browser driver leaves sockets to the garbage collector when a page closes.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


def test_a_note_gets_its_score_and_the_fused_one(app, tmp_path):
    (tmp_path / "one.dcm").write_bytes(dicom_bytes(draw(plan_exam(6, 3), "L", "MLO", "medium")))
    app.upload(tmp_path / "one.dcm")
    app.page.get_by_text(read.REPORT_TEXT, exact=True).first.click()
    box = app.page.locator("textarea").first
    box.click()
    app.page.keyboard.type("The shape: irregular mass with spiculated margin, here.")
    app.settle()
    expect(app.page.locator("[aria-keyshortcuts=H]")).to_have_attribute("aria-pressed", "false")  # h and e typed here switch nothing
    box.press("Control+Enter")
    app.settle()
    expect(app.page.get_by_text(f"{read.RECOGNISED}: irregular, spiculated")).to_be_visible()
    expect(app.page.get_by_text("Image alone (phantom-triage): Score", exact=False)).to_be_visible()
    expect(app.page.get_by_text("Text alone (cbis-notes): Score", exact=False)).to_be_visible()
    expect(app.page.get_by_text("Both, fused: Score", exact=False)).to_be_visible()
    expect(app.page.get_by_text("the note is nearly the answer, a proxy", exact=False)).to_be_visible()
    mode = app.page.get_by_role("combobox", name=read.INDEPENDENT_READ)
    mode.scroll_into_view_if_needed()
    app.settle()
    mode.click()
    app.page.wait_for_timeout(500)
    app.page.get_by_role("option", name=read.INDEPENDENT_READ_MODES["always"]).click()
    app.settle()
    expect(app.page.get_by_text(read.REPORT_TEXT_HIDDEN)).to_be_visible()
    expect(app.page.get_by_text("Text alone", exact=False)).to_have_count(0)
    expect(box).to_have_value("The shape: irregular mass with spiculated margin, here.")
