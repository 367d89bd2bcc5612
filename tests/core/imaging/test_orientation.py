"""Each of the eight turns of a file, all the way: Scan → input → heatmap → points in file pixels."""

from dataclasses import replace

import numpy as np
import pytest

from core.imaging.asymmetry import asymmetry
from core.imaging.hanging import Hanging
from core.imaging.input import InputSpec
from core.imaging.orientation import Turn
from core.inference.saliency import Saliency
from core.scans.scan import Scan
from core.scans.windows import Window

H, W = 600, 480
SPEC = InputSpec(size=(256, 192))
LESION = (180, 150)  # row, column in the upright left oblique view
OPPOSITE = {"A": "P", "P": "A", "F": "H", "H": "F"}
TURNS = [(transposed, rows, cols) for transposed in (False, True) for rows in (False, True) for cols in (False, True)]


def upright() -> np.ndarray:
    """A left oblique view as it hangs: chest wall at the left, taller above than below, one lesion in the upper half."""
    rows, cols = np.mgrid[:H, :W]
    image = np.where(((rows - H / 2) / (0.4 * H)) ** 2 + (cols / (0.7 * W)) ** 2 < 1, 20000.0, 500.0)
    image[(rows < H / 2) & (cols < 60)] = 24000
    image[(rows - LESION[0]) ** 2 + (cols - LESION[1]) ** 2 < 20**2] = 60000
    return image


def turned(transposed: bool, rows: bool, cols: bool, spacing=(0.1, 0.2)) -> Scan:
    """The same view stored in one of eight ways, with the Patient Orientation that says so (PS3.3 C.7.6.1.1.1)."""
    image, across, down = upright(), "A", "F"
    if transposed:
        image, across, down, spacing = image.T, down, across, spacing[::-1]
    if rows:
        image, down = image[::-1], OPPOSITE[down]
    if cols:
        image, across = image[:, ::-1], OPPOSITE[across]
    values = np.ascontiguousarray(image).astype(np.uint16)
    window = (Window(32767.5, 65535, "LINEAR_EXACT"),)
    about = {"laterality": "L", "view": "MLO", "patient_orientation": (across, down), "spacing_mm": spacing}
    return Scan(values, window, False, "s", "p", "DICOM", 16, **about)


def lesion_of(values: np.ndarray) -> tuple[float, float]:
    rows, cols = np.nonzero(values > 50000)
    return float(rows.mean()), float(cols.mean())


@pytest.mark.parametrize("turn", TURNS)
def test_the_model_sees_the_same_image(turn):
    expected, plain = SPEC.prepare(turned(False, False, False))
    found, geometry = SPEC.prepare(turned(*turn))
    assert np.abs(found - expected).mean() < 2e-3
    assert geometry.microns(turned(*turn).spacing_mm) == pytest.approx(plain.microns((0.1, 0.2)), rel=0.01)


@pytest.mark.parametrize("turn", TURNS)
def test_heatmap_and_points_come_back_in_file_pixels(turn):
    scan = turned(*turn)
    there = lesion_of(scan.values)
    grid, geometry = SPEC.grid(scan)
    seen = np.unravel_index(int((grid > 50000).argmax()), grid.shape)
    assert geometry.point_to_grid(*there) == pytest.approx(lesion_of(np.where(grid > 45000, 60000, 0)), abs=1.5)
    assert grid[seen] > 45000
    for point in [(0.0, 0.0), (17.0, 333.0), there]:
        assert geometry.point_to_scan(*geometry.point_to_grid(*point)) == pytest.approx(point, abs=1e-6)
    raw = np.zeros((32, 24), np.float32)
    row, col = geometry.point_to_grid(*there)
    raw[round((row - 3.5) / 8), round((col - 3.5) / 8)] = 1
    saliency = Saliency(scan.sha256, "model", "tumour", "Grad-CAM", "layer", raw, 8, 3.5, geometry)
    assert saliency.heat.shape == scan.shape
    assert np.hypot(*np.subtract(saliency.peak_point, there)) < 20
    peak = np.unravel_index(int(saliency.heat.argmax()), scan.shape)
    assert np.hypot(*np.subtract(peak, there)) < 20


@pytest.mark.parametrize("turn", TURNS)
def test_left_right_comparison_hangs_both_breasts_upright(turn):
    right = replace(turned(False, False, True), laterality="R")
    found = asymmetry(turned(*turn), right)
    assert found.overlap > 0.98
    assert np.abs(found.difference).max() < 0.5


@pytest.mark.parametrize(("side", "down", "reversed_"), [("R", "L", False), ("R", "R", True), ("L", "R", False), ("L", "L", True)])
def test_a_craniocaudal_view_hangs_with_its_lateral_side_up(side, down, reversed_):
    scan = replace(turned(False, False, False), laterality=side, view="CC", patient_orientation=("A", down))
    assert SPEC.grid(scan)[1].turn.rows_reversed is reversed_


def test_without_a_statement_nothing_is_turned_and_a_false_one_neither():
    plain = turned(False, False, False)
    assert SPEC.grid(replace(plain, patient_orientation=None))[1].turn == SPEC.grid(plain)[1].turn
    assert not SPEC.grid(replace(plain, patient_orientation=("F", "A")))[1].turn.transposed


@pytest.mark.parametrize("turn", TURNS)
def test_on_screen_every_stored_way_hangs_alike_and_marks_come_back(turn):
    scan = turned(*turn)
    hanging = Hanging.of(scan)
    assert np.array_equal(hanging.turn.apply(scan.values), upright().astype(np.uint16))
    assert hanging.turn.spacing(scan.spacing_mm) == (0.1, 0.2)
    row, col = lesion_of(scan.values)
    mark = (col + 0.5, row + 0.5, 30.0, 20.0)
    x, y, *_ = hanging.ellipse(mark)
    assert (y - 0.5, x - 0.5) == pytest.approx(LESION, abs=1)
    assert hanging.ellipse_back(hanging.ellipse(mark)) == pytest.approx(mark)
    assert hanging.outline((col + 0.5, row + 0.5)) == pytest.approx([x, y])
    b = hanging.breast
    assert (b.left, b.top <= 0.1 * H + 12, b.bottom >= 0.9 * H - 12) == (0, True, True)
    assert 0.7 * W - 12 <= b.right <= 0.7 * W + 24


@pytest.mark.parametrize("turn", TURNS)
def test_the_asymmetry_comes_back_over_its_own_breast(turn):
    plain = replace(turned(*turn), values=np.where(turned(*turn).values > 50000, 20000, turned(*turn).values).astype(np.uint16))
    right = replace(turned(False, False, True), laterality="R")
    found = asymmetry(plain, right)
    there = np.unravel_index(int(found.over("R").argmax()), right.shape)  # the right breast alone has the lesion
    assert np.hypot(*np.subtract(there, lesion_of(right.values))) < 40
    here = np.unravel_index(int(found.over("L").argmin()), plain.shape)
    assert np.hypot(*np.subtract(here, lesion_of(turned(*turn).values))) < 40


def test_a_right_breast_hangs_with_its_chest_wall_at_the_right_and_a_view_without_a_side_stays():
    plain = turned(False, False, False)
    mirrored = Hanging.of(replace(plain, laterality="R", patient_orientation=None))
    assert mirrored.turn == Turn(columns_reversed=True)
    assert Hanging.of(replace(plain, laterality=None, patient_orientation=None)).turn == Turn()
