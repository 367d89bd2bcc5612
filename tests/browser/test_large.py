"""An exam of the largest detectors: four views of 4096 × 3328 pixels and 16 bits."""

import io
import json

import cv2
import numpy as np
import pydicom
import pytest

from core.datasets.phantom import dicom_bytes, draw, plan_exam

# The browser driver leaves sockets to the garbage collector when a page closes.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]
ROWS, COLS = 4096, 3328
VIEWS = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))
# Where a point of the mammogram, in shares of it, is drawn, and how grey: of the canvas itself, so that no words lie over it.
GREY = """(pane, [row, col]) => {
  const mammogram = pane.querySelector("canvas.cornerstone-canvas");
  const [left, top, width, height] = pane.dataset.frame.split(",").map(Number);
  const fine = mammogram.width / mammogram.clientWidth;
  const [x, y] = [Math.floor((left + col * width) * fine), Math.floor((top + row * height) * fine)];
  const at = [((x + 0.5) / fine - left) / width, ((y + 0.5) / fine - top) / height];
  return [mammogram.getContext("2d").getImageData(x, y, 1, 1).data[0], at];
}"""


def full_field(side, kind):
    """A phantom view enlarged to the size, its values over all of the 16 bits; (values, file)."""
    small = draw(plan_exam(6, 3), side, kind, "small")
    tall = cv2.resize(small.pixels.astype(np.float32), (COLS, ROWS), interpolation=cv2.INTER_LINEAR)
    values = np.rint(tall / tall.max() * 65535).astype(np.uint16)
    data = pydicom.dcmread(io.BytesIO(dicom_bytes(small, bits=16)))
    data.Rows, data.Columns, data.PixelData = ROWS, COLS, values.astype("<u2").tobytes()
    data.ImagerPixelSpacing = [0.065, 0.065]
    out = io.BytesIO()
    data.save_as(out, enforce_file_format=True)
    return values, out.getvalue()


def test_four_full_fields_stand_whole_and_follow_one_hand(app, tmp_path):
    images = []
    for side, kind in VIEWS:
        values, data = full_field(side, kind)
        assert len(np.unique(values & 255)) == 256  # the low bits say something too
        (tmp_path / f"{side}_{kind}.dcm").write_bytes(data)
        images.append(values)
    app.upload(*(tmp_path / f"{side}_{kind}.dcm" for side, kind in VIEWS))
    app.page.locator(".pane[data-ready='1']").first.wait_for(timeout=120_000)
    app.settle()
    app.page.keyboard.press("4")
    app.page.locator(".pane[data-ready='1']").nth(3).wait_for(timeout=120_000)
    panes = app.panes(4)
    assert [p["view"] for p in panes] == [f"{side} {kind}" for side, kind in VIEWS]
    shown = looked_at(app, images, panes)
    assert max(shown) - min(shown) > 40  # the points differ, and so do their greys
    x, y = (app.page.locator(".pane").first.bounding_box()[k] + 120 for k in ("x", "y"))
    app.page.mouse.move(x, y)
    app.page.mouse.down()
    app.page.mouse.move(x - 40, y - 90, steps=5)
    app.page.mouse.up()
    shifted = app.panes(4)
    assert len({p["voi"] for p in shifted}) == 1
    assert shifted[0]["voi"] != panes[0]["voi"]
    assert min(b - a for a, b in zip(shown, looked_at(app, images, shifted), strict=True)) > 8  # each became brighter


def looked_at(app, images, panes):
    """Greys of two points in each pane, each that of its value through the pane's window."""
    found = []
    for n, (values, pane) in enumerate(zip(images, panes, strict=True)):
        window = json.loads(pane["voi"])
        wall = 0.85 if pane["side"] == "R" else 0.15
        for place in ((0.5, wall), (0.4, (wall + 0.5) / 2)):
            grey, (col, row) = app.page.locator(".pane").nth(n).evaluate(GREY, list(place))
            value = float(values[int(row * ROWS), int(col * COLS)])
            share = (value - window["lower"]) / (window["upper"] - window["lower"])
            assert grey == pytest.approx(255 * min(1, max(0, share)), abs=3)
            found.append(grey)
    return found
