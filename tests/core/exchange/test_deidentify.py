"""No trace of the patient is left: not in texts, sequences, private attributes, meta header, preamble or file names; pixels stay."""

import io
from datetime import datetime

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from core.cli.main import main
from core.exchange import ExchangeError
from core.exchange.deidentify.profile import BurnedInError, Options, deidentified
from core.exchange.deidentify.values import Pseudonym, new_uid
from core.scans import read_scan
from tests.core.exchange.conftest import run, source_bytes

CANARY = "ZQCANARY"
DAY = "19440817"
# An attribute of each text VR that the profile does not list, and so would leave; and some that it lists.
TEXTS = {
 "AE": "ScheduledStudyLocationAETitle", "CS": "BodyPartExamined", "LO": "ManufacturerModelName", "LT": "PatientState",
    "PN": "OperatorsName", "SH": "StationName", "ST": "InstitutionAddress", "UC": "LongCodeValue", "UR": "RetrieveURL", "UT": "TextValue",
}  # fmt: skip


def canary_bytes(**changes):
    """A mammogram with the canary everywhere."""

    def plant(ds):
        ds.PatientName, ds.PatientID, ds.OtherPatientIDs = f"{CANARY}^{CANARY}", CANARY, [CANARY, f"{CANARY}2"]
        ds.PatientBirthDate, ds.PatientAge, ds.AccessionNumber = DAY, "081Y", CANARY
        for vr, keyword in TEXTS.items():
            if vr != "AS":
                setattr(ds, keyword, CANARY if vr != "UR" else f"http://x/{CANARY}")
        for keyword in (
            "Manufacturer",
            "SoftwareVersions",
            "PaddleDescription",
            "ImageComments",
            "StudyDescription",
            "WindowCenterWidthExplanation",
        ):
            setattr(ds, keyword, CANARY)
        ds.AcquisitionDate, ds.AcquisitionDateTime = "20250203", "20250203101112.5+0100"
        inner = Dataset()
        inner.CodeValue, inner.CodingSchemeDesignator, inner.CodeMeaning = CANARY, "99X", f"of {CANARY}"
        inner.PatientComments = CANARY
        inner.private_block(0x0009, CANARY, create=True).add_new(0x01, "LO", CANARY)
        ds.ViewCodeSequence[0].ViewModifierCodeSequence = Sequence([inner])
        ds.ViewCodeSequence[0].CodeMeaning = f"cranio-caudal {CANARY}"
        other = Dataset()
        other.PatientID, other.PatientName = f"{CANARY}3", CANARY
        ds.OtherPatientIDsSequence = Sequence([other])
        block = ds.private_block(0x0009, f"VENDOR {CANARY}", create=True)
        block.add_new(0x01, "LO", CANARY)
        block.add_new(0x02, "UN", CANARY.encode())
        block.add_new(0x03, "SQ", Sequence([other]))
        ds.add_new(0x60004000, "LT", CANARY)
        ds.add_new(0x00189999, "UN", CANARY.encode())
        ds.DataSetTrailingPadding = CANARY.encode()
        ds.BurnedInAnnotation, ds.SyntheticData = "NO", "NO"
        ds.preamble = CANARY.encode().ljust(128, b"\0")
        ds.file_meta.SourceApplicationEntityTitle = CANARY
        ds.file_meta.ImplementationVersionName = CANARY
        ds.file_meta.PrivateInformationCreatorUID = "1.2.3.4"
        ds.file_meta.PrivateInformation = CANARY.encode()
        for keyword, value in changes.items():
            setattr(ds, keyword, value)

    return source_bytes("R", "CC", plant)


def test_the_canary_is_planted_everywhere():
    assert canary_bytes().count(CANARY.encode()) > 25


def test_the_canary_is_found_nowhere(tmp_path, capsys):
    folder, out = tmp_path / CANARY, tmp_path / "out"
    folder.mkdir()
    (folder / f"{CANARY}.dcm").write_bytes(canary_bytes())
    assert main(["deidentify", str(folder), str(out)]) == 0
    (file,) = [p for p in out.rglob("*") if p.is_file()]
    said = capsys.readouterr().out
    for form in (CANARY, CANARY.lower(), CANARY.title()):
        for encoding in ("ascii", "utf-16-le", "utf-16-be"):
            assert form.encode(encoding) not in file.read_bytes()
        assert form not in str(file)
        assert form not in said
    for uid in (pydicom.dcmread(folder / f"{CANARY}.dcm")[k].value for k in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")):
        assert uid.encode() not in file.read_bytes()
        assert uid not in str(file)
    for day in (DAY, "20250203"):
        assert day.encode() not in file.read_bytes()


def test_what_an_image_is_stays_and_what_was_done_is_said():
    source = canary_bytes()
    ds = pydicom.dcmread(io.BytesIO(deidentified(source, Options()).data))
    before = pydicom.dcmread(io.BytesIO(source))
    assert ds.PixelData == before.PixelData
    for keyword in (
        "Rows",
        "Columns",
        "ImageLaterality",
        "ViewPosition",
        "Modality",
        "SOPClassUID",
        "PatientOrientation",
        "ImagerPixelSpacing",
    ):
        assert ds[keyword].value == before[keyword].value
    assert ds.ViewCodeSequence[0].CodeValue == "399162004"
    assert (ds.PatientIdentityRemoved, ds.LongitudinalTemporalInformationModified) == ("YES", "MODIFIED")
    assert [c.CodeValue for c in ds.DeidentificationMethodCodeSequence] == ["113100", "113107"]
    assert ds.PatientBirthDate == ""
    assert "PatientAge" not in ds
    assert not any(e.tag.is_private for e in ds.iterall())
    scan = read_scan(deidentified(source, Options()).data)
    assert scan.label == "R CC"
    assert scan.pixel_sha256 == read_scan(source).pixel_sha256


def test_dates_of_a_patient_move_together():
    def days(data):
        ds = pydicom.dcmread(io.BytesIO(data))
        return [datetime.strptime(str(d)[:8], "%Y%m%d") for d in (ds.StudyDate, ds.AcquisitionDate, ds.AcquisitionDateTime)]

    first = days(deidentified(canary_bytes(), Options()).data)
    second = days(deidentified(canary_bytes(StudyDate="20260203", StudyInstanceUID="1.2.9"), Options()).data)
    assert (second[0] - first[0]).days == 365
    assert first[0] == first[1] == first[2] != datetime(2025, 2, 3)
    other = days(deidentified(canary_bytes(PatientID="SOMEBODYELSE"), Options()).data)
    assert other[0] != first[0]


def test_the_same_image_gives_the_same_file_and_references_still_meet():
    one, again = (deidentified(canary_bytes(), Options()) for _ in range(2))
    assert one == again
    sibling = deidentified(canary_bytes(SOPInstanceUID="1.2.77"), Options())
    a, b = (pydicom.dcmread(io.BytesIO(x.data)) for x in (one, sibling))
    assert (a.StudyInstanceUID, a.SeriesInstanceUID, a.PatientID) == (b.StudyInstanceUID, b.SeriesInstanceUID, b.PatientID)
    assert a.SOPInstanceUID != b.SOPInstanceUID
    assert a.file_meta.MediaStorageSOPInstanceUID == a.SOPInstanceUID


def test_retain_options_are_named():
    options = Options(dates="removed", characteristics=True)
    ds = pydicom.dcmread(io.BytesIO(deidentified(canary_bytes(), options).data))
    assert [c.CodeValue for c in ds.DeidentificationMethodCodeSequence] == ["113100", "113108"]
    assert (ds.StudyDate, ds.StudyTime, ds.PatientAge, ds.PatientSex) == ("", "", "081Y", "F")
    assert ds.LongitudinalTemporalInformationModified == "REMOVED"
    aged = pydicom.dcmread(io.BytesIO(deidentified(canary_bytes(PatientAge="103Y"), options).data))
    assert aged.PatientAge == "090Y"


@pytest.mark.parametrize(
    "change",
    [
        {"BurnedInAnnotation": "YES"},
        {"RecognizableVisualFeatures": "YES"},
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "BurnedInAnnotation": "", "PresentationIntentType": ""},
    ],
)
def test_burned_in_text_holds_an_image_back(change, tmp_path, capsys):
    (tmp_path / "a.dcm").write_bytes(canary_bytes(**change))
    with pytest.raises(BurnedInError):
        deidentified(canary_bytes(**change), Options())
    assert main(["deidentify", str(tmp_path / "a.dcm"), str(tmp_path / "out")]) == 1
    assert not (tmp_path / "out").exists()
    assert main(["deidentify", str(tmp_path / "a.dcm"), str(tmp_path / "out"), "--burned-in"]) == 0
    assert "let through" in capsys.readouterr().out


def test_an_image_that_does_not_say_is_warned_of():
    assert deidentified(canary_bytes(BurnedInAnnotation=""), Options()).warnings


def test_a_name_in_a_compressed_stream_holds_an_image_back():
    ds = pydicom.dcmread(io.BytesIO(canary_bytes()))
    ds.compress(pydicom.uid.RLELossless, generate_instance_uid=False)
    out = io.BytesIO()
    ds.save_as(out)
    assert deidentified(out.getvalue(), Options()).data
    ds.PixelData = pydicom.encaps.encapsulate(
        [next(pydicom.encaps.generate_frames(ds.PixelData, number_of_frames=1)) + f"{CANARY}\0\0".encode()]
    )
    out = io.BytesIO()
    ds.save_as(out)
    with pytest.raises(ExchangeError):
        deidentified(out.getvalue(), Options())


@pytest.mark.parametrize("data", [b"", b"no image", canary_bytes.__doc__.encode() * 20])
def test_other_files_are_refused(data, tmp_path):
    (tmp_path / "a.dcm").write_bytes(data)
    assert main(["deidentify", str(tmp_path / "a.dcm"), str(tmp_path / "out")]) == 2


def test_results_do_not_go_into_what_is_read(tmp_path):
    assert main(["deidentify", str(tmp_path), str(tmp_path / "out")]) == 64


def test_a_damaged_file_is_one_sentence():
    data = canary_bytes()
    for cut in (140, 300, 1000, 4000):
        with pytest.raises(ExchangeError):
            deidentified(data[:cut], Options())


def test_dciodvfy_finds_no_more_errors_than_in_the_source(tmp_path):
    def errors(data):
        (tmp_path / "a.dcm").write_bytes(data)
        return {x for x in run("dciodvfy", tmp_path / "a.dcm").splitlines() if x.startswith("Error")}

    source = source_bytes("R", "CC")
    assert errors(deidentified(source, Options()).data) <= errors(source)


def test_uids_of_the_standard_stay():
    assert new_uid("1.2.840.10008.1.2") == "1.2.840.10008.1.2"
    assert new_uid("1.2.3") != new_uid("1.2.4")
    assert len(new_uid("1.2.3")) <= 64


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20) | st.dates().map(lambda d: f"{d:%Y%m%d}"))
def test_a_shifted_date_is_a_date_or_empty(value):
    moved = Pseudonym("x", 400).shifted(value)
    assert moved == "" or moved[:8].isdigit()


def test_tags_of_the_test_exist():
    assert all(tag_for_keyword(k) for k in TEXTS.values())


def test_a_name_with_a_sharp_s_is_found_in_texts():
    """Case folding makes two letters of ß, which no text with the name holds."""
    image = canary_bytes(SpecificCharacterSet="ISO_IR 100", PatientName="Weiß^Maria", DerivationDescription="Weiß, compressed")
    assert "Wei" not in str(pydicom.dcmread(io.BytesIO(deidentified(image, Options()).data)))
