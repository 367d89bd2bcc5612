"""Random grey objects against a slow reference, pixel by pixel, from PS3.5 8.1.1 and PS3.3 C.11.1, C.11.2, C.7.6.3.1.2."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from core.imaging.orientation import turn_of
from core.scans import read_scan
from core.scans.orientation import seen_chest_wall


def stored_value(cell, bits, signed):
    """PS3.5 8.1.1: the low Bits Stored bits, in two's complement where Pixel Representation is 1."""
    value = cell % 2**bits
    return value - 2**bits if signed and value >= 2 ** (bits - 1) else value


def brightness(x, function, center, width):
    """PS3.3 C.11.2.1.2 and C.11.2.1.3, with an output range of 0 to 1."""
    if function == "SIGMOID":
        return 1 / (1 + math.exp(min(700, -4 * (x - center) / width)))
    shift, span = (0.5, width - 1) if function == "LINEAR" else (0, width)
    if x <= center - shift - span / 2:
        return 0.0
    if x > center - shift + span / 2:
        return 1.0
    return (x - (center - shift)) / span + 0.5


def entry(x, first, table):
    """PS3.3 C.11.2.1.1: the ends of a table hold beyond it."""
    return table[min(max(round(x) - first, 0), len(table) - 1)]


OPPOSITE = str.maketrans("APHFLR", "PAFHRL")


def turned(cells, orientation, turn):
    """Cells (H, W) and Patient Orientation (PS3.3 C.7.6.1.1.1) after one of eight turns: mirrored from 4 on, then quarter turns."""
    rows, columns = orientation
    if turn > 3:
        cells, rows = cells[:, ::-1], rows.translate(OPPOSITE)
    for _ in range(turn % 4):  # counter-clockwise: the new rows run as the columns did, the new columns against the rows
        cells, rows, columns = np.rot90(cells), columns, rows.translate(OPPOSITE)
    return cells, [rows, columns]


def lut(first, entries):
    """A LUT sequence (PS3.3 C.11.1.1, C.11.2.1.1) with entries of 12 bits."""
    item = Dataset()
    item.add_new(0x00283002, "US", [len(entries), first, 12])
    item.add_new(0x00283006, "OW", np.array(entries, "<u2").tobytes())
    return [item]


@st.composite
def objects(draw):
    bits = draw(st.integers(2, 16))
    allocated = draw(st.sampled_from([8, 16])) if bits <= 8 else 16
    tables = st.none() | st.lists(st.integers(0, 4094), min_size=2, max_size=30).map(lambda x: [*x, 4095])  # white is 2^bits - 1
    return {
        "bits": bits,
        "allocated": allocated,
        "signed": draw(st.booleans()),
        "cells": draw(st.lists(st.integers(0, 2**allocated - 1), min_size=12, max_size=12)),
        "slope": draw(st.sampled_from([1, 2, 0.5, -1])),
        "intercept": draw(st.sampled_from([0, -1024, 100, 0.25])),
        "modality": draw(tables),
        "center": draw(st.integers(-2000, 60000)),
        "width": draw(st.integers(2, 60000)),
        "function": draw(st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"])),
        "voi": draw(tables),
        "first": draw(st.integers(0, 3000)),
        "inverted": draw(st.booleans()),
        "turn": draw(st.integers(0, 7)),
    }


def attributes(o, orientation):
    """What the header of an object says."""
    stated = {"BitsAllocated": o["allocated"], "BitsStored": o["bits"], "HighBit": o["bits"] - 1, "PixelRepresentation": int(o["signed"])}
    stated |= {"PhotometricInterpretation": "MONOCHROME1" if o["inverted"] else "MONOCHROME2"}
    stated |= {"WindowCenter": o["center"], "WindowWidth": o["width"], "VOILUTFunction": o["function"]}
    stated |= {"ImageLaterality": "L", "ViewPosition": "MLO", "PatientOrientation": orientation}
    if o["modality"] is None:
        stated |= {"RescaleSlope": o["slope"], "RescaleIntercept": o["intercept"]}
    else:
        stated["ModalityLUTSequence"] = lut(o["first"], o["modality"])
    return stated if o["voi"] is None else stated | {"VOILUTSequence": lut(o["first"], o["voi"])}


def reference(cell, o):
    """The brightness of one cell, in the order of PS3.4 N.2."""
    x = stored_value(cell, o["bits"], o["signed"])
    x = x * o["slope"] + o["intercept"] if o["modality"] is None else entry(x, o["first"], o["modality"])
    y = brightness(x, o["function"], o["center"], o["width"]) if o["voi"] is None else entry(x, o["first"], o["voi"]) / 4095
    return 1 - y if o["inverted"] else y


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=300, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(o=objects())
def test_display_equals_the_reference(make_dicom, o):
    upright = np.array(o["cells"], np.uint16).reshape(3, 4)
    cells, orientation = turned(upright, ("A", "FR"), o["turn"])
    stated = attributes(o, orientation)
    if o["allocated"] == 8:
        stated["PixelData"] = cells.astype(np.uint8).tobytes()
    scan = read_scan(make_dicom(cells, **stated))
    shown = scan.display()
    right = np.vectorize(lambda cell: float(reference(int(cell), o)))
    np.testing.assert_allclose(shown, right(cells), atol=2e-5)
    hung = turn_of(scan, shown).apply(shown)  # mirroring to the chest wall is that of the pixels
    if orientation[0][0] in "AP" or seen_chest_wall(shown) not in ("left", "right"):  # else the pixels contradict the orientation
        assert any(np.allclose(x, right(upright), atol=2e-5) for x in (hung, hung[:, ::-1]))
