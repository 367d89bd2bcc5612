"""One view under five filters in the viewer: equal panes, one zoom, one window, one scale, and pixels that go with the case."""

import json

import pytest
from playwright.sync_api import expect

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from dashboard.phrases import filters as text
from dashboard.phrases import session, viewer

# The browser driver leaves sockets to the garbage collector when a page closes.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]
TITLES = ["Original", "Gaussian 3×3", "Mean 3×3", "Laplacian 3×3", "CLAHE"]
# The most opaque point of each pane's heatmap, 0 to 255.
TOPS = """all => all.map((c) => {
  if (c.hidden) return 0;
  const { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
  let top = 0;
  for (let i = 3; i < data.length; i += 4) top = Math.max(top, data[i]);
  return top;
})"""


@pytest.fixture
def filters(app, tmp_path):
    """Compare with one phantom open, and the addresses of pixels that its page asked for."""
    (tmp_path / "one.dcm").write_bytes(dicom_bytes(draw(plan_exam(6, 3), "L", "MLO", "medium")))
    app.upload(tmp_path / "one.dcm")
    app.panes(1)
    asked = []
    app.page.on("request", lambda r: asked.append(r.url) if "/pixels/" in r.url else None)
    app.go("Filters")
    app.panes(5)
    return app, asked


def middle(app, n):
    box = app.page.locator(".pane").nth(n).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def frames(panes):
    return [[float(v) for v in p["frame"].split(",")] for p in panes]


def test_five_equal_panes_zoom_move_and_window_together(filters):
    app, asked = filters
    panes = app.panes(5)
    assert [p["view"] for p in panes] == TITLES
    assert len(asked) == 5
    sizes = {tuple(round(v) for v in f[2:]) for f in frames(panes)}
    assert len(sizes) == 1
    app.page.mouse.move(*middle(app, 3))
    app.page.mouse.wheel(0, -240)
    panes = app.panes(5)
    assert {p["zoom"] for p in panes} == {panes[3]["zoom"]}
    assert float(panes[3]["zoom"]) > 1.3
    x, y = middle(app, 1)
    app.page.mouse.move(x, y)
    app.page.mouse.down()
    app.page.mouse.move(x + 30, y + 10, steps=4)
    app.page.mouse.up()
    panes = app.panes(5)
    assert len({p["voi"] for p in panes}) == 1
    window = json.loads(panes[0]["voi"])
    assert window["upper"] - window["lower"] > 65535 + 1000
    assert len(asked) == 5  # nothing of this asks the server
    app.page.locator(".toolbar select").select_option(viewer.OWN_WINDOW)
    assert len({p["voi"] for p in app.panes(5)}) == 5


def test_heat_lights_up_on_one_scale_and_its_controls_ask_for_nothing(filters):
    app, asked = filters
    app.page.keyboard.press("h")
    expect(app.page.locator(".strip .text")).to_contain_text("Below the threshold: no colour.")
    expect(app.page.locator(".viewer")).to_have_attribute("data-heat", "0")
    app.page.keyboard.press("b")  # also those below the threshold
    expect(app.page.locator(".viewer")).to_have_attribute("data-heat", "1")
    expect(app.page.locator(".strip .text")).to_contain_text("Grad-CAM, ")
    app.page.wait_for_timeout(500)
    heats = app.page.locator(".pane canvas.heat")
    before = heats.evaluate_all(TOPS)
    assert all(0 < top <= 255 for top in before)
    assert len(asked) == 10  # five mammograms and five maps
    sent = []
    app.page.on("request", lambda r: sent.append(r.url))
    app.page.locator(".strip input").nth(1).fill("0.5")
    app.page.locator(".strip select").nth(1).select_option("cividis")
    app.page.locator(".strip input").nth(0).fill("1")
    app.page.wait_for_timeout(300)
    assert [top > 0 for top in heats.evaluate_all(TOPS)] == [top > 0.5 * 255 for top in before]
    app.page.keyboard.press("h")
    expect(app.page.locator(".viewer")).to_have_attribute("data-heat", "0")
    app.page.keyboard.press("h")
    expect(app.page.locator(".viewer")).to_have_attribute("data-heat", "1")
    assert sent == []


def test_one_filter_alone_and_its_measurements(filters):
    app, _ = filters
    for key in ("2", "3", "4"):  # those hang an exam
        app.page.keyboard.press(key)
        app.panes(5)
    app.page.mouse.dblclick(*middle(app, 3))
    assert app.panes(1)[0]["view"] == "Laplacian 3×3"
    app.page.keyboard.press("m")
    x, y = middle(app, 0)
    app.page.mouse.move(x - 60, y)
    app.page.mouse.down()
    app.page.mouse.move(x + 60, y, steps=4)
    app.page.mouse.up()
    assert app.panes(1)[0]["ruler"].endswith("mm (est.)")
    app.page.keyboard.press("o")
    app.page.mouse.move(x - 40, y + 20)
    app.page.mouse.down()
    app.page.mouse.move(x + 40, y + 80, steps=4)
    app.page.mouse.up()
    mean = float(app.panes(1)[0]["ellipse"].split(" ± ")[0])
    assert 0 < mean < 1  # a brightness, not what is stored
    app.page.keyboard.press("e")
    app.panes(5)
    app.page.get_by_text(text.OWN_KERNEL, exact=True).click()
    app.page.wait_for_timeout(500)
    app.settle()
    assert app.panes(6)[5]["view"] == text.CUSTOM_TITLE


def test_no_address_outlives_its_case(filters):
    app, asked = filters
    app.page.keyboard.press("h")
    app.page.keyboard.press("b")
    expect(app.page.locator(".viewer")).to_have_attribute("data-heat", "1")
    app.page.wait_for_timeout(500)
    assert [app.page.request.get(a).status for a in asked] == [200] * 10
    app.page.get_by_test_id("stSidebar").get_by_role("button", name=session.EXAM_MENU).click()
    app.page.get_by_role("button", name=session.REMOVE_EXAM).click()
    app.settle()
    assert [app.page.request.get(a).status for a in asked] == [404] * 10


def test_pages_come_and_go_and_leave_no_graphics_memory(page, server, start, tmp_path):
    page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext; window.contexts = [];"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        " const found = get.call(this, kind, ...rest); if (found && /webgl/.test(kind)) window.contexts.push(found); return found; };"
    )
    app = start(page, server)
    app.sample()
    for _ in range(3):
        app.go("Filters")
        app.panes(5)
        app.go("Read")
        assert [p["view"] for p in app.panes(4)] == ["R CC", "L CC", "R MLO", "L MLO"]
    made, held = page.evaluate("[new Set(contexts).size, new Set(contexts.filter((c) => !c.isContextLost())).size]")
    assert made >= 7  # each mount has its own
    assert held <= 2
    assert app.errors == []
