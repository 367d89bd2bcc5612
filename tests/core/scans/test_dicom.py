"""DICOM files: grey values, windows, polarity, tags, and what must not survive."""

import io
import pickle
import struct

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate

from core.errors import ScanError
from core.scans import read_scan


@pytest.mark.parametrize(
    ("syntax", "encoder"),
    [
        (uid.ImplicitVRLittleEndian, None),
        (uid.ExplicitVRLittleEndian, None),
        (uid.ExplicitVRBigEndian, None),
        (uid.DeflatedExplicitVRLittleEndian, None),
        (uid.RLELossless, "pydicom"),
        (uid.JPEGLSLossless, "pyjpegls"),
        (uid.JPEG2000Lossless, "pylibjpeg"),
    ],
    ids=lambda x: x.name if isinstance(x, uid.UID) else None,
)
def test_lossless_syntaxes_give_the_stored_values(make_dicom, pixels, syntax, encoder):
    scan = read_scan(make_dicom(syntax=syntax, encoder=encoder))
    assert scan.values.dtype == np.uint16
    np.testing.assert_array_equal(scan.values, pixels)


@pytest.mark.parametrize(
    ("syntax", "options"),
    [
        (uid.HTJ2KLossless, ("htj2k", {})),
        (uid.JPEGLosslessSV1, ("ljpeg", {"bitspersample": 12})),
        (uid.JPEGExtended12Bit, ("jpeg", {"bitspersample": 12, "level": 100})),
    ],
    ids=("HTJ2K", "JPEG lossless", "JPEG extended 12 bit"),
)
def test_syntaxes_that_need_another_encoder(make_dicom, pixels, syntax, options):
    name, keywords = options
    stream = getattr(imagecodecs, f"{name}_encode")(pixels, **keywords)
    data = make_dicom(syntax=uid.JPEG2000Lossless, PixelData=encapsulate([bytes(stream)]))
    data = _with_syntax(data, syntax)
    got = read_scan(data).values.astype(int)
    assert np.abs(got - pixels).max() <= (40 if name == "jpeg" else 0)


def _with_syntax(data, syntax):
    ds = pydicom.dcmread(io.BytesIO(data))
    ds.file_meta.TransferSyntaxUID = syntax
    ds["PixelData"].is_undefined_length = True
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


def test_polarity_twins_are_equal(make_dicom, pixels):
    window = {"WindowCenter": 2048, "WindowWidth": 4096, "VOILUTFunction": "LINEAR_EXACT"}
    two = read_scan(make_dicom(**window))
    one = read_scan(make_dicom(array=4096 - pixels, PhotometricInterpretation="MONOCHROME1", BitsStored=13, HighBit=12, **window))
    assert one.inverted
    assert not two.inverted
    np.testing.assert_allclose(one.display(), two.display(), atol=1e-6)


def test_rescale_then_window(make_dicom, pixels):
    scan = read_scan(make_dicom(RescaleSlope=2, RescaleIntercept=-100, WindowCenter=[2000, 50], WindowWidth=[3000, 10]))
    expected = np.clip((pixels * 2.0 - 100 - 1999.5) / 2999 + 0.5, 0, 1)
    np.testing.assert_allclose(scan.display(), expected, atol=1e-5)
    assert len(scan.windows) == 2
    assert any("2 windows" in a for a in scan.assumptions)


def test_voi_lut_sequence_comes_before_windows(make_dicom, pixels):
    item = Dataset()
    item.LUTDescriptor, item.LUTData = [4096, 0, 16], list(range(65535, 65535 - 4096 * 16, -16))
    item["LUTDescriptor"].VR, item["LUTData"].VR = "US", "US"
    scan = read_scan(make_dicom(VOILUTSequence=[item], WindowCenter=10, WindowWidth=10))
    np.testing.assert_allclose(scan.display(), (65535 - 16.0 * pixels) / 65535, atol=1e-5)


def test_no_window_is_stated(make_dicom):
    scan = read_scan(make_dicom())
    assert any("no window" in a for a in scan.assumptions)
    assert scan.display().std() > 0.2


def test_padding_does_not_shift_the_window(make_dicom, pixels):
    padded = np.clip(pixels, 1000, 2000)
    plain = read_scan(make_dicom(array=padded)).display()
    padded = padded.copy()
    padded[:20] = 4095
    scan = read_scan(make_dicom(array=padded, PixelPaddingValue=4095))
    assert scan.display()[:20].max() == 0
    np.testing.assert_allclose(scan.display()[20:], plain[20:], atol=0.03)


def test_side_view_and_spacing(make_dicom):
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator = "399368009", "SCT"
    scan = read_scan(
        make_dicom(
            ImageLaterality="L",
            Laterality="R",
            ViewPosition="CC",
            ViewCodeSequence=[code],
            ImagerPixelSpacing=[0.07, 0.07],
            EstimatedRadiographicMagnificationFactor=1.4,
        )
    )
    assert scan.label == "L MLO (magnification)"  # by its magnification factor
    assert scan.spacing_mm == pytest.approx((0.05, 0.05))
    bare = read_scan(make_dicom(ViewPosition="XX", PixelSpacing=[0, 0]))
    assert (bare.label, bare.spacing_mm) == ("View not labelled", None)


def test_warnings(make_dicom):
    scan = read_scan(
        make_dicom(BurnedInAnnotation="YES", BreastImplantPresent="YES", PartialView="YES", PresentationIntentType="FOR PROCESSING")
    )
    assert len(scan.warnings) == 4
    assert read_scan(make_dicom(BurnedInAnnotation="YES", SyntheticData="YES")).warnings == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"SOPClassUID": uid.BreastTomosynthesisImageStorage, "NumberOfFrames": 40}, "tomosynthesis stack of 40"),
        ({"Modality": "CT"}, "CT"),
        ({"NumberOfFrames": 3}, "frames"),
        ({"PixelData": None}, "no image"),
        ({"SamplesPerPixel": 2}, "2 samples"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "palette"),
        ({"Rows": 60000, "Columns": 60000}, "at most"),
        ({"Rows": 200}, "cut off"),
    ],
)
def test_refusals_say_why(make_dicom, change, words):
    with pytest.raises(ScanError, match=words):
        read_scan(make_dicom(**change))


def test_a_codestream_larger_than_the_header_is_not_decoded(make_dicom):
    data = make_dicom(syntax=uid.JPEG2000Lossless, encoder="pylibjpeg")
    at = data.index(b"\xff\x4f\xff\x51") + 8
    with pytest.raises(ScanError, match="60000"):
        read_scan(data[:at] + struct.pack(">2I", 60000, 60000) + data[at + 8 :])


def test_a_cut_off_codestream_is_refused(make_dicom):
    data = bytearray(make_dicom(syntax=uid.JPEGLSLossless, encoder="pyjpegls"))
    end = data.rindex(b"\xff\xd9")
    data[end : end + 2] = b"\0\0"
    with pytest.raises(ScanError, match="cut off"):
        read_scan(bytes(data))


def test_a_deflate_bomb_is_refused(make_dicom, monkeypatch):
    monkeypatch.setattr("core.scans.part10.MAX_INFLATED", 10_000)
    with pytest.raises(ScanError, match="grows beyond"):
        read_scan(make_dicom(syntax=uid.DeflatedExplicitVRLittleEndian))


def test_no_identifier_survives(make_dicom):
    planted = {
        "PatientName": "Zebedee^Quintessa",
        "PatientID": "ID-7261553",
        "PatientBirthDate": "19610203",
        "StudyDate": "20240817",
        "AccessionNumber": "ACC-99182",
        "InstitutionName": "Hospital Xyzzy",
        "StudyInstanceUID": "1.2.840.99999.1234",
        "StudyDescription": "for Dr. Plugh",
    }
    scan = read_scan(make_dicom(**planted), "Zebedee.dcm")
    blob = pickle.dumps(scan) + repr(scan).encode()
    for value in ("Zebedee", "Quintessa", "7261553", "19610203", "20240817", "99182", "Xyzzy", "99999.1234", "Plugh"):
        assert value.encode() not in blob
    again = read_scan(make_dicom(**planted | {"StudyDate": "20200101"}))
    other = read_scan(make_dicom(**planted | {"PatientID": "ID-1"}))
    assert scan.patient_key == again.patient_key != other.patient_key


def test_real_objects(real_data):
    film = read_scan((real_data / "dicom-samples" / "MG1_J2KI").read_bytes())
    assert (film.shape, film.label, film.bits, film.body_part_ok) == ((4664, 3064), "L MLO", 12, True)
    chest = read_scan((real_data / "dicom-samples" / "RG1_J2KI").read_bytes())
    assert (chest.inverted, chest.body_part_ok, chest.spacing_mm) == (True, False, None)
