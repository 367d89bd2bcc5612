"""PGM and PPM by netpbm's pgm(5) and ppm(5): white is the maximum, whatever it is."""

import numpy as np
import pytest

from core.errors import ScanError
from core.scans import read_scan


def pgm(values, top, magic=b"P5", header=None):
    h, w = values.shape[:2]
    header = header or magic + b"\n%d %d\n%d\n" % (w, h, top)
    plain = " ".join(map(str, values.ravel().tolist())).encode()
    return header + (plain if magic in (b"P2", b"P3") else values.astype("u1" if top < 256 else ">u2").tobytes())


@pytest.mark.parametrize("magic", [b"P5", b"P2"])
@pytest.mark.parametrize("top", [15, 100, 200, 255, 256, 1000, 4095, 40000, 65535])
def test_white_is_the_maximum(brightness, top, magic):
    values = np.rint(brightness * top).astype(np.uint16)
    scan = read_scan(pgm(values, top, magic))
    np.testing.assert_array_equal(scan.values, values)
    np.testing.assert_allclose(scan.display(), values / top, atol=1e-6)
    assert scan.bits == top.bit_length()
    assert not any("estimated" in a for a in scan.assumptions)


@pytest.mark.parametrize(
    "header",
    [
        b"P5\n# one\n#two\n120 160\n4095\n",
        b"P5#no blank before\n120#\n160\n4095\n",
        b"P5 120 # columns\n160 # rows\n4095\n",
        b"P5\t120\r\n160\r\n4095\n",
        b"P5\r\n120 160\r\n4095\r\n",  # written in text mode: the white space behind the maximum has two bytes
        b"P5\r# ends with a lone CR\r120 160\r4095\r",
        b"P5\n120 160\n4095# a comment's end is the white space\n",
    ],
)
def test_comments_and_line_ends(twelve, header):
    np.testing.assert_array_equal(read_scan(pgm(twelve, 4095, header=header)).values, twelve)


def test_a_line_feed_as_first_value_is_no_white_space(eight):
    values = eight.copy()
    values[0, 0] = 10
    np.testing.assert_array_equal(read_scan(pgm(values, 255, header=b"P5 120 160 255\r")).values, values)


def test_comments_between_plain_values():
    scan = read_scan(b"P2 2 2 9\n0 3 # of the first row\n6\n#\n9\n")
    assert scan.values.tolist() == [[0, 3], [6, 9]]


@pytest.mark.parametrize("magic", [b"P6", b"P3"])
def test_grey_ppm_has_the_values_of_its_channels(twelve, magic):
    scan = read_scan(pgm(np.repeat(twelve[..., None], 3, 2), 4095, magic))
    np.testing.assert_array_equal(scan.values, twelve)
    assert (scan.source_format, scan.colour_fraction) == ("PPM", 0)


def test_coloured_ppm_is_luminance():
    scan = read_scan(pgm(np.array([[[200, 100, 50]]]), 255, b"P6"))
    assert scan.values.item() == round(0.299 * 200 + 0.587 * 100 + 0.114 * 50)  # ITU-R BT.601
    assert scan.colour_fraction == 1


def test_of_several_images_the_first_is_read_and_it_is_said(eight):
    one = pgm(eight, 255)
    np.testing.assert_array_equal(read_scan(one + one).values, eight)
    assert any("more than one image" in a for a in read_scan(one + one).assumptions)
    assert not any("more than one" in a for a in read_scan(one + b"\n").assumptions)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"P5\n2 2\n0\n" + bytes(4), "maximum value"),
        (b"P5\n2 2\n65536\n" + bytes(8), "maximum value"),
        (b"P5\n2 2\n99\n\0\1\2\x64", "beyond its own maximum"),
        (b"P5\n2 2\n999\n" + bytes(7), "3 of 4 values"),
        (b"P2 2 2 9 1 2 3", "3 of 4 values"),
        (b"P2 2 2 9 1 2 x 4", "no number"),
        (b"P2 2 2 9 1 2 -3 4", "beyond its own maximum"),
        (b"P5 two 2 9", "header is damaged"),
        (b"P6 20000 20000 9 ", "at most 100 million"),
    ],
)
def test_refusals_name_their_reason(data, words):
    with pytest.raises(ScanError, match=words):
        read_scan(data)
