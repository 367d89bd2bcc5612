import cv2
import numpy as np

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.scans import Scan, read_scan
from core.scans.windows import Window
from dashboard.images.render import export_png, heat_png, thumbnail


def decode(data):
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


def test_export_is_stamped_in_its_pixels():
    values = np.full((900, 700), 32768, np.uint16)
    scan = Scan(values, (Window(32767.5, 65535, "LINEAR_EXACT"),), False, "s", "p", "PNG", 16, synthetic=True)
    out = decode(export_png(scan, None, 0.5, "model Score 0.70"))
    assert out.shape == (900, 700, 3)
    plain = np.full_like(out, out[450, 350])
    changed = (out != plain).any(2)
    assert changed[-60:, :350].any()
    assert changed[:60, :350].any()
    assert not changed[100:-100].any()


def test_heat_has_no_colour_where_there_is_no_evidence():
    heat = np.zeros((50, 40), np.float32)
    heat[10:20, 5:15] = 1
    image = decode(heat_png(heat))
    assert image.shape == (50, 40, 4)
    np.testing.assert_array_equal(image[..., 3] > 0, heat > 0)


def test_thumbnail_has_the_scans_polarity():
    view = draw(plan_exam(1, 1), "L", "CC", "small")
    twins = [decode(thumbnail(read_scan(dicom_bytes(view, monochrome1=m)))).astype(int) for m in (False, True)]
    assert max(twins[0].shape) == 88
    assert np.abs(twins[0] - twins[1]).mean() < 2
