"""Kinds of DICOM files that viewers get wrong, each with its right value and the clause that says so."""

import struct

import numpy as np
import pytest
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate

from core.errors import ScanError
from core.scans import assess, read_scan


def item(**attributes):
    ds = Dataset()
    for key, value in attributes.items():
        setattr(ds, key, value)
    return ds


def lut(entries, first, bits, count=None):
    found = Dataset()
    found.add_new(0x00283002, "US", [len(entries) % 65536 if count is None else count, first % 65536, bits])
    found.add_new(0x00283006, "OW", np.asarray(entries, "<u2").tobytes())
    return found


def said(scan):
    return " ".join((*scan.assumptions, *scan.warnings))


@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.RLELossless, uid.JPEG2000Lossless])
def test_bits_above_bits_stored_are_no_values(make_dicom, pixels, syntax):
    """PS3.5 8.1.1: nothing may be assumed of unused bits."""
    import io

    import pydicom

    encoder = {uid.RLELossless: "pydicom", uid.JPEG2000Lossless: "pylibjpeg"}.get(syntax)
    data = make_dicom(pixels | 0xA000, syntax=syntax, encoder=encoder, BitsStored=16, HighBit=15)
    ds = pydicom.dcmread(io.BytesIO(data))
    ds.BitsStored, ds.HighBit = 12, 11
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    np.testing.assert_array_equal(read_scan(out.getvalue()).values, pixels)


def test_a_higher_high_bit_is_shifted_and_said(make_dicom, pixels):
    scan = read_scan(make_dicom(pixels << 4, HighBit=15))
    np.testing.assert_array_equal(scan.values, pixels)
    assert "high bit" in said(scan)


def test_signed_values_extend_over_bits_stored(make_dicom):
    """PS3.5 8.1.1: 0xFFF in 12 bits is -1, whatever lies above."""
    array = np.tile(np.array([0x0FFF, 0x0800, 0x07FF, 0xF001], np.uint16), (16, 4))
    scan = read_scan(make_dicom(array, PixelRepresentation=1))
    np.testing.assert_array_equal(scan.values[0, :4], [-1, -2048, 2047, 1])


@pytest.mark.parametrize(
    ("stated", "intercept", "first"),
    [(64512, -1024, -1024), (-25536, 0, 40000)],  # PS3.3 C.11.2.1.1: signed as what enters the table
)
def test_first_mapped_value(make_dicom, stated, intercept, first):
    array = np.full((16, 16), first - intercept, np.uint16)
    array[0, 0] += 1
    scan = read_scan(
        make_dicom(
            array, BitsStored=16, HighBit=15, RescaleSlope=1, RescaleIntercept=intercept, VOILUTSequence=[lut([0, 4095, 0], stated, 12)]
        )
    )
    assert (scan.display()[1, 1], scan.display()[0, 0]) == (0, 1)


def test_zero_entries_are_65536(make_dicom):
    """PS3.3 C.11.1.1: the first value of the descriptor is 0 for 2^16 entries."""
    array = np.array([[0, 65535], [32768, 1]], np.uint16)
    table = lut(np.arange(65536), 0, 16)
    scan = read_scan(make_dicom(array, BitsStored=16, HighBit=15, VOILUTSequence=[table]))
    np.testing.assert_allclose(scan.display(), array / 65535, atol=1e-6)


def test_packed_entries_and_a_narrow_table(make_dicom, pixels):
    eight = np.linspace(0, 255, 256).astype(np.uint8)
    packed = lut(eight.view("<u2"), 0, 8, count=256)
    scan = read_scan(make_dicom(pixels >> 4, VOILUTSequence=[packed]))
    np.testing.assert_allclose(scan.display(), (pixels >> 4) / 255, atol=1e-6)
    narrow = read_scan(make_dicom(VOILUTSequence=[lut(np.arange(4096), 0, 16)]))
    np.testing.assert_allclose(narrow.display(), pixels / 4095, atol=1e-6)
    assert "white" in narrow.score_assumptions[0]


def test_functional_groups(make_dicom):
    """PS3.3 C.7.6.16.2: window, side and spacing of an enhanced object."""
    group = item(
        FrameVOILUTSequence=[item(WindowCenter=1600, WindowWidth=2200)],
        FrameAnatomySequence=[item(FrameLaterality="R")],
        FramePixelDataPropertiesSequence=[item(ImagerPixelSpacing=[0.1, 0.1])],
        XRayGeometrySequence=[item(EstimatedRadiographicMagnificationFactor=1.07)],
    )
    for keyword in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        scan = read_scan(make_dicom(**{keyword: [group]}))
        assert (scan.windows[0].center, scan.laterality) == (1600, "R")
        assert scan.spacing_mm == pytest.approx((0.1 / 1.07,) * 2)


@pytest.mark.parametrize(
    ("attributes", "right"),
    [  # PS3.3 10.7.1
        ({"ImagerPixelSpacing": [0.07, 0.07], "PixelSpacing": [0.05, 0.05], "PixelSpacingCalibrationType": "FIDUCIAL"}, 0.05),
        ({"ImagerPixelSpacing": [0.09, 0.09], "DistanceSourceToDetector": 660, "DistanceSourceToPatient": 330}, 0.045),
        ({"NominalScannedPixelSpacing": [0.05, 0.05]}, 0.05),
        ({"PixelSpacing": [1, 1]}, None),
    ],
)
def test_millimetres(make_dicom, attributes, right):
    found = read_scan(make_dicom(**attributes)).spacing_mm
    assert found == (None if right is None else pytest.approx((right, right)))


def test_files_without_their_beginning(make_dicom, pixels):
    data = make_dicom()
    start = 144 + struct.unpack("<L", data[140:144])[0]
    for cut in (data[128:], data[132:], data[start:]):
        np.testing.assert_array_equal(read_scan(cut).values, pixels)


def test_padding_joins_the_border_with_the_sign_of_the_pixels(make_dicom):
    """PS3.3 C.7.5.1.1.2; 63536 is -2000 where pixels are signed."""
    array = np.full((64, 64), 500, np.int16)
    array[:10] = array[30, 30] = -2000
    data = make_dicom(
        array, BitsStored=16, HighBit=15, PixelRepresentation=1, PixelPaddingValue=-2000, PhotometricInterpretation="MONOCHROME1"
    )
    scan = read_scan(data.replace(b"\x28\0\x20\x01SS", b"\x28\0\x20\x01US"))
    assert scan.values[0, 0] == 500  # the background of MONOCHROME1 is its greatest value
    assert scan.values[30, 30] == -2000  # tissue, although it has the value of padding


@pytest.mark.parametrize(
    ("attributes", "words", "scored"),
    [
        ({"ImageType": ["DERIVED", "PRIMARY", "", "RECOMBINED"], "ContrastBolusAgent": "Iohexol"}, "recombined", False),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "", "LOW_ENERGY"]}, "contrast", True),
        # PS3.3 C.8.11.7.1.4, tables C.8-74a to C.8-74e
        ({"ImageType": ["DERIVED", "PRIMARY", "POST_CONTRAST", "SUBTRACTION"]}, "subtraction", False),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "POST_CONTRAST", "", "HIGH_ENERGY"]}, "high-energy", False),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "POST_CONTRAST", "", "LOW_ENERGY"]}, "contrast", True),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "STEREO_SCOUT"]}, "scout", False),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "PREFIRE_MINUS"]}, "biopsy", False),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "POSTMARKER"], "ContrastBolusAgent": "Iohexol"}, "biopsy", False),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "TOMO_PROJ"]}, "projection", False),
        ({"ImageType": ["DERIVED", "PRIMARY", "TOMOSYNTHESIS", "GENERATED_2D"]}, "synthetic", True),
        ({"SeriesDescription": "L CC S-View"}, "synthetic", True),
        ({"SpecimenIdentifier": "A1"}, "specimen", False),
        ({"SOPClassUID": uid.BreastTomosynthesisImageStorage}, "slab", False),
        (
            {
                "SOPClassUID": uid.BreastTomosynthesisImageStorage,
                "ImageType": ["DERIVED", "PRIMARY", "TOMOSYNTHESIS", "GENERATED_2D"],
            },
            "synthetic",
            True,
        ),
        ({"ImageType": ["DERIVED", "SECONDARY"]}, "burned in", True),
        ({"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "IDENTITY"}, "contradict", True),
    ],
)
def test_each_kind_has_its_sentence(make_dicom, attributes, words, scored):
    scan = read_scan(make_dicom(**attributes))
    assert words in said(scan).lower()
    assert any(words in r.lower() for r in assess(scan).reasons) == (not scored) or min(scan.shape) < 128


def test_grey_in_three_channels(make_dicom, pixels):
    grey = (pixels >> 4).astype(np.uint8)
    common = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0, "BitsAllocated": 8}
    common |= {"BitsStored": 8, "HighBit": 7, "array": pixels}
    rgb = np.repeat(grey[..., None], 3, 2)
    scan = read_scan(make_dicom(PixelData=rgb.tobytes(), **common))
    np.testing.assert_array_equal(scan.values, grey)
    rgb[5, 5] = (255, 0, 0)
    with pytest.raises(ScanError, match="colour"):
        read_scan(make_dicom(PixelData=rgb.tobytes(), **common))


def test_private_syntaxes_are_named(make_dicom):
    with pytest.raises(ScanError, match=r"1\.2\.840\.113619\.5\.2"):
        read_scan(
            make_dicom(syntax=uid.JPEG2000Lossless, PixelData=encapsulate([b"1234"])).replace(
                b"1.2.840.10008.1.2.4.90", b"1.2.840.113619.5.2\0\0\0\0"
            )
        )
