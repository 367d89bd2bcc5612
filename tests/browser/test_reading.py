"""The paths a reader takes: open, look, heatmap, compare, reports."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from core.datasets.phantom import dicom_bytes, draw, make, plan_exam, png_bytes
from core.datasets.phantom.objects import SYNTAXES
from dashboard import phrases
from dashboard.phrases import data, first_screen, read, reports
from dashboard.phrases import session as lists

# The browser driver leaves sockets to the garbage collector when a page closes.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A phantom as DICOM and as PNG, a PGM of noise, and a file that is no image."""
    folder = tmp_path_factory.mktemp("files")
    view = draw(plan_exam(6, 3), "L", "MLO", "medium")
    (folder / "one.dcm").write_bytes(dicom_bytes(view))
    (folder / "two.png").write_bytes(png_bytes(draw(plan_exam(6, 4), "R", "CC", "small")))
    (folder / "three.pgm").write_bytes(b"P5 300 300 255\n" + np.random.default_rng(0).integers(0, 256, 90000).astype(np.uint8).tobytes())
    (folder / "four.txt").write_bytes(b"not an image")
    return folder


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_upload_score_heatmap_compare(app, files):
    app.upload(files / "one.dcm")
    expect(app.headline()).to_have_text(re.compile(r"L MLO 0\.\d+ ▼ below 0\.\d+"))
    plain = pixels(app.mammogram())
    # Grey and mostly black at first: the reader looks at the mammogram, not at colours.
    assert np.ptp(plain, axis=2).max() < 12
    assert plain.max() > 150
    app.page.keyboard.press("h")
    app.page.wait_for_timeout(500)
    assert np.ptp(pixels(app.mammogram()), axis=2).max() < 12  # no colour below the threshold
    app.page.keyboard.press("b")
    expect(app.page.locator(".contour text")).not_to_be_empty()
    assert np.ptp(pixels(app.mammogram()), axis=2).max() > 40
    expect(app.page.get_by_text("Grad-CAM, ", exact=False)).to_be_visible()
    app.go("Filters")
    for name in phrases.FILTERS.values():
        expect(app.page.locator(".st-key-row_box").get_by_text(name)).to_be_visible()


def test_mixed_upload_keyboard_and_removal(app, files):
    app.upload(files / "one.dcm", files / "four.txt", files / "two.png", files / "three.pgm")
    app.page.get_by_text(lists.refused(1, 4, ["four.txt"])).click()
    expect(app.page.get_by_text("This is a text file", exact=False)).to_be_visible()
    rows = app.page.locator("button.row")
    expect(rows).to_have_count(3)
    rows.nth(1).click()
    app.settle()
    expect(app.page.get_by_text("View not labelled").first).to_be_visible()
    rows.nth(2).click()
    app.settle()
    expect(app.page.get_by_test_id("stMain").get_by_text(phrases.CANNOT_ASSESS)).to_be_visible()
    app.page.locator(".st-key-settings button").first.click()
    app.page.get_by_role("button", name=lists.REMOVE_ALL).click()
    app.settle()
    expect(app.page.get_by_text(first_screen.SENTENCE)).to_be_visible()


def test_sample_exam_and_export(app):
    app.page.get_by_role("button", name="Sample exam").first.click()
    app.page.wait_for_timeout(500)
    app.settle()
    assert [p["view"] for p in app.panes(4)] == ["R CC", "L CC", "R MLO", "L MLO"]
    dialog = app.menu(read.EXPORT)
    with app.page.expect_download() as download:
        dialog.get_by_role("button", name=read.SAVE_IMAGE).click()
    image = Image.open(download.value.path())
    assert image.format == "PNG"
    assert not image.info.get("Author")
    assert download.value.suggested_filename.startswith("second-reader-")


def test_zoom_by_wheel(app, files):
    app.upload(files / "one.dcm")
    before = app.mammogram()
    box = app.page.locator(".st-key-image_box").bounding_box()
    app.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    app.page.mouse.wheel(0, -600)
    assert np.abs(pixels(app.mammogram()) - pixels(before)).mean() > 2


def test_reports_models_about(app):
    app.go("Compare models")
    expect(app.page.get_by_text(reports.NOTHING_COMPARABLE)).to_be_visible()  # of the shipped ones
    app.go("Models")
    app.page.get_by_role("combobox", name=reports.MODEL, exact=True).click()
    app.page.get_by_role("option", name="Phantom triage (SYNTHETIC)").click()
    app.settle()
    expect(app.page.get_by_role("heading", name=reports.METRICS)).to_be_visible()
    app.page.get_by_role("tab", name=reports.TABS["point"]).click()
    expect(app.page.get_by_role("heading", name=reports.RATES_TITLE)).to_be_visible()
    app.go("About")
    expect(app.page.get_by_role("heading", name="Not intended for")).to_be_visible()


def test_a_click_on_the_matrix_shows_its_images_and_one_opens_in_read(app):
    app.go("Models")
    app.page.get_by_role("combobox", name=reports.MODEL, exact=True).click()
    app.page.get_by_role("option", name="Phantom triage (SYNTHETIC)").click()
    app.settle()
    matrix = app.page.locator("[class*=st-key-confusion_] .nsewdrag").first
    matrix.scroll_into_view_if_needed()
    box = matrix.bounding_box()
    app.page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] * 3 / 4)  # false negatives
    app.page.wait_for_timeout(500)
    app.settle()
    expect(app.page.get_by_text(reports.GALLERY_COUNT.format(n=12, wrong=12))).to_be_visible()
    order = app.page.get_by_role("combobox", name="Order")
    order.scroll_into_view_if_needed()
    app.page.wait_for_timeout(300)  # a list that opens while the page still moves is closed by it
    order.click()
    app.page.get_by_role("option", name=reports.ORDERS["errors"]).click()
    app.settle()
    expect(app.page.get_by_role("button", name="Read", exact=True)).to_have_count(12)
    app.page.get_by_role("button", name="Read", exact=True).first.click()
    app.page.wait_for_timeout(500)
    app.settle()
    expect(app.headline()).to_contain_text("▼ below")


def test_a_report_has_an_address(app):
    app.page.goto(f"{app.page.url.rstrip('/')}/models?model=roboflow-tumour")
    app.settle()
    expect(app.page.get_by_role("combobox", name=reports.MODEL, exact=True)).to_have_value("Roboflow tumour")
    app.errors.clear()  # Streamlit looks for its own files below a page's address first, and is told that they are not there


def test_the_operating_point_drives_the_page(app):
    app.go("Models")
    slider = app.page.locator("[class*=st-key-threshold_]").get_by_role("slider")
    cards = app.page.get_by_test_id("stMetricValue")
    before = cards.all_inner_texts()
    slider.focus()
    for _ in range(12):
        app.page.keyboard.press("ArrowRight")
    app.page.wait_for_timeout(500)
    app.settle()
    after = cards.all_inner_texts()
    assert after[0] == before[0]  # the AUROC has no threshold
    assert after[1:] != before[1:]
    expect(app.page.get_by_text(reports.CHOSEN, exact=False)).to_be_visible()


def test_the_whole_exam_hangs_by_key(app):
    app.page.get_by_role("button", name="Sample exam").first.click()
    app.page.wait_for_timeout(500)
    app.settle()
    app.panes(4)
    hung = pixels(app.mammogram())
    app.page.keyboard.press("e")
    assert app.panes(1)[0]["view"] == "R CC"
    alone = pixels(app.mammogram())
    app.page.keyboard.press("e")
    app.panes(4)
    again = pixels(app.mammogram())
    assert np.abs(again - hung).mean() < 1
    assert hung.shape == alone.shape
    assert np.abs(hung - alone).mean() > 5
    for name in ("R CC", "L CC", "R MLO", "L MLO"):
        expect(app.page.locator(".st-key-image_box").get_by_text(name, exact=False).first).to_be_visible()


def test_a_folder_is_shown_and_audited(app, tmp_path):
    make(tmp_path / "drawn", 2, 5, size="small")
    app.go("Check a folder")
    box = app.page.get_by_role("combobox").first
    box.fill(str(tmp_path / "drawn"))
    box.press("Enter")
    app.page.wait_for_timeout(500)
    app.settle()
    expect(app.page.get_by_role("img", name="Image ", exact=False).first).to_be_visible()
    app.page.get_by_role("button", name=data.AUDIT).click()
    expect(app.page.get_by_text("2 patients were found in 8 images", exact=False)).to_be_visible()
    app.settle()


def test_the_mammogram_fills_the_window(app, files):
    app.upload(files / "one.dcm")
    height = app.page.locator(".st-key-image_box").bounding_box()["height"]
    assert height > 0.85 * 900
    assert app.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_mammogram_stays_while_the_text_beside_it_is_scrolled(app):
    app.sample()
    app.headline()
    box, main, column = (app.page.locator(name) for name in (".st-key-image_box", "[data-testid=stMain]", ".st-key-result_column"))
    for element in (main, column):  # a small reading station shows the whole card
        assert element.evaluate("e => e.scrollHeight - e.clientHeight") == 0
    app.page.set_viewport_size({"width": 1440, "height": 460})
    app.page.wait_for_timeout(500)
    before = box.bounding_box()
    column.evaluate("e => e.scrollTo(0, e.scrollHeight)")
    app.page.wait_for_timeout(300)
    assert column.evaluate("e => e.scrollTop") > 200
    assert abs(box.bounding_box()["y"] - before["y"]) < 10


def test_real_mammograms(app, real_data):
    app.upload(real_data / "mini-mias" / "all-mias" / "mdb028.pgm", real_data / "dicom-samples" / "RG1_J2KI")
    expect(app.page.get_by_text(read.HIDDEN, exact=False).first).to_be_visible()
    assert "threshold" not in app.page.content()
    strip, stage = (app.page.locator(f".viewer {part}").bounding_box() for part in (".strip", ".stage"))
    assert strip["y"] >= stage["y"] + stage["height"]  # nothing lies over the mammogram
    app.page.get_by_role("radio", name="4", exact=True).click()
    app.page.get_by_role("button", name=read.RECORD, exact=True).click()
    app.page.wait_for_timeout(500)
    app.settle()
    expect(app.page.locator(".st-key-my_read")).to_contain_text("BI-RADS 4")
    app.headline()
    app.page.locator(".st-key-model_drawer button").first.click()
    expect(app.page.get_by_text("was chosen because this image is a clinical mammogram", exact=False)).to_be_visible()
    app.page.keyboard.press("Escape")
    expect(app.page.get_by_role("dialog")).to_have_count(0)
    app.page.keyboard.press("n")
    app.settle()
    expect(app.page.get_by_text("another body part", exact=False)).to_be_visible()


def test_reading_many_files_is_stopped_by_hand(app, tmp_path):
    data = dicom_bytes(draw(plan_exam(3, 1), "L", "MLO", "full"), syntax=SYNTAXES[1])  # JPEG 2000: some seconds each
    for n in range(8):
        changed = bytearray(data)
        changed[10] = n  # in the preamble: another file, the same image
        (tmp_path / f"{n}.dcm").write_bytes(changed)
    app.page.set_input_files(".st-key-upload input[type=file]", [str(p) for p in sorted(tmp_path.glob("*.dcm"))])
    expect(app.page.get_by_text("of 8", exact=False)).to_be_visible(timeout=60_000)  # one is read
    expect(app.page.get_by_text(f"0.dcm: {lists.OPEN}")).to_be_visible()
    expect(app.page.get_by_text(f"7.dcm: {lists.WAITING}")).to_be_visible()
    app.page.locator(".st-key-stop_reading button").first.click()
    app.settle()
    expect(app.page.get_by_text(lists.STOPPED, exact=False)).to_be_visible(timeout=60_000)
    rows = app.page.locator("button.row")
    expect(rows.first).to_be_visible()
    app.settle()
    views = int(re.search(r"(\d+) views?", app.page.locator(".st-key-exam_header").inner_text()).group(1))  # of one study
    assert views < 8
    rows.first.click()  # what was read stays and works
    app.settle()
    assert app.panes(1)
