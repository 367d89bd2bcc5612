"""An exam is saved, outlives the session, opens again and is deleted, in a real browser."""

import pytest
from playwright.sync_api import expect

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.folders import saved_folder
from core.store import IMAGES, saved_exams
from dashboard.phrases import first_screen, read, session

# The browser driver leaves sockets to the garbage collector when a page closes.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


def test_save_reload_open_delete(app, tmp_path):
    (tmp_path / "one.dcm").write_bytes(dicom_bytes(draw(plan_exam(6, 3), "L", "MLO", "medium")))
    app.upload(tmp_path / "one.dcm")
    page = app.page
    expect(page.locator(".st-key-exam_score")).to_be_visible(timeout=60_000)  # the AI result is there, and is saved too
    saving = app.menu(read.SAVE_EXAM)
    expect(saving.get_by_text(read.NOT_SAVED)).to_be_visible()
    saving.get_by_role("button", name=read.SAVE_EXAM).click()
    app.settle()
    entry = saved_exams.entries()[0]
    expect(saving.get_by_text(f"Saved as {entry.id}")).to_be_visible()
    assert [p.checkpoint for p in entry.predictions] == ["phantom-triage"]
    page.keyboard.press("Escape")
    page.locator(".st-key-settings button").first.click()
    page.get_by_role("button", name=session.REMOVE_ALL).click()
    app.settle()
    expect(page.get_by_text(first_screen.SENTENCE)).to_be_visible()
    page.get_by_text(read.SAVED_EXAMS).click()
    app.settle()
    page.get_by_role("button", name=entry.id, exact=True).click()
    app.settle()
    expect(page.locator(".st-key-exam_score")).to_contain_text("0.", timeout=60_000)
    saving = app.menu(read.SAVE_EXAM)
    expect(saving.get_by_text(f"Saved as {entry.id}")).to_be_visible()
    saving.get_by_role("button", name=read.DELETE, exact=True).first.click()
    page.get_by_role("button", name=read.DELETE_CONFIRM).click()
    app.settle()
    expect(page.get_by_text(first_screen.SENTENCE)).to_be_visible()
    assert saved_exams.entries() == []
    assert not list((saved_folder() / IMAGES).iterdir())
