"""Random grey objects against a slow reference, pixel by pixel, from PS3.5 8.1.1 and PS3.3 C.11.1, C.11.2, C.7.6.3.1.2."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from core.scans import read_scan


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


@st.composite
def objects(draw):
    bits = draw(st.integers(8, 16))
    return {
        "bits": bits,
        "signed": draw(st.booleans()),
        "cells": draw(st.lists(st.integers(0, 65535), min_size=12, max_size=12)),
        "slope": draw(st.sampled_from([1, 2, 0.5, -1])),
        "intercept": draw(st.sampled_from([0, -1024, 100, 0.25])),
        "center": draw(st.integers(-2000, 60000)),
        "width": draw(st.integers(2, 60000)),
        "function": draw(st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"])),
        "table": draw(st.none() | st.lists(st.integers(0, 4095), min_size=2, max_size=30)),
        "first": draw(st.integers(0, 3000)),
        "inverted": draw(st.booleans()),
        "turn": draw(st.integers(0, 7)),
    }


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(o=objects())
def test_display_equals_the_reference(make_dicom, o):
    cells = np.array(o["cells"], np.uint16).reshape(3, 4)
    cells = np.rot90(cells[:, ::-1] if o["turn"] > 3 else cells, o["turn"] % 4)
    attributes = {"BitsStored": o["bits"], "HighBit": o["bits"] - 1, "PixelRepresentation": int(o["signed"])}
    attributes |= {"RescaleSlope": o["slope"], "RescaleIntercept": o["intercept"]}
    attributes |= {"PhotometricInterpretation": "MONOCHROME1" if o["inverted"] else "MONOCHROME2"}
    attributes |= {"WindowCenter": o["center"], "WindowWidth": o["width"], "VOILUTFunction": o["function"]}
    table = None
    if o["table"] is not None:
        entries = [*o["table"], 4095]  # white is 2^bits - 1
        item = Dataset()
        item.add_new(0x00283002, "US", [len(entries), o["first"], 12])
        item.add_new(0x00283006, "OW", np.array(entries, "<u2").tobytes())
        attributes["VOILUTSequence"] = [item]
        table = [e / 4095 for e in entries]
    shown = read_scan(make_dicom(cells, **attributes)).display()
    for (row, column), cell in np.ndenumerate(cells):
        x = stored_value(int(cell), o["bits"], o["signed"]) * o["slope"] + o["intercept"]
        y = brightness(x, o["function"], o["center"], o["width"]) if table is None else entry(x, o["first"], table)
        assert shown[row, column] == pytest.approx(1 - y if o["inverted"] else y, abs=2e-5)
