"""InputSpec: geometry that can be undone, and images that differ only in how they hang."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from core.imaging.breast import Box, find_breast
from core.imaging.input import Geometry, InputSpec
from core.scans.scan import Scan
from core.scans.windows import Window


def scan_of(values, inverted=False):
    return Scan(values.astype(np.uint16), (Window(32767.5, 65535, "LINEAR_EXACT"),), inverted, "s", "p", "PNG", 16)


def half_ellipse(h=600, w=480, chest_right=False, lesion=None):
    """A bright half ellipse against the left or right edge, 16 bit, with an optional brighter disc (row, col, radius)."""
    rows, cols = np.mgrid[:h, :w]
    image = np.where(((rows - h / 2) / (0.4 * h)) ** 2 + (cols / (0.7 * w)) ** 2 < 1, 20000.0, 500.0)
    if lesion:
        image[(rows - lesion[0]) ** 2 + (cols - lesion[1]) ** 2 < lesion[2] ** 2] = 60000
    return image[:, ::-1] if chest_right else image


def test_breast_box_and_chest_side():
    for chest_right in (False, True):
        breast = find_breast(scan_of(half_ellipse(chest_right=chest_right)).display())
        assert breast.chest_right is chest_right
        assert breast.box.top == pytest.approx(60, abs=8)
        assert breast.box.bottom == pytest.approx(540, abs=8)
        assert breast.box.width == pytest.approx(336, abs=10)


def test_flat_image_has_no_breast():
    assert find_breast(np.full((200, 100), 0.4, np.float32)) is None


def test_film_marker_does_not_widen_the_box():
    image = half_ellipse()
    alone = find_breast(scan_of(image).display()).box
    image[20:60, 400:460] = 65535
    assert find_breast(scan_of(image).display()).box == alone


def test_mirrored_scans_give_the_same_input():
    spec = InputSpec(size=(256, 192))
    left, _ = spec.grid(scan_of(half_ellipse(lesion=(250, 120, 20))))
    right, _ = spec.grid(scan_of(half_ellipse(lesion=(250, 120, 20), chest_right=True)))
    assert np.abs(left.astype(int) - right).mean() < 200  # of 65,535: resampling only


def test_negative_polarity_gives_the_same_bytes():
    values = half_ellipse().round()
    spec = InputSpec(size=(128, 96))
    a, _ = spec.grid(scan_of(values))
    b, _ = spec.grid(scan_of(65535 - values, inverted=True))
    assert np.abs(a.astype(int) - b).max() <= 1


def test_sixteen_bits_survive_to_the_grid():
    values = half_ellipse()
    values[200:400, 50:250] += np.linspace(0, 200, 200)  # 200 levels within one level of 8 bit (256)
    grid, _ = InputSpec(size=(600, 480)).grid(scan_of(values))
    assert len(np.unique(grid)) > 150


@pytest.mark.parametrize("resize", ["letterbox", "stretch"])
@pytest.mark.parametrize("crop", ["breast", "none"])
@pytest.mark.parametrize("chest_right", [False, True])
def test_lesion_comes_back_to_its_place(resize, crop, chest_right):
    image = half_ellipse(lesion=(250, 120, 20), chest_right=chest_right)
    where = (250, 479 - 120 if chest_right else 120)
    x, geometry = InputSpec(size=(256, 192), resize=resize, crop=crop, mean=(0.0,), std=(1.0,)).prepare(scan_of(image))
    back = geometry.to_scan((x[0] > 0.8).astype(np.float32))
    rows, cols = np.nonzero(back > 0.5)
    assert rows.mean() == pytest.approx(where[0], abs=2)
    assert cols.mean() == pytest.approx(where[1], abs=2)


def test_map_is_zero_outside_the_crop():
    _, geometry = InputSpec(size=(128, 96)).grid(scan_of(half_ellipse()))
    heat = geometry.to_scan(np.ones((4, 3), np.float32))
    c = geometry.crop
    assert heat[c.top : c.bottom, c.left : c.right].min() > 0.99
    assert heat.sum() == pytest.approx(c.height * c.width, rel=1e-3)


@settings(deadline=None)
@given(st.data())
def test_points_go_there_and_back(data):
    integer = st.integers
    top, left = data.draw(integer(0, 50)), data.draw(integer(0, 50))
    crop = Box(top, left, top + data.draw(integer(10, 400)), left + data.draw(integer(10, 400)))
    geometry = Geometry(
        (500, 500), crop, data.draw(st.booleans()), Box(3, 0, 3 + data.draw(integer(5, 90)), data.draw(integer(5, 90))), (96, 96)
    )
    point = data.draw(st.floats(0, 499)), data.draw(st.floats(0, 499))
    assert geometry.point_to_scan(*geometry.point_to_grid(*point)) == pytest.approx(point, abs=1e-6)


def test_spec_round_trip_and_unknown_key():
    spec = InputSpec(size=(320, 256), filter="laplacian", channels=1)
    assert InputSpec.model_validate_json(spec.model_dump_json()) == spec
    with pytest.raises(ValidationError):
        InputSpec(colour="red")


def test_channels_are_copies_of_one_image():
    x, _ = InputSpec(size=(64, 48), channels=3, mean=(0.2, 0.3, 0.4), std=(1.0, 1.0, 2.0)).prepare(scan_of(half_ellipse()))
    assert x.shape == (3, 64, 48)
    np.testing.assert_allclose(x[0] + 0.2, x[1] + 0.3, atol=1e-6)
    np.testing.assert_allclose(x[0] + 0.2, x[2] * 2 + 0.4, atol=1e-6)


def test_microns_count_the_coarser_axis():
    _, geometry = InputSpec(size=(256, 192), crop="none", resize="stretch").grid(scan_of(half_ellipse(h=1024, w=384)))
    assert geometry.microns((0.05, 0.05)) == pytest.approx(200)
    assert geometry.microns(None) is None
