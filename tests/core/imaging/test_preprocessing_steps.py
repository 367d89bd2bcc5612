"""The steps tell what InputSpec does, not something like it."""

import numpy as np
import pytest

from core.imaging.input import InputSpec
from core.imaging.preprocessing_steps import SIDE, steps
from core.scans.scan import Scan
from core.scans.windows import LookupWindow, Window


def scan_of(chest_right=True, inverted=False, spacing=(0.1, 0.1), window=None):
    """A half ellipse against one side, values 500 and 20000."""
    rows, cols = np.mgrid[:600, :480]
    x = 479 - cols if chest_right else cols
    values = np.where(((rows - 300) / 240) ** 2 + (x / 330) ** 2 < 1, 20000, 500).astype(np.uint16)
    if inverted:
        values = 65535 - values
    window = window or Window(32767.5, 65535, "LINEAR_EXACT")
    return Scan(values, (window,), inverted, "a", "b", "PNG", 16, spacing_mm=spacing)


def facts(found):
    return {step.name: dict(step.facts) for step in found}


def test_names_and_numbers():
    spec = InputSpec(size=(128, 96), filter="mean", channels=3)
    scan = scan_of()
    found = steps(scan, spec)
    tensor, geometry = spec.prepare(scan)
    told = facts(found)
    assert list(told) == ["Stored values", "Window", "Crop", "Orientation", "Resize", "Filter", "Tensor"]
    assert told["Stored values"]["range"] == "500 to 20000"
    assert "not inverted" in told["Stored values"]["low values are"]
    assert told["Window"]["centre, width"] == "32767.5, 65535"
    assert told["Crop"]["rows"] == f"{geometry.crop.top} to {geometry.crop.bottom}"
    assert "mirrored" in told["Orientation"]["chest wall"]
    assert told["Resize"]["one pixel is"] == f"{geometry.microns((0.1, 0.1)):.0f} µm (est.)"
    assert told["Filter"]["filter"] == "mean"
    assert told["Tensor"]["channels × rows × columns"] == "3 × 128 × 96, all channels equal"
    assert told["Tensor"]["mean"] == f"{tensor.mean():.3f}"
    assert told["Tensor"]["range"] == f"{tensor.min():.3f} to {tensor.max():.3f}"


def test_images_of_each_step():
    found = steps(scan_of(), InputSpec(size=(512, 384)))
    for step in found:
        assert step.image.dtype == np.uint8
    assert all(max(step.image.shape) <= SIDE for step in found[:-1])
    crop, turned, tensor = found[2].image, found[3].image, found[6].image
    np.testing.assert_array_equal(turned, crop[:, ::-1])
    assert tensor.shape == (512, 384)  # its own size: a pixel is a pixel
    assert (tensor.min(), tensor.max()) == (0, 255)


def test_a_negative_is_shown_as_stored_and_told():
    found = steps(scan_of(inverted=True), InputSpec(size=(128, 96)))
    assert "inverted after the window" in facts(found)["Stored values"]["low values are"]
    assert found[0].image.mean() > found[1].image.mean()  # stored bright, shown dark


def test_what_is_unknown_is_said():
    table = LookupWindow(0, np.linspace(0, 1, 65536, dtype=np.float32))
    told = facts(steps(scan_of(chest_right=False, spacing=None, window=table), InputSpec(size=(128, 96), channels=1)))
    assert "unknown size" in told["Resize"]["one pixel is"]
    assert told["Orientation"]["chest wall"] == "left as it is"
    assert told["Window"]["table"] == "65536 entries from the value 0"
    assert told["Tensor"]["channels × rows × columns"] == "1 × 128 × 96"


@pytest.mark.parametrize("mean", [(0.5,), (0.485, 0.456, 0.406)])
def test_channels_that_differ_are_told_each(mean):
    spec = InputSpec(size=(128, 96), mean=mean, std=(0.5,))
    assert facts(steps(scan_of(), spec))["Tensor"]["mean"].count(",") == len(mean) - 1
