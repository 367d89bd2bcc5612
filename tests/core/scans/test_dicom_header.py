"""Headers that contradict themselves or lack what they must state, each with its right value and the clause that says so."""

import imagecodecs
import numpy as np
import pytest
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sr.codedict import codes

from core.errors import ScanError
from core.scans import read_scan
from core.scans.scan import UNSURE
from core.scans.views import MODIFIERS, SPECIMEN, VIEWS

DELIMITER = b"\xfe\xff\xdd\xe0\0\0\0\0"  # of the sequence of fragments (PS3.5 A.4)


def stated(scan, words):
    """The one sentence about the file that holds `words`."""
    (found,) = [x for x in (*scan.assumptions, *scan.warnings) if words in x]
    return found


@pytest.mark.parametrize(("center", "words"), [(10, "most of the breast white"), (60000, "breast black")])
def test_a_window_that_does_not_fit_the_values_is_applied_and_stated(make_dicom, pixels, center, words):
    """PS3.3 C.11.2.1.2.1: values beyond the window saturate."""
    scan = read_scan(make_dicom(np.maximum(pixels, 20), WindowCenter=center, WindowWidth=10))
    assert (scan.windows[0].center, scan.windows[0].width) == (center, 10)
    assert np.all(scan.display() == (center == 10))
    assert stated(scan, words).endswith(UNSURE)


@pytest.mark.parametrize(("keyword", "field"), [("WindowCenter", "center"), ("WindowWidth", "width")])
def test_decimal_commas(make_dicom, keyword, field):
    """PS3.5 6.2, DS: a decimal point. A comma can mean nothing else, as a backslash separates values."""
    attributes = {"WindowCenter": 2000, "WindowWidth": 3000} | {keyword: "2048.5"}
    scan = read_scan(make_dicom(**attributes).replace(b"2048.5", b"2048,5"))
    assert getattr(scan.windows[0], field) == 2048.5
    assert len(scan.windows) == 1
    stated(scan, "decimal comma")


@pytest.mark.parametrize(
    ("centers", "widths", "right"),
    [([2000, 50], 3000, [(2000, 3000)]), (2000, [3000, 10], [(2000, 3000)]), ([1, 2, 3], [4, 5], [(1, 4), (2, 5)])],
)
def test_window_centres_and_widths_count_in_pairs(make_dicom, centers, widths, right):
    """PS3.3 C.11.2.1.2: both have the same number of values and are considered as pairs."""
    scan = read_scan(make_dicom(WindowCenter=centers, WindowWidth=widths))
    assert [(w.center, w.width) for w in scan.windows] == right
    assert stated(scan, "only pairs").endswith(UNSURE)


def test_a_centre_without_a_width_is_no_window(make_dicom):
    """PS3.3 table C.11-2b: Window Width is required where there is a Window Center."""
    scan = read_scan(make_dicom(WindowCenter=2000))
    stated(scan, "Window centres: 1, window widths: 0")
    stated(scan, "holds no window")


@pytest.mark.parametrize("behind", [b"\0\0", bytes(64), b"\xff\xff", b"rubbish!"], ids=("NUL", "64 NUL", "fill bytes", "text"))
@pytest.mark.parametrize(
    ("syntax", "encode"),
    [(uid.JPEGLSLossless, imagecodecs.jpegls_encode), (uid.JPEGLosslessSV1, lambda x: imagecodecs.ljpeg_encode(x, bitspersample=12))],
    ids=("JPEG-LS", "JPEG lossless"),
)
def test_bytes_behind_the_end_of_image(make_dicom, pixels, syntax, encode, behind):
    """ITU-T T.81 B.1.1.3: nothing after EOI belongs to the image; PS3.5 A.4 pads fragments to even length."""
    data = make_dicom(syntax=syntax, PixelData=encapsulate([bytes(encode(pixels)) + behind]))
    np.testing.assert_array_equal(read_scan(data).values, pixels)


@pytest.mark.parametrize(
    ("syntax", "encoder"), [(uid.JPEG2000Lossless, "pylibjpeg"), (uid.JPEGLSLossless, "pyjpegls"), (uid.RLELossless, "pydicom")]
)
def test_fragments_without_their_delimiter(make_dicom, pixels, syntax, encoder):
    """PS3.5 A.4 closes the fragments with a Sequence Delimitation Item; their lengths alone give the bitstream."""
    data = make_dicom(syntax=syntax, encoder=encoder)
    assert data.endswith(DELIMITER)
    scan = read_scan(data.removesuffix(DELIMITER))
    np.testing.assert_array_equal(scan.values, pixels)
    stated(scan, "not closed by a delimiter")


@pytest.mark.parametrize("cut", [1, 12, 400])
def test_a_fragment_that_ends_before_its_length_is_refused(make_dicom, cut):
    """PS3.5 A.4: each fragment states its length; some decoders fill a missing part with rubbish."""
    data = make_dicom(syntax=uid.JPEG2000Lossless, encoder="pylibjpeg")
    with pytest.raises(ScanError, match="image in the file is cut off"):
        read_scan(data[: -len(DELIMITER) - cut])


@pytest.mark.parametrize(
    ("missing", "bits", "words", "scored"),
    [  # PS3.3 C.7.6.3.1: all of type 1
        ({"SamplesPerPixel": None}, 12, "Samples Per Pixel; 1 was assumed", False),
        ({"PixelRepresentation": None}, 12, "Pixel Representation; 0 was assumed", False),
        ({"BitsStored": None}, 12, "Bits Stored; 12 was assumed", False),  # High Bit is one less than Bits Stored
        ({"BitsStored": None, "HighBit": None}, 16, "Bits Stored; 16 was assumed", False),
        ({"PhotometricInterpretation": None}, 12, "MONOCHROME2 was assumed", True),
    ],
)
def test_missing_pixel_attributes(make_dicom, pixels, missing, bits, words, scored):
    scan = read_scan(make_dicom(WindowCenter=2048, WindowWidth=4096, **missing))
    np.testing.assert_array_equal(scan.values, pixels)
    assert (scan.bits, scan.inverted) == (bits, False)
    assert stated(scan, words).endswith(UNSURE) == scored


@pytest.mark.parametrize("missing", ["Rows", "Columns", "BitsAllocated"])
def test_attributes_that_cannot_be_known(make_dicom, missing):
    """PS3.3 C.7.6.3.1: the number of bytes gives neither rows and columns nor the depth."""
    full = make_dicom()
    tag = {"Rows": b"\x28\0\x10\0US", "Columns": b"\x28\0\x11\0US", "BitsAllocated": b"\x28\0\0\x01US"}[missing]
    at = full.index(tag)
    name = "Bits Allocated" if missing == "BitsAllocated" else missing
    with pytest.raises(ScanError, match=name):
        read_scan(full[:at] + full[at + 10 :])


@pytest.mark.parametrize(
    ("attributes", "side", "words"),
    [  # PS3.3 C.8.11.7: Image Laterality is R, L or B
        ({"ImageLaterality": "B"}, None, "both breasts"),
        ({"ImageLaterality": "L", "Laterality": "R"}, "L", "Image Laterality L was used, Laterality says R"),
        ({"ImageLaterality": "R", "FrameLaterality": "L"}, "R", "Image Laterality R was used, Frame Laterality says L"),
        ({"ImageLaterality": "L", "Laterality": "B"}, "L", "Laterality says B"),
    ],
)
def test_sides(make_dicom, attributes, side, words):
    scan = read_scan(make_dicom(**attributes))
    assert scan.laterality == side
    stated(scan, words)


@pytest.mark.parametrize(
    ("side", "view", "orientation", "words"),
    [  # PS3.3 C.7.6.1.1.1; usual ones from C.8.11.7.1 and IHE MAMMO 4.16.4.2.2.1.1, and their turns
        ("L", "MLO", ["A", "FR"], None),
        ("R", "MLO", ["P", "FL"], None),
        ("R", "MLO", ["A", "HR"], None),
        ("R", "MLO", ["FL", "P"], None),
        ("L", "SIO", ["A", "FL"], None),
        ("L", "ML", ["A", "F"], None),
        ("L", "CC", ["A", "R"], None),
        ("L", "CC", ["A", "L"], None),
        ("R", "MLO", ["P", "FR"], r"Side R and Patient Orientation P\FR contradict"),
        ("L", "MLO", ["A", "HR"], r"Side L and Patient Orientation A\HR contradict"),
        ("R", "LMO", ["FR", "P"], "contradict"),
        ("L", "SIO", ["A", "FR"], "contradict"),
        ("L", "CC", ["A", "FR"], "an oblique or lateral view"),
        ("L", "MLO", ["A", "R"], "that of a CC view"),
    ],
)
def test_side_and_view_against_the_orientation(make_dicom, side, view, orientation, words):
    """A flat image: what is said comes from the tags alone."""
    scan = read_scan(make_dicom(ImageLaterality=side, ViewPosition=view, PatientOrientation=orientation))
    if words is None:
        assert not any("Orientation" in a for a in scan.assumptions)
    else:
        stated(scan, words)


def test_a_view_position_of_a_vendor_is_said(make_dicom):
    """PS3.3 C.8.11.5 and C.8.11.7: View Position has defined terms; CCID is none of them, and no CC."""
    scan = read_scan(make_dicom(ViewPosition="CCID"))
    assert scan.view is None
    stated(scan, "'CCID' is not a standard view")


@pytest.mark.parametrize(
    ("side", "orientation", "chest_wall", "words"),
    [  # PS3.3 C.7.6.1.1.1: the first value is the direction of the rows, from the left column to the right one
        ("L", ["A", "R"], "left", None),
        ("R", ["P", "L"], "right", None),
        ("L", ["P", "L"], "left", "chest wall on the right, the pixels show it on the left: side L"),
        ("R", ["A", "R"], "right", "chest wall on the left, the pixels show it on the right: side R"),
        ("L", None, "left", None),
        ("L", None, "right", "Side L, but the chest wall is on the right"),
        ("R", None, "left", "Side R, but the chest wall is on the left"),
    ],
)
def test_side_and_orientation_against_the_pixels(make_dicom, side, orientation, chest_wall, words):
    y, x = np.mgrid[:160, :128]
    breast = np.where(((y - 80) / 70) ** 2 + (x / 80) ** 2 < 1, 2500, 0).astype(np.uint16)
    array = breast if chest_wall == "left" else breast[:, ::-1]
    scan = read_scan(make_dicom(array, ImageLaterality=side, PatientOrientation=orientation, WindowCenter=2048, WindowWidth=4096))
    assert scan.laterality == side
    assert [x for x in scan.assumptions if "chest wall" in x] == ([] if words is None else [stated(scan, words)])


@pytest.mark.parametrize("sop", [uid.CTImageStorage, uid.EnhancedCTImageStorage])
@pytest.mark.parametrize("attributes", [{"Modality": "CT", "BodyPartExamined": "BREAST"}, {"Modality": "MG"}])
def test_tomosynthesis_wrapped_as_ct_is_refused(make_dicom, sop, attributes):
    """A slice under a CT SOP class (PS3.4 B.5), as systems send it to archives that lack Breast Tomosynthesis Image Storage."""
    with pytest.raises(ScanError, match="wrapped as CT"):
        read_scan(make_dicom(SOPClassUID=sop, **attributes))


ABBREVIATIONS = {  # PS3.3 C.8.11.7, View Code Sequence, by the code meanings of CID 4014
    "cranio-caudal": "CC",
    "medio-lateral oblique": "MLO",
    "medial-lateral": "ML",
    "latero-medial": "LM",
    "latero-medial oblique": "LMO",
    "cranio-caudal exaggerated laterally": "XCCL",
    "cranio-caudal exaggerated medially": "XCCM",
    "caudo-cranial": "FB",  # from below
    "superolateral to inferomedial oblique": "SIO",
    "inferomedial to superolateral oblique": "ISO",
}


def test_every_view_of_cid_4014_has_its_name(make_dicom):
    """PS3.16 CID 4014 as pydicom publishes it; a specimen is no view of a breast."""
    found = {code.meaning: code.value for code in codes.cid4014.concepts.values()}
    assert found.pop("tissue specimen from breast") in SPECIMEN
    assert {meaning: VIEWS.get(value) for meaning, value in found.items()} == ABBREVIATIONS


def test_every_modifier_of_cid_4015_has_its_name():
    """PS3.16 CID 4015 as pydicom publishes it: one name for each code."""
    values = [code.value for code in codes.cid4015.concepts.values()]
    names = [MODIFIERS.get(value) for value in values]
    assert None not in names
    assert len(set(names)) == len(values)


@pytest.mark.parametrize(("current", "retired"), [("399368009", "R-10226"), ("441555000", "R-40AAA"), ("399192008", "R-1024A")])
def test_a_retired_code_gives_the_same_view(make_dicom, current, retired):
    """PS3.16 8.1: SNOMED RT codes were replaced by SNOMED CT ones and mean the same."""

    def view(value, scheme):
        code = Dataset()
        code.CodeValue, code.CodingSchemeDesignator = value, scheme
        return read_scan(make_dicom(ViewCodeSequence=[code])).view

    assert view(current, "SCT") == view(retired, "SRT") == VIEWS[current]
