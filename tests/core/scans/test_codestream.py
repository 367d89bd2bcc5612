"""Where a compressed image ends, what may stand behind it, and signs and fragments of compressed streams."""

import struct

import imagecodecs
import numpy as np
import pytest
from pydicom import uid
from pydicom.encaps import encapsulate

from core.errors import ScanError
from core.scans import read_scan

EOC, SOT = b"\xff\xd9", b"\xff\x90"  # ISO/IEC 15444-1, table A.2
TOP, BOTTOM = slice(0, 64), slice(64, 128)
ENCODERS = {
    "JPEG-LS": (uid.JPEGLSLossless, imagecodecs.jpegls_encode),
    "JPEG lossless": (uid.JPEGLosslessSV1, lambda x: imagecodecs.ljpeg_encode(x, bitspersample=12)),
    "JPEG 2000": (uid.JPEG2000Lossless, lambda x: _jpeg2000(x)),
    "two tiles": (uid.JPEG2000Lossless, lambda x: two_tiles(x)),
}


@pytest.fixture
def square():
    """12-bit values (128, 128)."""
    y, x = np.mgrid[:128, :128]
    return (np.random.default_rng(0).integers(0, 60, (128, 128)) + 15 * (x + y)).astype(np.uint16)


def _jpeg2000(array):
    return imagecodecs.jpeg2k_encode(array, level=0, reversible=True, codecformat="j2k", bitspersample=12)


def two_tiles(array):
    """A codestream of two tile-parts: those of the upper and of the lower half, under one header of both (15444-1, A.4.2, A.5.1)."""
    first, second = bytes(_jpeg2000(array[TOP])), bytes(_jpeg2000(array[BOTTOM]))
    start = first.index(SOT)
    header = bytearray(first[:start])
    header[12:16] = struct.pack(">I", len(array))  # Ysiz; the tile keeps the size of a half
    lower = bytearray(second[second.index(SOT) : -2])
    lower[4:6] = struct.pack(">H", 1)  # Isot
    return bytes(header) + first[start:-2] + bytes(lower) + EOC


def compressed(make_dicom, square, kind, alter=bytes, **attributes):
    syntax, encode = ENCODERS[kind]
    return make_dicom(square, syntax=syntax, PixelData=encapsulate([alter(bytes(encode(square)))]), **attributes)


@pytest.mark.parametrize("kind", ENCODERS)
@pytest.mark.parametrize(
    "behind", [b"rubbish after the image" * 3, EOC * 20, bytes(4096), b"\xff\xd8\xff\xda" * 9], ids=["text", "markers", "zeros", "scans"]
)
def test_what_follows_the_end_is_ignored(make_dicom, square, kind, behind):
    """T.81 B.1.1.3 and 15444-1 A.4.4: nothing behind EOI or EOC belongs to the image."""
    scan = read_scan(compressed(make_dicom, square, kind, lambda stream: stream + behind))
    np.testing.assert_array_equal(scan.values, square)
    said = [a for a in scan.assumptions if "after the end of the compressed image" in a]
    assert len(said) == (0 if behind.strip(b"\0") == b"" else 1)


@pytest.mark.parametrize("kind", ENCODERS)
@pytest.mark.parametrize("behind", [b"", bytes(64), b"rubbish behind the image" * 3])
def test_an_image_that_ends_early_is_cut_off_whatever_follows(make_dicom, square, kind, behind):
    """Some decoders fill the missing part with rubbish and report no error."""
    with pytest.raises(ScanError, match="cut off"):
        read_scan(compressed(make_dicom, square, kind, lambda stream: stream[: len(stream) * 2 // 3] + behind))


@pytest.mark.parametrize("kind", ["JPEG 2000", "two tiles"])
def test_a_tile_part_that_lacks_its_bytes_is_cut_off_although_an_end_marker_follows(make_dicom, square, kind):
    with pytest.raises(ScanError, match="cut off"):
        read_scan(compressed(make_dicom, square, kind, lambda stream: stream[:-400] + EOC * 2))


@pytest.mark.parametrize("kind", ["JPEG 2000", "two tiles"])
def test_tile_parts_without_the_end_marker_are_whole(make_dicom, square, kind):
    """15444-1 A.4.2: Psot says how long each tile-part is."""
    scan = read_scan(compressed(make_dicom, square, kind, lambda stream: stream[:-2]))
    np.testing.assert_array_equal(scan.values, square)
    assert any("lacks its end marker" in a for a in scan.assumptions)


def test_a_missing_tile_is_said_to_be_cut_off(make_dicom, square):
    """15444-1 B.3: the header says how many tiles there are."""
    with pytest.raises(ScanError, match="cut off"):
        read_scan(compressed(make_dicom, square, "two tiles", lambda stream: stream[: stream.rindex(SOT + b"\0\x0a")]))


def test_a_last_tile_part_of_unstated_length_reaches_to_the_end_marker(make_dicom, square):
    """15444-1 A.4.2: Psot may be 0 in the last tile-part."""

    def unstated(stream):
        at = stream.rindex(SOT + b"\0\x0a")
        return stream[: at + 6] + bytes(4) + stream[at + 10 :] + b"behind the end"

    scan = read_scan(compressed(make_dicom, square, "two tiles", unstated))
    np.testing.assert_array_equal(scan.values, square)


def test_an_end_marker_in_a_comment_is_none(make_dicom, square):
    """T.81 B.2.4.5: a comment may hold any bytes."""
    comment = b"\xff\xfe\0\x06" + EOC * 2
    data = compressed(make_dicom, square, "JPEG lossless", lambda stream: stream[:2] + comment + stream[2:])
    np.testing.assert_array_equal(read_scan(data).values, square)
    with pytest.raises(ScanError, match="cut off"):
        read_scan(compressed(make_dicom, square, "JPEG lossless", lambda stream: stream[:2] + comment + stream[2:-2]))


@pytest.mark.parametrize("kind", ENCODERS)
def test_signed_values_from_streams_that_call_themselves_unsigned(make_dicom, square, kind):
    """PS3.5 8.2.3, 8.2.4: JPEG-LS knows no sign, and a JPEG 2000 stream may deny it; Pixel Representation decides."""
    values = square.astype(np.int16) - 2000
    syntax, encode = ENCODERS[kind]
    cells = (values & 0xFFF).astype(np.uint16)
    data = make_dicom(square, syntax=syntax, PixelRepresentation=1, PixelData=encapsulate([bytes(encode(cells))]))
    np.testing.assert_array_equal(read_scan(data).values, values)


def test_signed_values_from_a_stream_that_calls_itself_signed(make_dicom, square):
    """15444-1 A.5.1: the highest bit of Ssiz."""
    values = square.astype(np.int16) - 2000
    stream = bytes(imagecodecs.jpeg2k_encode(values, level=0, reversible=True, codecformat="j2k", bitspersample=12))
    assert stream[42] & 0x80
    data = make_dicom(square, syntax=uid.JPEG2000Lossless, PixelRepresentation=1, PixelData=encapsulate([stream]))
    np.testing.assert_array_equal(read_scan(data).values, values)


@pytest.mark.parametrize("kind", ["JPEG-LS", "JPEG 2000"])
@pytest.mark.parametrize("offsets", [(), (0,), (0, 900), (4_000_000_000,)], ids=("empty", "zero", "of two frames", "beyond the file"))
def test_fragments_are_joined_whatever_the_offset_table_says(make_dicom, square, kind, offsets):
    """PS3.5 A.4: a frame may lie in several fragments, and the Basic Offset Table may be empty; a wrong one moves no pixel."""
    syntax, encode = ENCODERS[kind]
    stream = bytes(encode(square))
    stream += bytes(len(stream) % 2)
    pieces = [stream[at : at + 1000] for at in range(0, len(stream), 1000)]
    items = b"".join(b"\xfe\xff\x00\xe0" + struct.pack("<I", len(x)) + x for x in (struct.pack(f"<{len(offsets)}I", *offsets), *pieces))
    scan = read_scan(make_dicom(square, syntax=syntax, PixelData=items + b"\xfe\xff\xdd\xe0" + bytes(4)))
    np.testing.assert_array_equal(scan.values, square)


@pytest.mark.parametrize("error", [0, 3])
def test_padding_that_lossy_compression_moved_is_still_padding(make_dicom, square, error):
    """PS3.3 C.7.5.1.1.2 warns that lossy compression alters padding; near-lossless JPEG-LS by `error` at most (T.87)."""
    array = square + np.uint16(200)
    array[:20] = np.random.default_rng(1).integers(0, 4, (20, 128)) if error else 0
    stream = bytes(imagecodecs.jpegls_encode(array, level=error))
    syntax = uid.JPEGLSNearLossless if error else uid.JPEGLSLossless
    scan = read_scan(make_dicom(array, syntax=syntax, PixelPaddingValue=0, PixelData=encapsulate([stream])))
    assert np.ptp(scan.values[:20]) == 0
    assert scan.values[:20].max() == scan.values[20:].min() >= 200 - error


@pytest.mark.parametrize(("charset", "names"), [("GB18030", ["誠", "窗"]), ("GBK", ["乗乕", "標準"]), ("ISO_IR 192", ["誠", "窗"])])
def test_a_byte_5c_inside_a_character_does_not_split_window_names(make_dicom, charset, names):
    """PS3.5 6.1.2.3 and 6.2: in GB18030 and GBK the second byte of a character may be 5C, the separator of values."""
    data = make_dicom(
        SpecificCharacterSet=charset,
        WindowCenter=[2000, 1500],
        WindowWidth=[4000, 3000],
        WindowCenterWidthExplanation="@" * 16,
    )
    codec = "utf-8" if charset == "ISO_IR 192" else charset
    text = "\\".join(names).encode(codec).ljust(16)
    assert (text.count(b"\\") > 1) == (charset != "ISO_IR 192")
    scan = read_scan(data.replace(b"@" * 16, text))
    assert [w.name for w in scan.windows] == names
