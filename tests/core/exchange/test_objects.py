"""What is exported: the right patient, the right pixels, the same numbers, and no object that a checker refuses."""

import io
from dataclasses import replace

import highdicom as hd
import numpy as np
import pydicom
import pytest
from pydicom.sr.codedict import codes
from pydicom.uid import (
    Comprehensive3DSRStorage,
    GrayscaleSoftcopyPresentationStateStorage,
    KeyObjectSelectionDocumentStorage,
    SecondaryCaptureImageStorage,
    SegmentationStorage,
)

from core.exchange import ExchangeError
from core.exchange.objects import codes as terms
from core.exchange.objects.export import instances
from core.exchange.objects.results import ExamResults, ViewResult
from core.exchange.objects.source import source_header
from core.imaging.orientation import Turn
from tests.core.exchange.conftest import AT, NAME, program, run, source_bytes, turned

TURNS = [Turn(*(bool(n & bit) for bit in (1, 2, 4))) for n in range(8)]
# dciodvfy knows no private coding schemes, and asks for DICOMDIR keys that the standard leaves empty.
KNOWN_WARNINGS = ("Unrecognized defined term <99SECONDREADER>", "needed to build DICOMDIR")


@pytest.fixture(scope="module")
def made(results):
    """All objects of the exam."""
    return instances(results)


@pytest.fixture(scope="module")
def sets(made):
    """The same as data sets."""
    return [pydicom.dcmread(io.BytesIO(i.data)) for i in made]


def of(sets, sop_class, **attributes):
    return [d for d in sets if d.SOPClassUID == sop_class and all(d.get(k) == v for k, v in attributes.items())]


def report(sets, number):
    found = next(d for d in of(sets, Comprehensive3DSRStorage) if d.SeriesNumber == number)
    return hd.sr.Comprehensive3DSR.from_dataset(found)


def values(group):
    return {e.name.value: e.value.value for e in group.get_qualitative_evaluations()}


def numbers(group):
    return {m.name.value: m.value for m in group.get_measurements()}


def texts(group):
    found = {}
    for item in group[0].ContentSequence:
        if item.ValueType == "TEXT":
            found.setdefault(item.ConceptNameCodeSequence[0].CodeValue, item.TextValue)
    return found


def test_each_kind_is_there_once_for_what_it_is_about(sets):
    assert len(of(sets, Comprehensive3DSRStorage)) == 2
    assert len(of(sets, GrayscaleSoftcopyPresentationStateStorage, ContentLabel="AI_OUTLINES")) == 2
    assert len(of(sets, GrayscaleSoftcopyPresentationStateStorage, ContentLabel="READER_OUTLINES")) == 1
    assert len(of(sets, SegmentationStorage, SegmentationType="BINARY")) == 2
    assert len(of(sets, SegmentationStorage, SegmentationType="FRACTIONAL")) == 2
    assert len(of(sets, SecondaryCaptureImageStorage)) == 4
    assert len(of(sets, KeyObjectSelectionDocumentStorage)) == 1


def test_patient_study_and_frame_of_reference_are_those_of_the_source(sets, results):
    for ds in sets:
        assert str(ds.PatientName) == NAME
        assert (ds.PatientID, ds.IssuerOfPatientID, ds.PatientBirthDate, ds.PatientSex) == ("P-0815", "HOSPITAL", "19610524", "F")
        assert ds.StudyInstanceUID == results.study
        assert (ds.AccessionNumber, ds.StudyID, ds.StudyDate, ds.StudyTime) == ("A-4711", "77", "20250203", "101112")
        assert str(ds.ReferringPhysicianName) == "Ärztin^Eva"
    for ds in of(sets, SegmentationStorage):
        assert ds.FrameOfReferenceUID == "1.2.3.4.5"


def test_the_same_prediction_gives_the_same_bytes_and_another_one_other_uids(made, results):
    assert [i.data for i in instances(results)] == [i.data for i in made]
    later = replace(results, at=AT.replace(year=2027))
    assert [i.uid for i in instances(later)] == [i.uid for i in made]
    other = replace(results, views=(replace(results.views[0], score=results.views[0].score + 1e-9), *results.views[1:]))
    ai = {i.uid for i in made if i.kind in ("SEG", "OT")}
    assert not ai & {i.uid for i in instances(other)}


def test_an_amended_read_leaves_the_ai_objects_as_they_are(made, results):
    amended = replace(results, assessments=(*results.assessments, replace(results.assessments[0], category=2, findings=())))
    before, after = {i.uid for i in made}, {i.uid for i in instances(amended)}
    assert len(before & after) == 4 + 2 + 4 + 1  # segmentations, outlines, captures, AI report
    assert len(before - after) == 3  # the reader's report and outlines, and the selection


def test_the_ai_report_holds_the_numbers_and_what_they_mean(sets, results):
    ds = next(d for d in of(sets, Comprehensive3DSRStorage) if d.SeriesNumber == 9001)
    assert (ds.VerificationFlag, ds.CompletionFlag, ds.PreliminaryFlag) == ("UNVERIFIED", "COMPLETE", "PRELIMINARY")
    exam, *views = report(sets, 9001).content.get_image_measurement_groups()
    assert numbers(exam) == {"SCORE": results.exam.score}
    card = results.card
    said = texts(exam)
    assert said["WEIGHTS"] == card.weights.sha256
    assert said["INTENDED_USE"] == card.intended_use
    assert card.label_space.positive in said["MEANING"]
    assert "Not verified" in said["STATUS"]
    assert (said["111001"], card.weights.sha256 in said["111002"]) == (card.title, True)
    for group, view in zip(views, results.views, strict=True):
        assert numbers(group) == {"SCORE": view.score, "THRESHOLD": view.threshold}
        assert values(group)["DECISION"] == ("POSITIVE" if view.positive else "NEGATIVE")
        assert group.source_images[0].referenced_sop_instance_uid == view.source.SOPInstanceUID


def test_regions_have_size_side_and_view(sets, results):
    groups = report(sets, 9001).content.get_planar_roi_measurement_groups()
    assert len(groups) == sum(len(v.regions) for v in results.views) >= 2
    first, region = groups[0], results.views[0].regions[0]
    assert numbers(first) == {
        codes.SCT.LongAxis.value: region.axes_mm[0],
        codes.SCT.ShortAxis.value: region.axes_mm[1],
        codes.SCT.Area.value: region.area_mm2,
    }
    assert first.finding_sites[0].laterality == codes.SCT.Right
    assert values(first)[codes.DCM.ImageView.value] == "399162004"
    assert np.allclose(first.roi.value, region.outline, atol=1e-4)


def test_the_readers_report_is_apart_and_holds_no_score(sets, results):
    content = report(sets, 9002).content
    (group,) = content.get_image_measurement_groups()
    assert values(group) == {"AI_SHOWN": "AI_HIDDEN", "111005": "II.AC.b.4", "111006": codes.SCT.ScatteredFibroglandularDensities.value}
    assert texts(group)["121106"] == results.assessments[0].note
    assert numbers(group) == {}
    (mark,) = content.get_planar_roi_measurement_groups()
    assert mark.roi.graphic_type == hd.sr.GraphicTypeValues.ELLIPSE
    assert mark.roi.value.tolist() == [[120.5, 180.0], [120.5, 220.0], [105.5, 200.0], [135.5, 200.0]]
    assert [m.value for m in mark.get_measurements()] == [11.2, 8.4]


def test_without_finding_cannot_assess_and_failed_differ(results, predictor):
    def outcome(*views):
        found = [pydicom.dcmread(io.BytesIO(i.data)) for i in instances(ExamResults(views, predictor.card, AT))]
        groups = report(found, 9001).content.get_image_measurement_groups()
        return values(groups[0])[codes.DCM.SummaryOfDetections.value], [values(g)[codes.DCM.SummaryOfAnalyses.value] for g in groups]

    positive, negative = results.views[0], results.views[1]
    blank = ViewResult(negative.scan, negative.source, "cannot assess", reason="The image is blank.")
    broken = ViewResult(negative.scan, negative.source, "failed", reason="The accelerator is out of memory.")
    succeeded, failed, untried = terms.SUCCEEDED.value, terms.FAILED.value, terms.NOT_ATTEMPTED.value
    assert outcome(negative) == ("111241", [succeeded, succeeded])
    assert outcome(positive) == ("111242", [succeeded, succeeded])
    assert outcome(blank) == ("111245", [untried, untried])
    assert outcome(broken) == ("111245", [failed, failed])
    assert outcome(negative, broken) == ("111243", [terms.PARTIALLY_SUCCEEDED.value, succeeded, failed])
    assert outcome(positive, blank) == ("111244", [terms.PARTIALLY_SUCCEEDED.value, succeeded, untried])


def centre(points):
    return (np.max(points, axis=0) + np.min(points, axis=0)) / 2


@pytest.mark.parametrize("turn", TURNS, ids=str)
def test_coordinates_are_those_of_the_stored_image_however_it_is_turned(turn, scored, results, predictor):
    upright = results.views[0]
    data = source_bytes("R", "CC", lambda ds: turned(ds, turn))
    view = scored(data)
    x, y = centre(upright.regions[0].outline)
    row, col = turn.point_back(y - 0.5, x - 0.5, view.scan.shape)
    expected = np.array([col + 0.5, row + 0.5])
    sets = [pydicom.dcmread(io.BytesIO(i.data)) for i in instances(ExamResults((view,), predictor.card, AT))]
    region = report(sets, 9001).content.get_planar_roi_measurement_groups()[0].roi.value
    (state,) = of(sets, GrayscaleSoftcopyPresentationStateStorage)
    drawn = np.reshape(state.GraphicAnnotationSequence[0].GraphicObjectSequence[0].GraphicData, (-1, 2))
    mask = np.argwhere(of(sets, SegmentationStorage, SegmentationType="BINARY")[0].pixel_array.squeeze())[:, ::-1] + 0.5
    heat = of(sets, SegmentationStorage, SegmentationType="FRACTIONAL")[0].pixel_array.squeeze()
    assert heat.shape == view.scan.shape
    hot = np.argwhere(heat >= heat.max() / 2)[:, ::-1] + 0.5
    for points in (region, drawn, mask, hot):
        assert np.abs(centre(points) - expected).max() < 2


def test_monochrome1_is_shown_as_stored(scored, predictor):
    view = scored(source_bytes("R", "CC", monochrome1=True))
    sets = [pydicom.dcmread(io.BytesIO(i.data)) for i in instances(ExamResults((view,), predictor.card, AT))]
    (state,) = of(sets, GrayscaleSoftcopyPresentationStateStorage)
    assert state.PresentationLUTShape == "INVERSE"


def test_the_heatmap_reads_back_to_the_same_levels(sets, results):
    ds = of(sets, SegmentationStorage, SegmentationType="FRACTIONAL")[0]
    seg = hd.seg.Segmentation.from_dataset(ds)
    read = seg.get_total_pixel_matrix() if seg.is_tiled else ds.pixel_array.squeeze() / 255
    assert np.abs(read - np.clip(results.views[0].level(), 0, 1)).max() <= 0.5 / 255 + 1e-6


def test_the_capture_is_stamped_and_says_so(sets):
    for ds in of(sets, SecondaryCaptureImageStorage):
        assert ds.BurnedInAnnotation == "YES"
        assert ds.pixel_array[:20].max() == 255  # the stamp of the upper edge, where the phantom is black
        assert ds.PatientOrientation[0] == ("P" if ds.Laterality == "R" else "A")


def test_the_selection_names_what_was_marked_and_nothing_else(sets, results):
    (ko,) = of(sets, KeyObjectSelectionDocumentStorage)
    named = {i.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for i in ko.ContentSequence if i.ValueType in ("IMAGE", "COMPOSITE")}
    marked = {results.views[n].source.SOPInstanceUID for n in (0, 2)}
    results_of = {d.SOPInstanceUID for d in sets if d.Modality in ("PR", "SEG", "SR")}
    assert named == marked | results_of


def bare(ds):
    """As scanned film and old archives have it: no side, view or orientation, a name without a caret, values that are not valid."""
    for keyword in (
        "ImageLaterality",
        "ViewPosition",
        "ViewCodeSequence",
        "PatientOrientation",
        "ImagerPixelSpacing",
        "FrameOfReferenceUID",
    ):
        del ds[keyword]
    ds.PatientName, ds.PatientSex = "Mass-Test_P_00820_LEFT_CC", "X"
    ds["StudyDate"]._value, ds["StudyTime"]._value, ds["PatientBirthDate"]._value = "2025", "10:11", "unknown"


@pytest.mark.filterwarnings("ignore:Invalid value for VR", "ignore:The string .* is unlikely")
def test_a_bare_header_is_enough(scored, predictor, tmp_path):
    view = scored(source_bytes("R", "CC", bare))
    assert view.source.PatientName == "Mass-Test_P_00820_LEFT_CC"
    made = instances(ExamResults((replace(view, evidence=None),), predictor.card, AT))
    assert sorted(i.kind for i in made) == ["OT", "SR"]
    for n, instance in enumerate(instances(ExamResults((view,), predictor.card, AT))):
        ds = pydicom.dcmread(io.BytesIO(instance.data))
        assert (str(ds.PatientName), ds.StudyDate, ds.PatientSex) == ("Mass-Test_P_00820_LEFT_CC", "", "")
        (tmp_path / f"{n}.dcm").write_bytes(instance.data)
        assert not [x for x in run("dciodvfy", tmp_path / f"{n}.dcm").splitlines() if x.startswith("Error")], instance.kind


def test_views_of_two_studies_or_patients_are_refused(results, predictor):
    def other(**change):
        return source_header(source_bytes("L", "CC", lambda ds: ds.update(change)))

    for header in (other(StudyInstanceUID="1.2.3"), other(PatientID="Q-1")):
        with pytest.raises(ExchangeError):
            ExamResults((results.views[0], replace(results.views[1], source=header)), predictor.card, AT)
    with pytest.raises(ExchangeError):
        ExamResults((), predictor.card, AT)


def test_dciodvfy_finds_no_error(made, tmp_path):
    program("dciodvfy")
    for n, instance in enumerate(made):
        (tmp_path / f"{n}.dcm").write_bytes(instance.data)
        said = run("dciodvfy", tmp_path / f"{n}.dcm").splitlines()
        assert len(said) > 0
        assert not [x for x in said if x.startswith("Error")], instance.kind
        assert not [x for x in said if x.startswith("Warning") and not any(k in x for k in KNOWN_WARNINGS)], instance.kind


def test_dcmtk_reads_them(made, tmp_path):
    for n, instance in enumerate(made):
        (tmp_path / f"{n}.dcm").write_bytes(instance.data)
        assert instance.uid in run("dcmdump", tmp_path / f"{n}.dcm")
        if instance.kind in ("SR", "KO"):
            said = run("dsrdump", tmp_path / f"{n}.dcm")
            assert "CONTAINER" in said
            assert "E: " not in said
