"""The viewer in a real browser: what hands do, what the pixels say, and who may fetch them."""

import io
import json
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.scans import read_scan
from dashboard.cache import samples
from dashboard.phrases import read, session
from dashboard.phrases import viewer as words

# The browser driver leaves sockets to the garbage collector when a page closes.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


@pytest.fixture(scope="module")
def view():
    """A phantom of known spacing, and its file."""
    drawn = draw(plan_exam(6, 3), "L", "MLO", "medium")
    return drawn, dicom_bytes(drawn)


@pytest.fixture
def opened(app, view, tmp_path):
    """The app with that phantom open."""
    (tmp_path / "one.dcm").write_bytes(view[1])
    app.upload(tmp_path / "one.dcm")
    app.panes(1)
    return app


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def centre(app, n=0):
    box = app.page.locator(".pane").nth(n).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(app, start, end):
    app.page.mouse.move(*start)
    app.page.mouse.down()
    app.page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
    app.page.mouse.move(*end, steps=4)
    app.page.mouse.up()


def addresses(app):
    """Addresses of pixels that the viewer asks for from now on; the list of exams shows its thumbnails as images."""
    found = []
    app.page.on("request", lambda r: found.append(r.url) if "/pixels/" in r.url and r.resource_type == "fetch" else None)
    return found


def test_a_drag_changes_the_window_of_all_linked_panes_equally(app):
    app.sample()
    app.page.keyboard.press("4")
    before = app.panes(4)
    assert {p["voi"] for p in before} == {'{"lower":0,"upper":4095}'}
    x, y = centre(app)
    drag(app, (x, y), (x + 120, y + 40))
    after = app.panes(4)
    assert len({p["voi"] for p in after}) == 1
    window = json.loads(after[0]["voi"])
    assert window["upper"] - window["lower"] > 4095 + 300
    app.page.keyboard.press("1")
    assert app.panes(1)[0]["voi"] == after[0]["voi"]  # another layout, the same window
    app.page.keyboard.press("4")
    assert {p["voi"] for p in app.panes(4)} == {after[0]["voi"]}
    app.page.keyboard.press("k")  # unlinked, the others keep theirs
    drag(app, (x, y), (x - 60, y))
    assert [p["voi"] == after[1]["voi"] for p in app.panes(4)] == [False, True, True, True]


def test_zoom_and_place_are_linked_and_the_point_under_the_pointer_stays(app):
    app.sample()
    app.page.keyboard.press("4")
    before = app.panes(4)
    x, y = centre(app)
    x, y = x + 40, y - 30
    app.page.mouse.move(x, y)
    app.page.mouse.wheel(0, -240)
    after = app.panes(4)
    assert len({p["zoom"] for p in after}) == 1
    assert float(after[0]["zoom"]) > 1.3
    box = app.page.locator(".pane").first.bounding_box()

    def under(pane):
        left, top, width, height = (float(v) for v in pane["frame"].split(","))
        return (x - box["x"] - left) / width, (y - box["y"] - top) / height

    assert under(after[0]) == pytest.approx(under(before[0]), abs=0.004)
    right, left = ([float(v) for v in after[n]["pan"].split(",")] for n in (0, 1))
    assert abs(right[0]) > 0.005
    assert left == pytest.approx([-right[0], right[1]], abs=0.001)  # the other breast is a mirror image, and so is its way
    app.page.keyboard.press(" ")
    assert {p["zoom"] for p in app.panes(4)} == {"1.0000"}


def test_chest_walls_touch_and_all_views_have_one_scale(app):
    app.sample()
    app.page.keyboard.press("4")
    panes = app.panes(4)
    assert [p["view"] for p in panes] == ["R CC", "L CC", "R MLO", "L MLO"]
    frames = [[float(v) for v in p["frame"].split(",")] for p in panes]
    widths = [app.page.locator(".pane").nth(n).bounding_box()["width"] for n in range(4)]
    for n in (0, 2):
        assert frames[n][0] + frames[n][2] == pytest.approx(widths[n], abs=1)
        assert frames[n + 1][0] == pytest.approx(0, abs=1)
    assert len({round(f[3]) for f in frames}) == 1


def test_the_ruler_reads_the_right_millimetres(opened, view):
    opened.page.keyboard.press("m")
    frame = [float(v) for v in opened.panes(1)[0]["frame"].split(",")]
    x, y = (round(v) for v in centre(opened))
    drag(opened, (x - 60, y), (x + 60, y + 80))
    said = opened.panes(1)[0]["ruler"]
    drawn = np.hypot(120, 80) / frame[2] * view[0].pixels.shape[1] * view[0].spacing_mm
    assert said.endswith("mm (est.)")
    assert float(said.split()[0]) == pytest.approx(drawn, abs=0.4)  # a screen pixel is 0.3 mm here
    opened.page.keyboard.press("Backspace")
    assert opened.panes(1)[0]["ruler"] == ""


def test_without_a_pixel_size_the_ruler_counts_pixels(app, view, tmp_path):
    Image.fromarray((view[0].pixels >> 4).astype(np.uint8)).save(tmp_path / "mammogram.png")
    app.upload(tmp_path / "mammogram.png")
    app.panes(1)
    app.page.keyboard.press("m")
    x, y = centre(app)
    drag(app, (x, y), (x + 100, y))
    assert app.panes(1)[0]["ruler"].endswith(" px")


def test_the_ellipse_reads_mean_and_spread_of_the_values(opened, view):
    opened.page.keyboard.press("o")
    left, top, width, height = (float(v) for v in opened.panes(1)[0]["frame"].split(","))
    scale = view[0].pixels.shape[1] / width
    box = opened.page.locator(".pane").first.bounding_box()
    x, y = round(box["x"] + left + width / 2), round(box["y"] + top + height / 2)  # all of it inside the image
    drag(opened, (x - 60, y - 40), (x + 60, y + 40))
    said = opened.panes(1)[0]["ellipse"]
    column, row = (x - box["x"] - left) * scale, (y - box["y"] - top) * scale
    rows, columns = np.ogrid[: view[0].pixels.shape[0], : view[0].pixels.shape[1]]
    # The drag sets two corners of the ellipse's box, or its centre and a corner: both are read off the area.
    area = float(said.split(", ")[1].split()[0]) / view[0].spacing_mm ** 2
    half = np.array([60, 40]) * scale
    grown = np.sqrt(area / (np.pi * half[0] * half[1]))
    assert grown == pytest.approx(1, abs=0.05) or grown == pytest.approx(2, abs=0.1)
    inside = ((columns - column) / (half[0] * grown)) ** 2 + ((rows - row) / (half[1] * grown)) ** 2 <= 1
    if grown < 1.5:
        assert float(said.split(" ± ")[0]) == pytest.approx(view[0].pixels[inside].mean(), rel=0.02)


def test_the_heatmap_brightens_the_planted_lesion(app):
    app.sample()
    app.page.keyboard.press("1")
    frame = [float(v) for v in app.panes(1)[0]["frame"].split(",")]
    shipped = samples.exam(with_prior=False)[0]
    rows, columns = read_scan(shipped.data, shipped.name).shape
    across_down = np.reshape(shipped.truth[0].points, (-1, 2))
    plain = pixels(app.mammogram())
    app.page.keyboard.press("h")
    expect(app.page.locator(".strip .text")).to_contain_text("Grad-CAM, ")
    score = app.page.locator(".contour text")
    expect(score).not_to_be_empty()  # the map has come
    assert float(score.text_content()) > 0.9  # the view's score stands at the contour
    coloured = pixels(app.mammogram())
    (left, top), (right, bottom) = across_down.min(0), across_down.max(0)
    down, across = frame[3] / rows, frame[2] / columns
    tall = slice(round(frame[1] + top * down), round(frame[1] + bottom * down))
    wide = slice(round(frame[0] + left * across), round(frame[0] + right * across))
    change = np.abs(coloured - plain).sum(2)
    assert change[tall, wide].mean() > 60
    assert change[tall, wide].mean() > 5 * change[100:-100].mean()
    # The threshold leaves only the peak, opacity zero leaves nothing; neither asks the server.
    asked = addresses(app)
    app.page.get_by_role("slider", name="Heatmap opacity").fill("0")
    assert np.abs(pixels(app.mammogram()) - plain)[100:-100].max() < 12
    app.page.get_by_role("slider", name="Heatmap opacity").fill("1")
    app.page.get_by_role("slider", name="Hide evidence below", exact=False).fill("0.9")
    peak = np.abs(pixels(app.mammogram()) - plain).sum(2)[100:-100] > 30
    assert 0 < peak.sum() < 0.02 * peak.size
    assert asked == []


def test_keys(app):
    app.sample()
    viewer = app.page.locator(".viewer")
    for key, count in (("2", 2), ("3", 2), ("4", 4), ("1", 1), ("e", 4), ("e", 1)):
        app.page.keyboard.press(key)
        app.panes(count)
    for key, tool in (("z", "Zoom"), ("m", "Length"), ("o", "EllipticalROI"), ("l", "Magnify"), ("v", "Pan"), ("w", "WindowLevel")):
        app.page.keyboard.press(key)
        expect(viewer).to_have_attribute("data-tool", tool)
    light = pixels(app.mammogram()).mean()
    app.page.keyboard.press("i")
    assert pixels(app.mammogram()).mean() > light + 60
    app.page.keyboard.press(" ")
    assert pixels(app.mammogram()).mean() == pytest.approx(light, abs=1)
    app.page.keyboard.press("g")
    expect(viewer).to_have_attribute("data-truth", "1")
    expect(app.page.locator(".outlines polygon").first).to_be_visible()
    app.page.keyboard.press("0")
    width = float(app.panes(1)[0]["frame"].split(",")[2])
    assert width == pytest.approx(1280, abs=1)  # one to one
    app.page.keyboard.press("?")
    expect(app.page.get_by_role("dialog", name="Viewer keys")).to_be_visible()
    app.page.keyboard.press("Escape")
    expect(app.page.get_by_role("dialog", name="Viewer keys")).to_be_hidden()
    for key, view in (("ArrowRight", "L CC"), ("ArrowRight", "R MLO"), ("ArrowLeft", "L CC"), ("n", "L CC"), ("p", "L CC")):
        app.page.keyboard.press(key)  # the sample is the only exam: N and P stay
        app.page.wait_for_timeout(300)
        app.settle()
        assert app.panes(1)[0]["view"] == view


def test_a_double_click_opens_that_view_beside_its_own_score(app):
    app.sample()
    app.page.keyboard.press("4")
    app.panes(4)
    app.page.mouse.dblclick(*centre(app, 3))
    app.page.wait_for_timeout(500)
    app.settle()
    assert app.panes(1)[0]["view"] == "L MLO"
    app.page.mouse.dblclick(*centre(app))
    assert len(app.panes(4)) == 4


def test_four_views_open_and_a_click_selects_one_without_fetching_anything(app):
    app.sample()
    viewer, panes = app.page.locator(".viewer"), app.page.locator(".pane")
    assert len(app.panes(4)) == 4
    expect(viewer).to_have_attribute("data-layout", "4")
    expect(panes.nth(0)).to_have_class(re.compile("open"))
    asked = addresses(app)
    app.page.mouse.click(*centre(app, 2))
    expect(panes.nth(2)).to_have_class(re.compile("open"))
    app.page.wait_for_timeout(500)
    app.settle()
    expect(panes.nth(2)).to_have_class(re.compile("open"))  # the server has followed
    app.page.keyboard.press("ArrowRight")
    expect(panes.nth(3)).to_have_class(re.compile("open"))
    app.settle()
    assert asked == []
    app.page.keyboard.press("m")
    app.page.mouse.click(*centre(app, 0))  # the first point of a ruler
    expect(panes.nth(3)).to_have_class(re.compile("open"))
    app.page.mouse.click(*centre(app, 1))
    app.page.keyboard.press("Delete")
    app.page.keyboard.press("6")
    expect(viewer).to_have_attribute("data-layout", "6")
    app.panes(4)
    tops = {round(panes.nth(n).bounding_box()["y"]) for n in range(4)}
    assert len(tops) == 1
    assert asked == []


def test_a_view_below_the_threshold_has_no_colour_until_it_is_asked_for(app):
    app.sample()
    app.page.keyboard.press("h")
    expect(app.page.locator(".viewer")).to_have_attribute("data-heat", "1")
    app.page.wait_for_timeout(500)
    numbers = app.page.locator(".pane .number").all_inner_texts()
    above = ["▲" in number for number in numbers]
    assert {*above} == {True, False}  # a lesion on one side
    heats = app.page.locator(".pane canvas.heat")
    assert [not heats.nth(n).evaluate("c => c.hidden") for n in range(4)] == above
    app.page.keyboard.press("b")
    app.page.wait_for_timeout(800)
    assert not any(heats.nth(n).evaluate("c => c.hidden") for n in range(4))


def test_asymmetry_lies_over_both_breasts_of_a_pair(app):
    app.sample()
    app.page.keyboard.press("h")
    app.page.keyboard.press("a")
    expect(app.page.locator(".viewer")).to_have_attribute("data-asymmetry", "1", timeout=60_000)
    expect(app.page.locator(".viewer")).to_have_attribute("data-heat", "0")  # one colouring at a time
    expect(app.page.locator(".strip .text")).to_contain_text(" SD, ")
    overlays = app.page.locator(".pane canvas.asymmetry")
    assert not any(overlays.nth(n).evaluate("c => c.hidden") for n in range(4))


def test_every_button_has_a_name_a_key_and_a_visible_focus(opened):
    buttons = opened.page.locator(".viewer button:visible")
    assert buttons.count() > 9
    for n in range(buttons.count()):
        assert buttons.nth(n).get_attribute("title")
        assert buttons.nth(n).get_attribute("aria-keyshortcuts")
    opened.page.locator(".viewer .pane").focus()
    opened.page.keyboard.press("Shift+Tab")  # the toolbar is one stop, and the arrow keys go through it
    expect(buttons.first).to_be_focused()
    opened.page.keyboard.press("ArrowRight")
    expect(buttons.nth(1)).to_be_focused()
    assert opened.page.locator(".viewer button:focus").evaluate("b => getComputedStyle(b).outlineStyle") == "solid"


def test_pixels_come_whole_and_answer_to_this_browser_and_an_open_case_alone(app, view, tmp_path, browser):
    asked = addresses(app)
    (tmp_path / "one.dcm").write_bytes(view[1])
    app.upload(tmp_path / "one.dcm")
    app.panes(1)
    assert len(asked) == 1
    answer = app.page.request.get(asked[0])
    scan = read_scan(view[1], "one.dcm")
    assert answer.body() == scan.values.tobytes()
    assert answer.headers["cache-control"] == "no-store"
    foreign = browser.new_context()
    try:
        assert foreign.request.get(asked[0]).status == 404
        page = foreign.new_page()
        page.goto(asked[0].split("/pixels/")[0])  # a browser with a cookie of its own
        assert page.request.get(asked[0]).status == 404
    finally:
        foreign.close()
    assert app.page.request.get(asked[0][:-1] + ("A" if asked[0][-1] != "A" else "B")).status == 404
    app.page.locator(".st-key-settings button").first.click()
    app.page.get_by_role("button", name=session.REMOVE_ALL).click()
    app.settle()
    assert app.page.request.get(asked[0]).status == 404


def test_an_ended_session_serves_nothing(opened):
    asked = addresses(opened)
    opened.page.reload()  # a new session, to which the open view comes back
    opened.settle()
    opened.panes(1)
    assert len(asked) == 1
    assert opened.page.request.get(asked[0]).status == 200
    opened.page.goto("about:blank")
    for _ in range(40):
        if opened.page.request.get(asked[0]).status == 404:
            return
        opened.page.wait_for_timeout(250)
    raise AssertionError("still served")


def test_looking_first_nothing_of_the_model_reaches_the_page(page, server, start):
    heard = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: heard.append(data if isinstance(data, bytes) else b"")))
    app = start(page, server)
    app.sample()
    assert told(heard)  # the search finds what it looks for
    app.show_after("always")
    asked = addresses(app)
    heard.clear()
    app.sample()
    page.keyboard.press("h")
    page.keyboard.press("4")
    app.panes(4)
    assert heard
    assert not told(heard)
    source = page.content() + "".join(page.locator(".viewer").evaluate_all("all => all.map((v) => v.getRootNode().innerHTML)"))
    assert "Grad-CAM" not in source
    assert "score 0" not in source.lower()
    assert len(asked) == 4  # the mammograms, and no heatmap
    expect(page.locator(".viewer")).to_have_attribute("data-heat", "0")
    page.keyboard.press("Shift+Digit4")  # a category that is chosen is not recorded yet
    expect(page.get_by_role("radio", name="4", exact=True)).to_be_checked()
    app.settle()
    assert not told(heard)
    stored = page.evaluate("async () => JSON.stringify([{...localStorage}, {...sessionStorage}, await caches.keys(), document.cookie])")
    assert not told([stored.encode()])
    assert "heat" not in stored
    page.get_by_role("button", name=read.SKIP, exact=True).click()
    app.headline()
    app.settle()
    expect(page.locator(".pane .number").first).to_contain_text("score")
    assert told(heard)


def told(frames):
    """Whether anything the model said is in what the server sent."""
    sent = b"".join(frames).decode(errors="replace")
    return re.search(r'Grad-CAM|"score": ?"\d|(above|below|at) \d\.|threshold \(\d|\d\*{0,2} [▲▼]', sent) is not None


def test_without_webgl_the_plain_image_stands_in_and_says_so(page, server, view, tmp_path):
    page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest)"
        " { return /webgl/.test(kind) ? null : get.call(this, kind, ...rest); };"
    )
    page.set_default_timeout(60_000)
    page.goto(server)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    (tmp_path / "one.dcm").write_bytes(view[1])
    page.set_input_files(".st-key-upload input[type=file]", str(tmp_path / "one.dcm"))
    expect(page.get_by_text("This browser offers no WebGL 2", exact=False)).to_be_visible()
    expect(page.locator(".st-key-image_box .js-plotly-plot")).to_be_visible()
    page.locator(".st-key-plain_heat label").click()
    expect(page.get_by_text(words.WEAK)).to_be_visible()  # its score is below the threshold
    expect(page.locator(".st-key-colour_bar")).to_have_count(0)
    page.locator("[class*=st-key-add_exams] button").first.click()
    page.get_by_role("button", name=session.SAMPLE).first.click()
    expect(page.locator(".st-key-colour_bar")).to_be_visible()
    page.get_by_role("link", name="Filters").click()
    expect(page.get_by_text("This browser offers no WebGL 2", exact=False)).to_be_visible()
    for name in ("Original", "Gaussian 3×3", "Mean 3×3", "Laplacian 3×3", "CLAHE"):
        expect(page.locator(".st-key-row").get_by_text(name)).to_be_visible()


def test_nothing_comes_from_outside_and_the_script_comes_once(app):
    scripts = []
    app.page.on("request", lambda r: scripts.append(r.url) if "/viewer/" in r.url else None)
    app.sample()
    app.page.keyboard.press("ArrowRight")
    app.settle()
    app.panes(4)
    assert len(scripts) == 1
    assert app.outside == []
