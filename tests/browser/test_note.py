"""Report text on the open exam, typed in a real browser: letters that are shortcuts elsewhere are letters here."""

import io
import re

import pytest
from playwright.sync_api import expect
from pydicom import dcmread
from pydicom.uid import generate_uid

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from dashboard.phrases import read

# The browser driver leaves sockets to the garbage collector when a page closes.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


def report_text(app):
    """The box for the text in the drawer with the report."""
    app.page.locator(".st-key-report button").click()
    app.page.get_by_role("tab", name=read.REPORT_TABS[1]).click()
    return app.page.get_by_role("tabpanel", name=read.REPORT_TABS[1]).locator("textarea")


def test_a_note_gets_its_score_and_the_fused_one(app, tmp_path):
    (tmp_path / "one.dcm").write_bytes(dicom_bytes(draw(plan_exam(6, 3), "L", "MLO", "medium")))
    app.upload(tmp_path / "one.dcm")
    app.headline()
    box = report_text(app)
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
    app.page.keyboard.press("Escape")
    expect(app.page.get_by_role("dialog")).to_have_count(0)
    app.show_after("always")
    box = report_text(app)
    expect(app.page.get_by_text(read.REPORT_TEXT_HIDDEN)).to_be_visible()
    expect(app.page.get_by_text("Text alone", exact=False)).to_have_count(0)
    expect(box).to_have_value("The shape: irregular mass with spiculated margin, here.")


def test_the_drawer_stays_open_when_the_ai_result_arrives(app, tmp_path):
    score = app.page.locator(".st-key-exam_score")
    paths = []
    for side, view in (("R", "CC"), ("R", "MLO"), ("L", "CC"), ("L", "MLO")):
        ds = dcmread(io.BytesIO(dicom_bytes(draw(plan_exam(6, 8), side, view, "full"))))
        for repeat in range(4):  # so that the hand is faster than the model
            ds.SOPInstanceUID, ds.PixelData = generate_uid(), ds.PixelData[:-2] + bytes([repeat, 0])
            paths.append(tmp_path / f"{side}_{view}_{repeat}.dcm")
            ds.save_as(paths[-1])
    app.upload(*paths)
    box = report_text(app)
    assert score.count() == 0  # still being computed
    box.click()
    app.page.keyboard.type("irregular mass")
    box.press("Control+Enter")
    for _ in range(40):  # until the score of the image is at hand
        app.settle()
        box.press("Control+Enter")
        if app.page.get_by_text("Image alone (phantom-triage): Score", exact=False).count():
            break
        box.press("End")
        app.page.keyboard.type(" ")
    expect(app.page.get_by_text("Image alone (phantom-triage): Score", exact=False)).to_be_visible()
    expect(box).to_have_value(re.compile("irregular mass"))
    assert score.count() == 0
    app.page.keyboard.press("Escape")
    expect(score).to_be_visible()  # the page follows once the drawer is closed
