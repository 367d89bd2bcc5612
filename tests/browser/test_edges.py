"""What lies over a mammogram lies on it: the heatmap's edges are the mammogram's, in every pane, on screens coarse and fine."""

import pytest

# The browser driver leaves sockets to the garbage collector when a page closes.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]

# Edges of the mammogram as it is drawn and of the heatmap over it (left, top, right, bottom), in page pixels. Inverted, air is white and
# the pectoral muscle dark: a few white pixels make a row or column of the mammogram.
EDGES = """all => all.map((pane) => {
  const mammogram = pane.querySelector("canvas.cornerstone-canvas");
  const { data, width, height } = mammogram.getContext("2d").getImageData(0, 0, mammogram.width, mammogram.height);
  const lit = (x, y) => data[4 * (y * width + x)] > 127;
  const count = (n, of) => Array.from({ length: n }, (_, i) => of(i)).filter(Boolean).length;
  const rows = [...Array(height).keys()].filter((y) => count(width, (x) => lit(x, y)) > 4);
  const cols = [...Array(width).keys()].filter((x) => count(height, (y) => lit(x, y)) > 4);
  const at = mammogram.getBoundingClientRect(), heat = pane.querySelector(".heat").getBoundingClientRect();
  const [across, down] = [at.width / width, at.height / height];
  return [
    [at.left + cols[0] * across, at.top + rows[0] * down, at.left + (cols.at(-1) + 1) * across, at.top + (rows.at(-1) + 1) * down],
    [heat.left, heat.top, heat.right, heat.bottom],
  ];
})"""


@pytest.mark.parametrize(("width", "fine"), [(1440, 1), (1309, 1.1), (1280, 2)])
def test_the_heatmap_ends_where_the_film_ends(browser, server, start, width, fine):
    context = browser.new_context(viewport={"width": width, "height": 818}, device_scale_factor=fine)
    app = start(context.new_page(), server)
    app.sample()
    for key in ("i", "h", "b", "4"):
        app.page.keyboard.press(key)
    app.panes(4)
    app.page.locator(".pane").first.hover()
    for _ in range(3):
        app.page.mouse.wheel(0, 240)  # smaller, so that all four edges stand in the pane
    for size in ((width, 818), (width - 37, 741)):
        app.page.set_viewport_size({"width": size[0], "height": size[1]})
        app.page.wait_for_timeout(500)
        app.panes(4)
        for edges, heat in app.page.locator(".pane").evaluate_all(EDGES):
            assert heat == pytest.approx(edges, abs=1)
    context.close()
